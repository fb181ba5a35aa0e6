/// What a token is, by the `typ` of its header (RFC 8725 section 3.11).
public enum TokenType: String, Sendable, Hashable, CaseIterable {
    /// A JWT of no special kind, such as an ID token.
    case jwt = "JWT"
    /// An access token (RFC 9068).
    case accessToken = "at+jwt"
    /// A logout token (OpenID Connect Back-Channel Logout section 2.4).
    case logout = "logout+jwt"
    /// A client assertion (the update to RFC 7523); older clients say `JWT`, or nothing.
    case clientAuthentication = "client-authentication+jwt"

    /// The type that a `typ` names; nil for one not known here.
    init?(typ: String) {
        guard let type = Self.allCases.first(where: { $0.matches(typ) }) else { return nil }
        self = type
    }

    /// Whether `typ` names this type: a media type without regard to case, `application/` left out or not
    /// (RFC 7515 section 4.1.9).
    func matches(_ typ: String) -> Bool {
        let wanted = rawValue.lowercased()
        let given = typ.lowercased()
        return given == wanted || given == "application/" + wanted
    }
}
