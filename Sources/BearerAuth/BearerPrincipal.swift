public import JWT

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Who calls with a Bearer token: what a token that holds says.
public struct BearerPrincipal: Sendable {
    /// The person, or the client that acts for itself; `sub`.
    public let subject: String
    /// The application that the token was issued to; absent from ID tokens.
    public let clientID: String?
    /// What the token allows; none in ID tokens.
    public let scopes: Set<String>
    /// When the token ends.
    public let expiresAt: Date
    /// Every claim of the token, verified.
    public let claims: RegisteredClaims

    /// Reads verified claims; nil when one that must be there is not.
    init?(_ claims: RegisteredClaims, kind: BearerTokenVerifier.Kind) {
        guard let subject = claims.subject, !subject.isEmpty, let expiresAt = claims.expiresAt else { return nil }
        let clientID = claims.all["client_id"]?.stringValue
        // RFC 9068 section 2.2.
        if kind == .accessToken, clientID == nil { return nil }
        self.subject = subject
        self.clientID = clientID
        self.expiresAt = expiresAt
        self.claims = claims
        scopes = Set((claims.all["scope"]?.stringValue ?? "").split(separator: " ").map(String.init))
    }
}
