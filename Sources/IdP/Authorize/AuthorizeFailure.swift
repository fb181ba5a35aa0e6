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

    /// The answer with an error.
    ///
    /// RFC 6749 section 4.1.2.1, RFC 9207.
    func answer(_ error: OAuthError) -> AnswerDelivery {
        answer([("error", error.code.rawValue), ("error_description", error.description)])
    }

    /// The answer with a code.
    ///
    /// RFC 6749 section 4.1.2, RFC 9207.
    func answer(code: String) -> AnswerDelivery {
        answer([("code", code)])
    }

    private func answer(_ pairs: [(String, String?)]) -> AnswerDelivery {
        .answer(pairs + [("state", state), ("iss", issuer)], to: redirectURI, mode: responseMode)
    }
}

extension AnswerDelivery {
    /// Takes those parameters that have a value to a return address.
    static func answer(
        _ pairs: [(String, String?)], to address: String, mode: SignInRequest.ResponseMode
    ) -> AnswerDelivery {
        switch mode {
        case .fragment: .redirect(address + "#" + PercentEncoding.query(pairs))
        case .query: .redirect(address + (address.contains("?") ? "&" : "?") + PercentEncoding.query(pairs))
        case .formPost:
            .form(
                action: address,
                fields: pairs.compactMap { name, value in value.map { Field(name: name, value: $0) } })
        }
    }
}
