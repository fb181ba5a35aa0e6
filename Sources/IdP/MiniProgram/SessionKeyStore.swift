import Foundation
import WeChat

/// The session keys that WeChat shares with us for people in mini programs, sealed.
///
/// One for each person and mini program, as WeChat keeps it: a new login replaces it, and the old one opens nothing any
/// more.
struct SessionKeyStore: Sendable {
    /// A key that nobody has used for so long is deleted; WeChat has forgotten it long before.
    static let lifetime: Duration = .seconds(30 * 86_400)

    let database: any Database
    let sealer: Sealer
    let surroundings: Surroundings

    /// A session key as it is stored.
    struct Sealed: Sendable {
        fileprivate var bytes: [UInt8]
    }

    func seal(_ key: SessionKey, of account: WeChatAccount, in pool: PoolID) throws -> Sealed {
        Sealed(bytes: try sealer.seal(key.exposeSecret(), context: Self.context(account, pool)))
    }

    static func replace(
        _ key: Sealed, of account: WeChatAccount, in pool: PoolID, transaction: any Transaction, now: Date
    ) throws {
        try transaction.query(
            """
            INSERT INTO mini_program_sessions (pool, app_id, openid, session_key_sealed, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (pool, app_id, openid) DO UPDATE SET session_key_sealed = excluded.session_key_sealed,
                created_at = excluded.created_at, expires_at = excluded.expires_at
            """,
            [
                .text(pool), .text(account.appID), .text(account.openID), .blob(key.bytes), .date(now),
                .date(now + lifetime.inSeconds),
            ])
    }

    /// The key of a person's last login; nil when there is none.
    func find(_ account: WeChatAccount, in pool: PoolID) async throws -> SessionKey? {
        let now = surroundings.now()
        let key: [SQLValue] = [.text(pool), .text(account.appID), .text(account.openID)]
        let rows = try await database.query(
            """
            SELECT session_key_sealed, expires_at FROM mini_program_sessions
            WHERE pool = $1 AND app_id = $2 AND openid = $3 AND expires_at > $4
            """, key + [.date(now)])
        guard let row = rows.first else { return nil }
        let text = try sealer.open(try row.blob("session_key_sealed"), context: Self.context(account, pool))
        let renewed = now + Self.lifetime.inSeconds
        // Once a day is enough: reading should not cost a write.
        if try row.date("expires_at") < renewed - 86_400 {
            try await database.transaction { transaction in
                try transaction.query(
                    "UPDATE mini_program_sessions SET expires_at = $4 WHERE pool = $1 AND app_id = $2 AND openid = $3",
                    key + [.date(renewed)])
            }
        }
        return SessionKey(text)
    }

    private static func context(_ account: WeChatAccount, _ pool: PoolID) -> String {
        "session key \(pool) \(account.appID) \(account.openID)"
    }
}
