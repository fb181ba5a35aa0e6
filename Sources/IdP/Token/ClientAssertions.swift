import Foundation
import JWT

/// `private_key_jwt`: a client proves itself by a JWT that it signed, each used once.
///
/// RFC 7523 section 3, OpenID Connect Core section 9.
struct ClientAssertions: Sendable {
    static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    /// An assertion may not be valid for longer, so that its `jti` need not be remembered for longer.
    static let longestLifetime: TimeInterval = 3600
    /// How far the client's clock may be off.
    static let clockTolerance: TimeInterval = 30

    let issuer: TokenIssuer
    let keys: ClientKeyCache
    let database: any Database

    private static let failure = OAuthError(
        .invalidClient, "the client assertion is malformed, expired, used, or not by this client's key")

    /// The client that signed an assertion.
    ///
    /// - Throws: `OAuthError.invalid_client`.
    func client(_ assertion: String, formID: String?, in pool: Pool) async throws -> Application {
        guard let unverified = try? UnverifiedJWS(assertion),
            let application = unverified.claims.subject.flatMap({ ClientID(rawValue: $0) }).flatMap(pool.application),
            case .privateKeyJWT(let clientKeys) = application.authentication,
            formID == nil || formID == application.id.rawValue,
            let jws = await verified(unverified, clientKeys),
            let claims = try? RegisteredClaims(parsing: jws.payload)
        else { throw Self.failure }
        let now = issuer.surroundings.now()
        // A type, where there is one, must not be that of another kind of token.
        guard jws.header["typ"] == nil || jws.type == .jwt || jws.type == .clientAuthentication,
            claims.issuer == application.id.rawValue, claims.subject == application.id.rawValue,
            !Set(claims.audience).isDisjoint(with: [issuer.issuer(pool), issuer.issuer(pool) + "/token"]),
            let expiry = claims.expiresAt, now < expiry + Self.clockTolerance,
            expiry <= now + Self.longestLifetime + Self.clockTolerance,
            claims.notBefore.map({ $0 <= now + Self.clockTolerance }) ?? true,
            claims.issuedAt.map({ $0 <= now + Self.clockTolerance }) ?? true,
            let id = claims.jwtID, !id.isEmpty
        else { throw Self.failure }
        guard try await isFirstUse(of: id, by: application.id, until: expiry + Self.clockTolerance, in: pool.id) else {
            throw Self.failure
        }
        return application
    }

    private func verified(_ assertion: UnverifiedJWS, _ clientKeys: Application.ClientKeys) async -> JWS? {
        switch clientKeys {
        case .fixed(let set):
            return try? assertion.verified(with: set)
        case .address(let address):
            guard let set = await keys.set(at: address, holding: assertion.kid) else { return nil }
            return try? assertion.verified(with: set)
        }
    }

    /// One statement is the gate, so of any number of simultaneous uses one succeeds, on whatever node.
    private func isFirstUse(of id: String, by client: ClientID, until expiry: Date, in pool: PoolID) async throws
        -> Bool
    {
        try await database.transaction { transaction in
            try !transaction.query(
                """
                INSERT INTO client_assertions (pool, client_id, jti_hash, expires_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (pool, client_id, jti_hash) DO NOTHING RETURNING jti_hash
                """,
                [.text(pool), .text(client), .text(SecretHash<ClientAssertions>(of: id)), .date(expiry + 1)]
            ).isEmpty
        }
    }
}

/// The key sets that clients publish, fetched when needed and kept for a while.
actor ClientKeyCache {
    /// How long a set is used without asking again.
    static let lifetime: TimeInterval = 600
    /// Shortest time between two fetches for an unknown key, so that strangers can't make us ask all the time.
    static let pause: TimeInterval = 30
    /// The same while no set is known.
    static let pauseAfterFailure: TimeInterval = 2

    private let outbound: any OutboundHTTP
    private let now: @Sendable () -> Date
    private var sets: [String: (set: JWKSet, fetchedAt: Date)] = [:]
    /// When each address was last asked, whatever came of it.
    private var asked: [String: Date] = [:]
    private var underWay: [String: Task<JWKSet?, Never>] = [:]

    init(outbound: any OutboundHTTP, now: @escaping @Sendable () -> Date) {
        self.outbound = outbound
        self.now = now
    }

    /// The set at an address; asked for again when it is old, or lacks the key that a token names.
    func set(at address: String, holding kid: KeyID?) async -> JWKSet? {
        let known = sets[address]
        if let known, now().timeIntervalSince(known.fetchedAt) < Self.lifetime,
            kid.map({ known.set[$0] != nil }) ?? true
        {
            return known.set
        }
        // While there is nothing at all, a failed fetch is repeated sooner.
        let pause = known == nil ? Self.pauseAfterFailure : Self.pause
        if underWay[address] == nil, let last = asked[address], now().timeIntervalSince(last) < pause {
            return known?.set
        }
        return await fetch(address) ?? known?.set
    }

    /// One call at a time for each address; everybody who waits gets its answer.
    private func fetch(_ address: String) async -> JWKSet? {
        if let task = underWay[address] { return await task.value }
        asked[address] = now()
        let task = Task { [outbound] in await outbound.get(address).flatMap { try? JWKSet(parsing: $0) } }
        underWay[address] = task
        let set = await task.value
        underWay[address] = nil
        if let set { sets[address] = (set, now()) }
        return set
    }
}
