import Foundation

/// The identifier of a grant; the first part of the `jti` of every token issued under it.
struct GrantID: RawRepresentable, Hashable, Sendable {
    let rawValue: String

    init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The grant that a token's `jti` belongs to.
    init?(tokenID: String) {
        guard let dot = tokenID.firstIndex(of: "."), dot > tokenID.startIndex else { return nil }
        rawValue = String(tokenID[..<dot])
    }
}

/// What one sign-in gave one application.
///
/// Revoking it ends every token that was issued under it.
struct Grant: Sendable {
    enum Kind: String, Sendable {
        /// Through a code.
        case code
        /// Through a social sign-in, which hands out an ID token at once.
        case social
    }

    var id: GrantID
    var kind: Kind
    var clientID: ClientID
    var userID: UserID
    /// The session it came from.
    var sid: SessionID?
    var createdAt: Date
    var expiresAt: Date
}

/// Reads and writes grants.
struct GrantStore: Sendable {
    let database: any Database
    let surroundings: Surroundings

    static func insert(_ grant: Grant, in pool: PoolID, transaction: any Transaction) throws {
        try transaction.query(
            """
            INSERT INTO grants (pool, id, kind, client_id, user_id, sid, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(pool), .text(grant.id), .text(grant.kind), .text(grant.clientID), .text(grant.userID),
                .text(grant.sid?.rawValue), .date(grant.createdAt), .date(grant.expiresAt),
            ])
    }

    /// Ends a grant and every token under it.
    static func revoke(_ id: GrantID, in pool: PoolID, transaction: any Transaction, now: Date) throws {
        try transaction.query(
            "UPDATE grants SET revoked_at = $3 WHERE pool = $1 AND id = $2 AND revoked_at IS NULL",
            [.text(pool), .text(id), .date(now)])
    }

    /// Keeps a grant alive for the tokens just issued under it.
    static func extend(_ id: GrantID, until expiry: Date, in pool: PoolID, transaction: any Transaction) throws {
        try transaction.query(
            "UPDATE grants SET expires_at = $3 WHERE pool = $1 AND id = $2 AND expires_at < $3",
            [.text(pool), .text(id), .date(expiry)])
    }

    /// A grant that still holds, and its user, who is active; one statement, as every protected request asks it.
    func findLive(_ id: GrantID, in pool: PoolID) async throws -> LiveGrant? {
        let (sql, arguments) = Self.liveQuery(id, pool, surroundings.now())
        return try await database.query(sql, arguments).first.map { try LiveGrant($0, id: id) }
    }

    /// The same inside a transaction that is about to issue something under the grant.
    static func findLive(
        _ id: GrantID, in pool: PoolID, transaction: any Transaction, now: Date
    ) throws -> LiveGrant? {
        let (sql, arguments) = liveQuery(id, pool, now)
        return try transaction.query(sql, arguments).first.map { try LiveGrant($0, id: id) }
    }

    private static func liveQuery(_ id: GrantID, _ pool: PoolID, _ now: Date) -> (sql: String, arguments: [SQLValue]) {
        let columns = User.columns.split(separator: ", ").map { "u.\($0)" }.joined(separator: ", ")
        let sql = """
            SELECT \(columns), g.kind, g.client_id, g.sid, g.created_at AS granted_at, g.expires_at AS grant_expires_at,
                CASE WHEN s.sid IS NULL THEN 0 ELSE 1 END AS session_live
            FROM grants AS g JOIN users AS u ON u.pool = g.pool AND u.id = g.user_id
            LEFT JOIN sessions AS s ON s.pool = g.pool AND s.sid = g.sid AND s.user_id = g.user_id AND s.expires_at > $3
            WHERE g.pool = $1 AND g.id = $2 AND g.revoked_at IS NULL AND u.blocked = 0
            """
        return (sql, [.text(pool), .text(id), .date(now)])
    }
}

/// A grant that holds, with its active user.
struct LiveGrant: Sendable {
    var grant: Grant
    var user: User
    /// Whether the session it came from still lives.
    var isSessionLive: Bool

    init(_ row: Row, id: GrantID) throws {
        guard let kind = Grant.Kind(rawValue: try row.text("kind")) else { throw StorageError.column("kind") }
        guard let clientID = ClientID(rawValue: try row.text("client_id")) else {
            throw StorageError.column("client_id")
        }
        user = try User(row)
        grant = Grant(
            id: id, kind: kind, clientID: clientID, userID: user.id,
            sid: try row.optionalText("sid").map { SessionID(rawValue: $0) },
            createdAt: try row.date("granted_at"), expiresAt: try row.date("grant_expires_at"))
        isSessionLive = try row.bool("session_live")
    }
}
