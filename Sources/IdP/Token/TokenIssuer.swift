import Foundation
import JWT

/// Makes and reads the signed tokens of a pool.
struct TokenIssuer: Sendable {
    let publicURL: HTTPURL
    let keys: KeyRing
    let surroundings: Surroundings

    /// The issuer identifier of a pool.
    ///
    /// OpenID Connect Discovery section 3.
    func issuer(_ pool: Pool) -> String {
        "\(publicURL.origin)\(pool.pathPrefix)/oidc"
    }

    /// Who signed in, and how; what ID tokens tell.
    struct Authentication: Sendable {
        var userID: UserID
        var sid: SessionID?
        var acr: AuthenticationContext
        var authTime: Date
    }

    /// An ID token.
    ///
    /// OpenID Connect Core section 2.
    func idToken(
        _ authentication: Authentication, grant: GrantID, application: Application, pool: Pool, nonce: String?,
        additional: JSONObject = JSONObject()
    ) throws -> String {
        let now = surroundings.now()
        var claims = claims(
            subject: authentication.userID, audience: application.id.rawValue, grant: grant,
            lifetime: application.idTokenLifetime, pool: pool, now: now)
        claims["auth_time"] = .integer(Int64(authentication.authTime.timeIntervalSince1970))
        claims["acr"] = .string(authentication.acr.rawValue)
        claims["sid"] = (authentication.sid?.rawValue).map { .string($0) }
        claims["nonce"] = nonce.map { .string($0) }
        for (name, value) in additional { claims[name] = value }
        return try JWS.sign(JSON.object(claims).encoded(), type: .jwt, with: keys[pool.id].signing)
    }

    /// An access token.
    ///
    /// RFC 9068; its audience is never a client, so that it can't pass as an ID token.
    func accessToken(
        _ authentication: Authentication, grant: GrantID, scopes: [String], application: Application, pool: Pool
    ) throws -> String {
        var claims = claims(
            subject: authentication.userID, audience: issuer(pool), grant: grant,
            lifetime: application.accessTokenLifetime, pool: pool, now: surroundings.now())
        claims["client_id"] = .string(application.id.rawValue)
        claims["scope"] = .string(scopes.joined(separator: " "))
        claims["auth_time"] = .integer(Int64(authentication.authTime.timeIntervalSince1970))
        claims["acr"] = .string(authentication.acr.rawValue)
        return try JWS.sign(JSON.object(claims).encoded(), type: .accessToken, with: keys[pool.id].signing)
    }

    private func claims(
        subject: UserID, audience: String, grant: GrantID, lifetime: Duration, pool: Pool, now: Date
    ) -> JSONObject {
        let issuedAt = Int64(now.timeIntervalSince1970)
        return [
            "iss": .string(issuer(pool)), "sub": .string(subject.rawValue), "aud": .string(audience),
            "exp": .integer(issuedAt + Int64(lifetime.inSeconds)), "iat": .integer(issuedAt),
            "jti": .string("\(grant.rawValue).\(Base64URL.encode(surroundings.randomBytes(12)))"),
        ]
    }

    /// A token of ours that holds: signature by this pool's key, type, issuer and time.
    ///
    /// The audience is the caller's to judge.
    func verified(_ token: String, type: TokenType, pool: Pool) throws(JWTError) -> RegisteredClaims {
        guard let keys = try? keys[pool.id] else { throw .unknownKeyID }
        let jws = try JWS.verify(token, with: keys.verification, type: type)
        let claims = try RegisteredClaims(parsing: jws.payload)
        guard claims.issuer == issuer(pool) else { throw .wrongIssuer }
        guard let expiry = claims.expiresAt else { throw .missingExpiry }
        guard surroundings.now() < expiry else { throw .expired }
        return claims
    }
}
