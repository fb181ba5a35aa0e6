/// A registered claim (RFC 7519 section 4.1).
public enum RegisteredClaimName: String, Sendable, Hashable, CaseIterable {
    /// Who issued the token.
    case issuer = "iss"
    /// Whom it is about.
    case subject = "sub"
    /// Whom it is for.
    case audience = "aud"
    /// When it ends.
    case expiresAt = "exp"
    /// When it begins.
    case notBefore = "nbf"
    /// When it was made.
    case issuedAt = "iat"
    /// Its own identifier.
    case jwtID = "jti"
}
