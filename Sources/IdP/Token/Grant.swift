import Foundation
import WeChat

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
        /// On a device, confirmed in a browser.
        case device
        /// For the code of a mini program or of a mobile app.
        case app
        /// To a client that acts for itself; there is no user.
        case client
    }

    var id: GrantID
    var kind: Kind
    var clientID: ClientID
    /// Nil only for ``Kind/client``.
    var userID: UserID?
    /// The session it came from.
    var sid: SessionID?
    /// What was asked for one by one.
    var claims = RequestedClaims()
    /// The resource servers that its access tokens are for (RFC 8707); none means this provider.
    var resources: [String] = []
    /// Who came through which app; only for ``Kind/app``.
    var account: WeChatAccount?
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
            INSERT INTO grants (pool, id, kind, client_id, user_id, sid, claims, resources, created_at, expires_at, app_id, openid)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            [
                .text(pool), .text(grant.id), .text(grant.kind), .text(grant.clientID), .text(grant.userID?.rawValue),
                .text(grant.sid?.rawValue), .text(grant.claims.stored),
                .text(grant.resources.isEmpty ? nil : grant.resources.joined(separator: " ")), .date(grant.createdAt),
                .date(grant.expiresAt), .text(grant.account?.appID.rawValue), .text(grant.account?.openID.rawValue),
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
    ///
    /// - Parameter tokenID: a token of the grant, which must not have been revoked by itself.
    func findLive(_ id: GrantID, token tokenID: String? = nil, in pool: PoolID) async throws -> LiveGrant? {
        let (sql, arguments) = Self.liveQuery(id, tokenID, pool, surroundings.now())
        return try await database.query(sql, arguments).first.map { try LiveGrant($0, id: id) }
    }

    /// The same inside a transaction that is about to issue something under the grant.
    static func findLive(
        _ id: GrantID, in pool: PoolID, transaction: any Transaction, now: Date
    ) throws -> LiveGrant? {
        let (sql, arguments) = liveQuery(id, nil, pool, now)
        return try transaction.query(sql, arguments).first.map { try LiveGrant($0, id: id) }
    }

    private static func liveQuery(
        _ id: GrantID, _ tokenID: String?, _ pool: PoolID, _ now: Date
    ) -> (sql: String, arguments: [SQLValue]) {
        let columns = User.columns.split(separator: ", ").map { "u.\($0)" }.joined(separator: ", ")
        let sql = """
            SELECT \(columns), g.kind, g.client_id, g.user_id, g.sid, g.claims, g.resources,
                g.app_id, g.openid, g.created_at AS granted_at, g.expires_at AS grant_expires_at, CASE WHEN s.sid IS NULL THEN 0 ELSE 1 END AS session_live
            FROM grants AS g LEFT JOIN users AS u ON u.pool = g.pool AND u.id = g.user_id
            LEFT JOIN sessions AS s ON s.pool = g.pool AND s.sid = g.sid AND s.user_id = g.user_id AND s.expires_at > $3
            WHERE g.pool = $1 AND g.id = $2 AND g.revoked_at IS NULL AND (u.blocked = 0 OR g.user_id IS NULL)
                AND NOT EXISTS (SELECT 1 FROM revoked_tokens AS r WHERE r.pool = $1 AND r.jti = $4)
            """
        return (sql, [.text(pool), .text(id), .date(now), .text(tokenID ?? "")])
    }
}

/// A grant that holds, with its active user.
struct LiveGrant: Sendable {
    var grant: Grant
    /// Nil for a client that acts for itself.
    var user: User?
    /// Whether the session it came from still lives.
    var isSessionLive: Bool

    init(grant: Grant, user: User?, isSessionLive: Bool) {
        self.grant = grant
        self.user = user
        self.isSessionLive = isSessionLive
    }

    init(_ row: Row, id: GrantID) throws {
        guard let kind = Grant.Kind(rawValue: try row.text("kind")) else { throw StorageError.column("kind") }
        guard let clientID = ClientID(rawValue: try row.text("client_id")) else {
            throw StorageError.column("client_id")
        }
        user = try row.optionalText("user_id") == nil ? nil : try User(row)
        grant = Grant(
            id: id, kind: kind, clientID: clientID, userID: user?.id,
            sid: try row.optionalText("sid").map { SessionID(rawValue: $0) },
            claims: RequestedClaims(stored: try row.optionalText("claims")),
            resources: try row.optionalText("resources")?.split(separator: " ").map(String.init) ?? [],
            account: try WeChatAccount(row), createdAt: try row.date("granted_at"),
            expiresAt: try row.date("grant_expires_at"))
        isSessionLive = try row.bool("session_live")
    }
}
