import Foundation

/// What a refresh token stands for.
struct RefreshTokenRecord: Sendable {
    var grantID: GrantID
    var clientID: ClientID
    var scopes: [String]
    var acr: AuthenticationContext
    var authTime: Date
}

/// Refresh tokens: random, stored by hash, rotated at each use.
///
/// RFC 6749 section 6, RFC 9700 section 4.14.
///
/// A client whose answer was lost presents the previous token again. Within the grace it gets the same successor, which
/// waits sealed beside its predecessor's hash; so at any time one successor lives. Any later use is a theft, and the
/// whole family ends.
struct RefreshTokenStore: Sendable {
    let database: any Database
    let sealer: Sealer
    let surroundings: Surroundings

    static func insert(
        _ record: RefreshTokenRecord, hash: RefreshTokenHash, expiresAt: Date, in pool: PoolID,
        transaction: any Transaction
    ) throws {
        try transaction.query(
            """
            INSERT INTO refresh_tokens (pool, token_hash, grant_id, client_id, scope, acr, auth_time, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(pool), .text(hash), .text(record.grantID), .text(record.clientID),
                .text(record.scopes.joined(separator: " ")), .text(record.acr), .date(record.authTime),
                .date(expiresAt),
            ])
    }

    /// Exchanges a token of this client for its successor.
    ///
    /// - Returns: what the token stands for and the successor, or nil when the token is worth nothing.
    func rotate(
        _ token: String, application: Application, in pool: PoolID
    ) async throws -> (record: RefreshTokenRecord, successor: String)? {
        let now = surroundings.now()
        let hash = RefreshTokenHash(of: token)
        let fresh = surroundings.token()
        let sealed = try sealer.seal(fresh, context: Self.context(hash))
        let clientID = application.id
        let grace = application.refreshTokenReuseGrace
        let expiry = now + application.refreshTokenLifetime.inSeconds
        let rotated: (record: RefreshTokenRecord, sealed: [UInt8])? = try await database.transaction { transaction in
            let key: [SQLValue] = [.text(pool), .text(hash), .text(clientID)]
            let won = try transaction.query(
                """
                UPDATE refresh_tokens SET rotated_at = $4, successor_hash = $5, successor_sealed = $6
                WHERE pool = $1 AND token_hash = $2 AND client_id = $3 AND rotated_at IS NULL AND expires_at > $4
                    AND EXISTS (SELECT 1 FROM grants AS g WHERE g.pool = $1 AND g.id = refresh_tokens.grant_id AND g.revoked_at IS NULL)
                RETURNING grant_id, scope, acr, auth_time
                """,
                key + [.date(now), .text(RefreshTokenHash(of: fresh)), .blob(sealed)])
            if let row = won.first {
                let record = try RefreshTokenRecord(row, clientID: clientID)
                try Self.insert(
                    record, hash: RefreshTokenHash(of: fresh), expiresAt: expiry, in: pool, transaction: transaction)
                try GrantStore.extend(record.grantID, until: expiry, in: pool, transaction: transaction)
                return (record, sealed)
            }
            return try Self.repeated(key, grace: grace, now: now, pool: pool, transaction: transaction)
        }
        guard let rotated else { return nil }
        return (rotated.record, try sealer.open(rotated.sealed, context: Self.context(hash)))
    }

    /// A token that was rotated before: the same successor within the grace and while that is unused; else the end.
    private static func repeated(
        _ key: [SQLValue], grace: Duration, now: Date, pool: PoolID, transaction: any Transaction
    ) throws -> (record: RefreshTokenRecord, sealed: [UInt8])? {
        let rows = try transaction.query(
            """
            SELECT t.grant_id, t.scope, t.acr, t.auth_time, t.rotated_at, t.successor_sealed,
                CASE WHEN next.rotated_at IS NULL THEN 1 ELSE 0 END AS successor_unused,
                CASE WHEN g.revoked_at IS NULL THEN 1 ELSE 0 END AS grant_live
            FROM refresh_tokens AS t JOIN grants AS g ON g.pool = t.pool AND g.id = t.grant_id
            LEFT JOIN refresh_tokens AS next ON next.pool = t.pool AND next.token_hash = t.successor_hash
            WHERE t.pool = $1 AND t.token_hash = $2 AND t.client_id = $3 AND t.rotated_at IS NOT NULL
            """, key)
        guard let row = rows.first, case .text(let client) = key[2], let clientID = ClientID(rawValue: client) else {
            return nil
        }
        let record = try RefreshTokenRecord(row, clientID: clientID)
        let isWithinGrace = now.timeIntervalSince(try row.date("rotated_at")) <= grace.inSeconds
        guard isWithinGrace, try row.bool("successor_unused"), try row.bool("grant_live") else {
            try GrantStore.revoke(record.grantID, in: pool, transaction: transaction, now: now)
            return nil
        }
        return (record, try row.blob("successor_sealed"))
    }

    private static func context(_ hash: RefreshTokenHash) -> String { "refresh token successor \(hash.rawValue)" }
}

extension RefreshTokenRecord {
    init(_ row: Row, clientID: ClientID) throws(StorageError) {
        grantID = GrantID(rawValue: try row.text("grant_id"))
        self.clientID = clientID
        scopes = try row.text("scope").split(separator: " ").map(String.init)
        guard let acr = AuthenticationContext(rawValue: try row.text("acr")) else { throw .column("acr") }
        self.acr = acr
        authTime = try row.date("auth_time")
    }
}
