/// Why a request was not let in.
public enum BearerAuthError: Error, Hashable, Sendable {
    /// There is no token.
    case missingToken
    /// The token is unknown, forged, expired, revoked or meant for somebody else.
    case invalidToken
    /// The provider could not be asked.
    case providerUnavailable
}
