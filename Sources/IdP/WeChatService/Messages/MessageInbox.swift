import Foundation
import WeChat

/// Acts on each message once, however often and at whatever node it arrives.
struct MessageInbox: Sendable {
    /// Longer than a message may be old, in both directions.
    static let nonceMemory: TimeInterval = 2 * MessageVerification.tolerance + 60
    /// WeChat repeats a message three times within some seconds; somebody else may do so later.
    static let messageMemory: TimeInterval = 86_400

    let database: any Database
    let ending: SessionEnding
    let surroundings: Surroundings

    /// What was done.
    struct Outcome: Sendable {
        /// False for a repetition, and for what concerns nobody here.
        var hasActed = false
        var notices: [LogoutNotice] = []
    }

    /// Remembers an address check: in plain mode its signature would fit a message too.
    func note(_ stamp: MessageVerification.Stamp, of connection: Connection, in pool: Pool) async throws {
        let expiry = surroundings.now() + Self.nonceMemory
        try await database.transaction { transaction in
            _ = try Self.remember(Self.nonce(stamp), until: expiry, connection, pool, transaction)
        }
    }

    private static func nonce(_ stamp: MessageVerification.Stamp) -> String {
        "nonce \(stamp.timestamp) \(stamp.nonce)"
    }

    /// Remembers a message and does what it asks, in one transaction: what fails is done when WeChat repeats it.
    func receive(
        _ message: WeChatMessage, _ stamp: MessageVerification.Stamp, of connection: Connection, in pool: Pool
    ) async throws -> Outcome {
        let (now, draw) = (surroundings.now(), ending.draw())
        let nonce = Self.nonce(stamp)
        let change = AuthorizationChange(message, appID: connection.appID)
        return try await database.transaction { transaction in
            let isNew = try Self.remember(nonce, until: now + Self.nonceMemory, connection, pool, transaction)
            let isFirst = try Self.remember(
                message.identity, until: now + Self.messageMemory, connection, pool, transaction)
            guard isNew, isFirst, let change else { return Outcome() }
            return try PersonForgetting(ending: ending, pool: pool, appID: connection.appID, now: now, draw: draw)
                .act(on: change, transaction)
        }
    }

    /// True the first time.
    private static func remember(
        _ text: String, until expiry: Date, _ connection: Connection, _ pool: Pool, _ transaction: any Transaction
    ) throws -> Bool {
        let rows = try transaction.query(
            """
            INSERT INTO wechat_messages (pool, connection, message_hash, expires_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (pool, connection, message_hash) DO NOTHING RETURNING message_hash
            """,
            [.text(pool.id), .text(connection.id), .text(MessageHash(of: text)), .date(expiry)])
        return !rows.isEmpty
    }
}

/// The hash of what names a message.
typealias MessageHash = SecretHash<WeChatMessage>
