/// What an application may register as a redirect URI.
///
/// https; http on loopback; a private-use scheme that contains a dot (RFC 8252 section 7.1). Schemes that a browser
/// executes or reads locally never qualify. Registered values are later compared byte for byte (RFC 9700 section 2.1).
enum RedirectURI {
    /// Why this address can't be registered, as the rest of a sentence, and the remedy; nil when it can.
    /// True for an address of a native application's own scheme, `com.example.app:/back`.
    static func isPrivateUse(_ text: String) -> Bool { HTTPURL(text) == nil }

    static func problem(with text: String, allowsPlainHTTP: Bool) -> (message: String, remedy: String)? {
        if text.contains("#") {
            return ("has a fragment", "remove everything from `#` on")
        }
        if text.contains("*") {
            return ("has a wildcard", "list each address; addresses are compared byte for byte")
        }
        if let url = HTTPURL(text) {
            guard url.scheme == .http, !url.isLoopback, !allowsPlainHTTP else { return nil }
            return ("is not protected by TLS", "use https, or set allow_http: true for a test network")
        }
        let scheme = text.prefix { $0 != ":" }
        let isPrivateUse =
            text.contains(":") && scheme.contains(".")
            && scheme.utf8.first.map { $0.isLowerAlphanumeric && !$0.isDigit } == true
            && scheme.utf8.allSatisfy { $0.isLowerAlphanumeric || "+-.".utf8.contains($0) }
            && text.utf8.allSatisfy {
                (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E && $0 != 0x5C
            }
        guard !isPrivateUse else { return nil }
        return (
            "is not an address to return to",
            "write an absolute https address without user or fragment, or a scheme with a dot such as com.example.app:/back"
        )
    }
}
