import JWT

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Verifies Bearer JWTs of one issuer for one audience.
///
/// Checked are the signature by a key of the issuer, whose algorithm the key fixes, `typ`, `iss`, `aud`, `exp`, `nbf`, and
/// that the claims are there which the kind of token must have. Whether a token was revoked before its time is not: ask
/// the provider's introspection where that matters more than a call.
public struct BearerTokenVerifier: Sendable {
    /// What kind of token a back end takes.
    public enum Kind: Sendable, Hashable {
        /// An access token as a JWT (RFC 9068); its audience is a resource, or the issuer.
        case accessToken
        /// An ID token, whose audience is the application: for back ends of a sign-in that hands one to the page.
        case idToken

        var type: TokenType { self == .accessToken ? .accessToken : .jwt }
    }

    private let issuer: String
    private let audience: String
    private let kind: Kind
    private let keys: KeySetCache
    private let leeway: Duration
    private let now: @Sendable () -> Date

    /// A verifier; nothing is asked before the first token.
    ///
    /// - Parameters:
    ///   - issuer: compared letter by letter with `iss`.
    ///   - audience: what `aud` must name; for access tokens that ask for no `resource`, the issuer.
    ///   - keys: the issuer's keys.
    ///   - leeway: how far clocks may differ.
    public init(
        issuer: String, audience: String, kind: Kind = .accessToken, keys: KeySetCache,
        leeway: Duration = .seconds(5), now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.issuer = issuer
        self.audience = audience
        self.kind = kind
        self.keys = keys
        self.leeway = leeway
        self.now = now
    }

    /// Who a token stands for.
    ///
    /// - Throws: ``BearerAuthError/invalidToken(_:)``, ``BearerAuthError/providerUnavailable``.
    public func verify(_ token: String) async throws(BearerAuthError) -> BearerPrincipal {
        let unverified: UnverifiedJWS
        do { unverified = try UnverifiedJWS(token) } catch { throw .invalidToken(error) }
        let set = try await keys.keys(for: unverified.kid)
        do {
            let jws = try unverified.verified(with: set, type: kind.type)
            let claims = try RegisteredClaims(parsing: jws.payload)
            try claims.validate(issuer: issuer, audience: audience, at: now(), leeway: leeway)
            guard let principal = BearerPrincipal(claims, kind: kind) else { throw JWTError.invalidClaim(.subject) }
            return principal
        } catch {
            throw .invalidToken(error as? JWTError ?? .cryptographyFailed)
        }
    }
}
