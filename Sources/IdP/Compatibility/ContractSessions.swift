import Foundation
import JWT
import WeChat

/// A login session of a contract: proof of an openid, until it expires or ends.
struct ContractSession: Sendable {
    enum Contract: String, Sendable {
        case wxLogin = "wx_login"
        case verify
    }

    var hash: SecretHash<ContractSession>
    var account: WeChatAccount
    /// As the person's app last saw it.
    var unionID: UnionID?
    /// Who the openid belongs to today, and not blocked.
    var user: User
    /// What signatures are made with; only where the contract has them.
    var key: Secret?
    var expiresAt: Date
}

/// Login sessions of contracts, by the hash of their token.
///
/// They name an openid rather than a person: when two accounts turn out to be one, the session goes along with its openid.
struct ContractSessionStore: Sendable {
    let database: any Database
    let sealer: Sealer
    let surroundings: Surroundings
    /// Opened in place of a key that is not there, so that unknown tokens take as long as known ones.
    private let decoy: [UInt8]
    private static let decoyContext = "contract session decoy"

    init(database: any Database, sealer: Sealer, surroundings: Surroundings) throws {
        self.database = database
        self.sealer = sealer
        self.surroundings = surroundings
        decoy = try sealer.seal(Data(count: 16).base64EncodedString(), context: Self.decoyContext)
    }

    /// Begins a session.
    ///
    /// - Returns: when it ends.
    @discardableResult
    func begin(
        _ token: String, of account: WeChatAccount, by contract: ContractSession.Contract, key: Secret?,
        lifetime: Duration, in pool: PoolID
    ) async throws -> Date {
        let hash = SecretHash<ContractSession>(of: token)
        let sealed = try key.map { try sealer.seal($0.exposeSecret(), context: Self.context(hash, pool)) }
        let now = surroundings.now()
        let expiry = now + lifetime.inSeconds
        try await database.transaction { transaction in
            try transaction.query(
                """
                INSERT INTO contract_sessions (pool, token_hash, contract, app_id, openid, key_sealed, created_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                [
                    .text(pool), .text(hash), .text(contract), .text(account.appID), .text(account.openID),
                    sealed.map { .blob($0) } ?? .null, .date(now), .date(expiry),
                ])
        }
        return expiry
    }

    /// The session of a token, if it lives and its person is not blocked; the same work is done when there is none.
    func find(
        _ token: String, of contract: ContractSession.Contract, in pool: PoolID
    ) async throws -> ContractSession? {
        let hash = SecretHash<ContractSession>(of: token)
        let columns = User.columns.split(separator: ", ").map { "u.\($0)" }.joined(separator: ", ")
        let rows = try await database.query(
            """
            SELECT \(columns), c.app_id, c.openid, w.unionid, c.key_sealed, c.expires_at AS session_expires_at
            FROM contract_sessions AS c
            JOIN wechat_openids AS w ON w.pool = c.pool AND w.app_id = c.app_id AND w.openid = c.openid
            JOIN users AS u ON u.pool = w.pool AND u.id = w.user_id
            WHERE c.pool = $1 AND c.token_hash = $2 AND c.contract = $3 AND c.expires_at > $4 AND u.blocked = 0
            """,
            [.text(pool), .text(hash), .text(contract), .date(surroundings.now())])
        let row = rows.first
        let sealed = try row?.optionalBlob("key_sealed")
        let key = try sealer.open(
            sealed ?? decoy, context: sealed == nil ? Self.decoyContext : Self.context(hash, pool))
        guard let row else { return nil }
        return ContractSession(
            hash: hash,
            account: WeChatAccount(
                appID: AppID(rawValue: try row.text("app_id")), openID: OpenID(rawValue: try row.text("openid"))),
            unionID: try row.optionalText("unionid").map(UnionID.init(rawValue:)), user: try User(row),
            key: sealed == nil ? nil : Secret(key), expiresAt: try row.date("session_expires_at"))
    }

    /// Ends a session before its time.
    func end(_ session: ContractSession, in pool: PoolID) async throws {
        try await database.transaction { transaction in
            try transaction.query(
                "DELETE FROM contract_sessions WHERE pool = $1 AND token_hash = $2", [.text(pool), .text(session.hash)])
        }
    }

    private static func context(_ hash: SecretHash<ContractSession>, _ pool: PoolID) -> String {
        "contract session key \(pool) \(hash.rawValue)"
    }
}

extension WxLoginContract {
    /// Whether the contract still serves the app that a session came through.
    func allows(_ account: WeChatAccount, in pool: Pool) -> Bool {
        connections.contains { pool.connection($0)?.appID == account.appID }
    }
}

extension VerifyContract {
    /// Whether the contract still serves the app that a session came through.
    func allows(_ account: WeChatAccount, in pool: Pool) -> Bool {
        connections.contains { pool.connection($0)?.appID == account.appID }
    }
}
