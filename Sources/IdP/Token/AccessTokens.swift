import Foundation
import JWT

/// What an access token says, whatever its form.
struct AccessToken: Sendable {
    var tokenID: String
    var grantID: GrantID
    var clientID: ClientID
    var subject: String?
    var scopes: [String]
    var audience: [String]
    var acr: String?
    var authTime: Date?
    var issuedAt: Date
    var expiresAt: Date
}

/// An access token about to be handed out.
struct IssuedAccessToken: Sendable {
    var token: AccessToken
    /// The random value, where the application wants an opaque token.
    var opaque: String?

    /// Stores what must be found again; a JWT carries everything itself.
    func store(in pool: PoolID, transaction: any Transaction) throws {
        guard let opaque else { return }
        try OpaqueTokenStore.insert(token, hash: AccessTokenHash(of: opaque), in: pool, transaction: transaction)
    }
}

/// Words an access token for a grant: with these scopes, and recognised so at that time.
///
/// Runs inside the transaction that spends what it is issued for; an error leaves that unspent.
typealias AccessTokenDraft = @Sendable (LiveGrant, [String], AuthenticationContext?, Date?) throws -> IssuedAccessToken

/// Opaque access tokens, stored by hash.
struct OpaqueTokenStore: Sendable {
    let database: any Database

    static func insert(
        _ token: AccessToken, hash: AccessTokenHash, in pool: PoolID, transaction: any Transaction
    ) throws {
        try transaction.query(
            """
            INSERT INTO access_tokens
                (pool, token_hash, grant_id, client_id, scope, audience, acr, auth_time, issued_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                .text(pool), .text(hash), .text(token.grantID), .text(token.clientID),
                .text(token.scopes.joined(separator: " ")), .text(token.audience.joined(separator: " ")),
                .text(token.acr), token.authTime.map { .date($0) } ?? .null, .date(token.issuedAt),
                .date(token.expiresAt),
            ])
    }

    func find(_ hash: AccessTokenHash, in pool: PoolID, now: Date) async throws -> AccessToken? {
        let rows = try await database.query(
            """
            SELECT grant_id, client_id, scope, audience, acr, auth_time, issued_at, expires_at FROM access_tokens
            WHERE pool = $1 AND token_hash = $2 AND expires_at > $3
            """,
            [.text(pool), .text(hash), .date(now)])
        return try rows.first.map { row in
            guard let clientID = ClientID(rawValue: try row.text("client_id")) else {
                throw StorageError.column("client_id")
            }
            return AccessToken(
                tokenID: hash.rawValue, grantID: GrantID(rawValue: try row.text("grant_id")), clientID: clientID,
                subject: nil, scopes: try row.text("scope").split(separator: " ").map(String.init),
                audience: try row.text("audience").split(separator: " ").map(String.init),
                acr: try row.optionalText("acr"), authTime: try row.optionalDate("auth_time"),
                issuedAt: try row.date("issued_at"), expiresAt: try row.date("expires_at"))
        }
    }
}

/// Reads access tokens of both forms, and says whether they still hold.
struct AccessTokenReader: Sendable {
    let issuer: TokenIssuer
    let opaque: OpaqueTokenStore
    let grants: GrantStore

    /// A token that holds: genuine, in time, not revoked, its grant alive, its user active, its client registered.
    ///
    /// Who may use it where, the audience that is, is the caller's to judge.
    func live(_ token: String, in pool: Pool) async throws -> (token: AccessToken, live: LiveGrant)? {
        guard let read = try await read(token, in: pool),
            let live = try await grants.findLive(read.grantID, token: read.tokenID, in: pool.id),
            live.grant.clientID == read.clientID, let application = pool.application(read.clientID)
        else { return nil }
        var complete = read
        let subject = try issuer.subject(of: live, for: application, in: pool)
        guard read.subject == nil || read.subject == subject else { return nil }
        complete.subject = subject
        return (complete, live)
    }

    private func read(_ token: String, in pool: Pool) async throws -> AccessToken? {
        guard token.utf8.contains(UInt8(ascii: ".")) else {
            return try await opaque.find(AccessTokenHash(of: token), in: pool.id, now: issuer.surroundings.now())
        }
        guard let claims = try? issuer.verified(token, type: .accessToken, pool: pool), let id = claims.jwtID,
            let grantID = GrantID(tokenID: id),
            let clientID = claims["client_id"]?.stringValue.flatMap({ ClientID(rawValue: $0) }),
            let issuedAt = claims.issuedAt, let expiresAt = claims.expiresAt
        else { return nil }
        return AccessToken(
            tokenID: id, grantID: grantID, clientID: clientID, subject: claims.subject,
            scopes: (claims["scope"]?.stringValue ?? "").split(separator: " ").map(String.init),
            audience: claims.audience, acr: claims["acr"]?.stringValue,
            authTime: claims["auth_time"]?.integerValue.map { Date(timeIntervalSince1970: Double($0)) },
            issuedAt: issuedAt, expiresAt: expiresAt)
    }
}

/// Single access tokens that were revoked before their time (RFC 7009); a whole grant is revoked in its own row.
struct RevocationStore: Sendable {
    let database: any Database

    func revoke(_ token: AccessToken, in pool: PoolID) async throws {
        try await database.transaction { transaction in
            try transaction.query(
                """
                INSERT INTO revoked_tokens (pool, jti, expires_at) VALUES ($1, $2, $3)
                ON CONFLICT (pool, jti) DO NOTHING
                """,
                [.text(pool), .text(token.tokenID), .date(token.expiresAt)])
        }
    }
}
