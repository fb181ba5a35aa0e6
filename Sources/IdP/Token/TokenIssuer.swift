import Foundation
import JWT

/// Makes and reads the signed tokens of a pool.
struct TokenIssuer: Sendable {
    let publicURL: HTTPURL
    let keys: KeyRing
    let subjects: SubjectIdentifiers
    let surroundings: Surroundings

    /// The issuer identifier of a pool.
    ///
    /// OpenID Connect Discovery section 3.
    func issuer(_ pool: Pool) -> String {
        "\(publicURL.origin)\(pool.pathPrefix)/oidc"
    }

    /// The `sub` of a grant for its application: the person's, or for a client that acts for itself the client's.
    func subject(of live: LiveGrant, for application: Application, in pool: Pool) throws -> String {
        guard let user = live.user else { return application.id.rawValue }
        return try subjects.subject(of: user.id, for: application, in: pool.id)
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
        accessToken: String? = nil, additional: JSONObject = JSONObject()
    ) throws -> String {
        let key = try keys[pool.id].signing(for: application.idTokenAlgorithm)
        var claims = claims(
            subject: try subjects.subject(of: authentication.userID, for: application, in: pool.id),
            audience: [application.id.rawValue], tokenID: tokenID(of: grant), lifetime: application.idTokenLifetime,
            pool: pool)
        claims["auth_time"] = .integer(Int64(authentication.authTime.timeIntervalSince1970))
        claims["acr"] = .string(authentication.acr.rawValue)
        claims["sid"] = (authentication.sid?.rawValue).map { .string($0) }
        claims["nonce"] = nonce.map { .string($0) }
        claims["at_hash"] = accessToken.map { .string(TokenHash.value(of: $0, for: key.algorithm)) }
        for (name, value) in additional { claims[name] = value }
        return try JWS.sign(JSON.object(claims).encoded(), type: .jwt, with: key)
    }

    /// An access token as a JWT.
    ///
    /// RFC 9068; its audience is never a client, so that it can't pass as an ID token.
    func accessToken(_ token: AccessToken, application: Application, pool: Pool) throws -> String {
        var claims = claims(
            subject: token.subject ?? application.id.rawValue, audience: token.audience, tokenID: token.tokenID,
            lifetime: application.accessTokenLifetime, pool: pool)
        claims["client_id"] = .string(token.clientID.rawValue)
        claims["scope"] = .string(token.scopes.joined(separator: " "))
        claims["auth_time"] = token.authTime.map { .integer(Int64($0.timeIntervalSince1970)) }
        claims["acr"] = token.acr.map { .string($0) }
        return try JWS.sign(
            JSON.object(claims).encoded(), type: .accessToken,
            with: keys[pool.id].signing(for: application.accessTokenAlgorithm))
    }

    /// Userinfo as a signed JWT.
    ///
    /// OpenID Connect Core section 5.3.2.
    func userInfo(
        _ claims: JSONObject, algorithm: SignatureAlgorithm, application: Application, pool: Pool
    ) throws -> String {
        var claims = claims
        claims["iss"] = .string(issuer(pool))
        claims["aud"] = .string(application.id.rawValue)
        return try JWS.sign(
            JSON.object(claims).encoded(), type: nil, with: keys[pool.id].signing(for: algorithm))
    }

    /// A name for a token that tells its grant.
    func tokenID(of grant: GrantID) -> String {
        "\(grant.rawValue).\(Base64URL.encode(surroundings.randomBytes(12)))"
    }

    private func claims(
        subject: String, audience: [String], tokenID: String, lifetime: Duration, pool: Pool
    ) -> JSONObject {
        let issuedAt = Int64(surroundings.now().timeIntervalSince1970)
        return [
            "iss": .string(issuer(pool)), "sub": .string(subject),
            "aud": audience.count == 1 ? .string(audience[0]) : .array(audience.map { .string($0) }),
            "exp": .integer(issuedAt + Int64(lifetime.inSeconds)), "iat": .integer(issuedAt), "jti": .string(tokenID),
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

    /// The claims of an ID token of ours, however old: its signature may be by a key that was retired since.
    func hint(_ token: String, pool: Pool) -> RegisteredClaims? {
        guard let keys = try? keys[pool.id], let jws = try? JWS.verify(token, with: keys.hints, type: .jwt),
            let claims = try? RegisteredClaims(parsing: jws.payload), claims.issuer == issuer(pool)
        else { return nil }
        return claims
    }
}
