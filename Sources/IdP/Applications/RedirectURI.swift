/// What an application may register as a redirect URI.
///
/// https; http on loopback; for native applications also a private-use scheme that contains a dot (RFC 8252 section 7.1).
/// Schemes that a browser executes or reads locally never qualify. Registered values are later compared byte for byte
/// (RFC 9700 section 2.1).
enum RedirectURI {
    /// Why an address can't be registered.
    struct Problem {
        /// The rest of a sentence that begins with the address.
        var predicate: String
        var remedy: String
    }

    /// What is wrong with an address for an application of this kind; nil when it can be registered.
    static func problem(with text: String, kind: Application.Kind, allowsPlainHTTP: Bool) -> Problem? {
        if text.contains("#") {
            return Problem(predicate: "has a fragment", remedy: "remove everything from `#` on")
        }
        if text.contains("*") {
            return Problem(
                predicate: "has a wildcard", remedy: "list each address; addresses are compared byte for byte")
        }
        if let url = HTTPURL(text) {
            guard url.scheme == .http, !url.isLoopback, !allowsPlainHTTP else { return nil }
            return Problem(
                predicate: "is not protected by TLS", remedy: "use https, or set allow_http: true for a test network")
        }
        guard hasPrivateUseScheme(text) else {
            return Problem(
                predicate: "is not an address to return to",
                remedy:
                    "write an absolute https address without user or fragment, or, for a native application, a scheme"
                    + " with a dot such as com.example.app:/back")
        }
        // Any program of the device may claim such a scheme, so a person must confirm; only native applications ask.
        guard kind == .native else {
            return Problem(predicate: "belongs to a native application", remedy: "add application_type: native")
        }
        return nil
    }

    private static func hasPrivateUseScheme(_ text: String) -> Bool {
        let scheme = text.prefix { $0 != ":" }
        return text.dropFirst(scheme.count).hasPrefix(":/") && scheme.contains(".")
            && scheme.utf8.first.map { $0.isLowerAlphanumeric && !$0.isDigit } == true
            && scheme.utf8.allSatisfy { $0.isLowerAlphanumeric || "+-.".utf8.contains($0) }
            && text.utf8.allSatisfy {
                (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E && $0 != 0x5C
            }
    }
}
