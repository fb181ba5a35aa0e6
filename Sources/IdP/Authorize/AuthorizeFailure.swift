/// Why an authorization request can't go on.
enum AuthorizeFailure: Error, Sendable {
    /// The client or its redirect URI is not proven, so nobody is redirected.
    case page(PageText, cause: String)
    /// The redirect URI is proven, so the client is told, with its `state`.
    case redirect(OAuthError, to: AuthorizeTarget)
}

/// Where an answer to an authorization request goes; exists only for a registered redirect URI.
struct AuthorizeTarget: Sendable {
    var redirectURI: String
    var state: String?
    var responseMode: SignInRequest.ResponseMode
    var issuer: String

    /// The redirect with an error.
    ///
    /// RFC 6749 section 4.1.2.1, RFC 9207.
    func location(_ error: OAuthError) -> String {
        location([("error", error.code.rawValue), ("error_description", error.description)])
    }

    /// The redirect with a code.
    ///
    /// RFC 6749 section 4.1.2, RFC 9207.
    func location(code: String) -> String {
        location([("code", code)])
    }

    private func location(_ pairs: [(String, String?)]) -> String {
        ReturnAddress.append(
            PercentEncoding.query(pairs + [("state", state), ("iss", issuer)]), to: redirectURI, mode: responseMode)
    }
}

/// Puts an answer behind a return address.
enum ReturnAddress {
    static func append(_ query: String, to address: String, mode: SignInRequest.ResponseMode) -> String {
        switch mode {
        case .fragment: address + "#" + query
        case .query: address + (address.contains("?") ? "&" : "?") + query
        }
    }
}
