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

    /// Stores a token, and keeps its grant as long as this or an access token issued beside it lives.
    static func insert(
        _ record: RefreshTokenRecord, hash: RefreshTokenHash, for application: Application, in pool: PoolID,
        transaction: any Transaction, now: Date
    ) throws {
        let expiresAt = now + application.refreshTokenLifetime.inSeconds
        let accessExpiresAt = now + application.accessTokenLifetime.inSeconds
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
        try GrantStore.extend(
            record.grantID, until: max(expiresAt, accessExpiresAt), in: pool, transaction: transaction)
    }

    /// Exchanges a token of this client for its successor.
    ///
    /// - Parameter asked: the scopes the client wants now, nil for all it was granted.
    func rotate(
        _ token: String, asked: [String]?, application: Application, in pool: PoolID,
        accessToken: @escaping AccessTokenDraft
    ) async throws -> Result<Rotation, RefreshRefusal> {
        let now = surroundings.now()
        let hash = RefreshTokenHash(of: token)
        let fresh = surroundings.token()
        let sealed = try sealer.seal(fresh, context: Self.context(hash))
        let key: [SQLValue] = [.text(pool), .text(hash), .text(application.id)]
        let outcome: Result<SealedRotation, RefreshRefusal> = try await database.transaction { transaction in
            // Looked at before the token is spent: a client that asks for too much keeps its token.
            if let asked, try !Self.isGranted(asked, key, transaction) { return .failure(.scopeExceeded) }
            let won = try transaction.query(
                """
                UPDATE refresh_tokens SET rotated_at = $4, successor_hash = $5, successor_sealed = $6
                WHERE pool = $1 AND token_hash = $2 AND client_id = $3 AND rotated_at IS NULL AND expires_at > $4
                RETURNING grant_id, scope, acr, auth_time
                """,
                key + [.date(now), .text(RefreshTokenHash(of: fresh)), .blob(sealed)])
            guard let row = won.first else {
                return try Self.repeated(key, asked, application, now, pool, accessToken, transaction)
            }
            let record = try RefreshTokenRecord(row, clientID: application.id)
            guard let live = try GrantStore.findLive(record.grantID, in: pool, transaction: transaction, now: now)
            else { return .failure(.notUsable) }
            try Self.insert(
                record, hash: RefreshTokenHash(of: fresh), for: application, in: pool, transaction: transaction,
                now: now)
            let issued = try accessToken(live, asked ?? record.scopes, record.acr, record.authTime)
            try issued.store(in: pool, transaction: transaction)
            return .success(SealedRotation(record: record, live: live, accessToken: issued, successor: sealed))
        }
        let rotation: SealedRotation
        switch outcome {
        case .success(let value): rotation = value
        case .failure(let refusal): return .failure(refusal)
        }
        let successor = try sealer.open(rotation.successor, context: Self.context(hash))
        return .success(
            Rotation(
                live: rotation.live, accessToken: rotation.accessToken, scopes: asked ?? rotation.record.scopes,
                acr: rotation.record.acr,
                authTime: rotation.record.authTime, successor: successor))
    }

    private struct SealedRotation: Sendable {
        var record: RefreshTokenRecord
        var live: LiveGrant
        var accessToken: IssuedAccessToken
        var successor: [UInt8]
    }

    private static func isGranted(_ asked: [String], _ key: [SQLValue], _ transaction: any Transaction) throws -> Bool {
        let rows = try transaction.query(
            "SELECT scope FROM refresh_tokens WHERE pool = $1 AND token_hash = $2 AND client_id = $3", key)
        // An unknown token is refused as such, below.
        guard let row = rows.first else { return true }
        return Set(asked).isSubset(of: try row.text("scope").split(separator: " ").map(String.init))
    }

    /// A token that was rotated before: the same successor within the grace and while that is unused; else the end.
    private static func repeated(
        _ key: [SQLValue], _ asked: [String]?, _ application: Application, _ now: Date, _ pool: PoolID,
        _ accessToken: AccessTokenDraft, _ transaction: any Transaction
    ) throws -> Result<SealedRotation, RefreshRefusal> {
        let rows = try transaction.query(
            """
            SELECT t.grant_id, t.scope, t.acr, t.auth_time, t.rotated_at, t.successor_sealed,
                CASE WHEN next.rotated_at IS NULL THEN 1 ELSE 0 END AS successor_unused
            FROM refresh_tokens AS t
            LEFT JOIN refresh_tokens AS next ON next.pool = t.pool AND next.token_hash = t.successor_hash
            WHERE t.pool = $1 AND t.token_hash = $2 AND t.client_id = $3 AND t.rotated_at IS NOT NULL
            """, key)
        guard let row = rows.first else { return .failure(.notUsable) }
        let record = try RefreshTokenRecord(row, clientID: application.id)
        let age = now.timeIntervalSince(try row.date("rotated_at"))
        guard age <= application.refreshTokenReuseGrace.inSeconds, try row.bool("successor_unused"),
            let live = try GrantStore.findLive(record.grantID, in: pool, transaction: transaction, now: now)
        else {
            try GrantStore.revoke(record.grantID, in: pool, transaction: transaction, now: now)
            return .failure(.notUsable)
        }
        let issued = try accessToken(live, asked ?? record.scopes, record.acr, record.authTime)
        try issued.store(in: pool, transaction: transaction)
        return .success(
            SealedRotation(
                record: record, live: live, accessToken: issued, successor: try row.blob("successor_sealed")))
    }

    private static func context(_ hash: RefreshTokenHash) -> String { "refresh token successor \(hash.rawValue)" }
}

/// What a refresh token was exchanged for.
struct Rotation: Sendable {
    var live: LiveGrant
    var accessToken: IssuedAccessToken
    var scopes: [String]
    var acr: AuthenticationContext
    var authTime: Date
    /// The next refresh token.
    var successor: String
}

/// Why a refresh token was not exchanged.
enum RefreshRefusal: Error {
    case notUsable, scopeExceeded
}

extension RefreshTokenRecord {
    /// The first refresh token that a code gives.
    init(_ code: AuthorizationCodeRecord) {
        self.init(
            grantID: code.grantID, clientID: code.clientID, scopes: code.scopes, acr: code.acr, authTime: code.authTime)
    }

    init(_ row: Row, clientID: ClientID) throws(StorageError) {
        grantID = GrantID(rawValue: try row.text("grant_id"))
        self.clientID = clientID
        scopes = try row.text("scope").split(separator: " ").map(String.init)
        guard let acr = AuthenticationContext(rawValue: try row.text("acr")) else { throw .column("acr") }
        self.acr = acr
        authTime = try row.date("auth_time")
    }
}
