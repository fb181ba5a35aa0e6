import JWT

/// Why a request was not let in.
///
/// No case holds a token or anything of it, so any may be logged.
public enum BearerAuthError: Error, Equatable, Sendable {
    /// There is no token.
    case missingToken
    /// There is more than one token.
    case severalTokens
    /// The token is malformed, forged, expired, or meant for somebody else.
    case invalidToken(JWTError)
    /// The token is good and lacks one of these scopes.
    case insufficientScope([String])
    /// The provider could not be asked, or did not answer as one.
    case providerUnavailable
}
