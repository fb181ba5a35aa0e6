import Foundation

/// One application that is still to be told that a session has ended.
struct LogoutNotice: Sendable {
    var pool: PoolID
    var id: String
    var clientID: ClientID
    /// The person as this application knows them.
    var subject: String
    var sid: SessionID
    /// How often it has been sent, the attempt under way included.
    var attempts: Int

    /// For how long a notice that does not arrive is sent again.
    static let lifetime: Duration = .seconds(86_400)

    /// How long to wait after so many attempts: a minute at first, then twice as long each time, an hour at most.
    static func pause(after attempts: Int) -> Duration {
        .seconds(min(3600, 60 << min(max(attempts - 1, 0), 6)))
    }
}

extension LogoutNotice {
    init(_ row: Row) throws(StorageError) {
        guard let pool = PoolID(rawValue: try row.text("pool")) else { throw .column("pool") }
        guard let clientID = ClientID(rawValue: try row.text("client_id")) else { throw .column("client_id") }
        self.init(
            pool: pool, id: try row.text("id"), clientID: clientID, subject: try row.text("subject"),
            sid: SessionID(rawValue: try row.text("sid")), attempts: Int(try row.integer("attempts")))
    }
}

/// Keeps notices until they have arrived.
///
/// A notice is written in the transaction that ends its session, so that a crash loses none.
struct LogoutNoticeStore: Sendable {
    let database: any Database
    let surroundings: Surroundings

    /// Stores a notice whose first attempt follows at once.
    static func insert(_ notice: LogoutNotice, transaction: any Transaction, now: Date) throws {
        try transaction.query(
            """
            INSERT INTO logout_notices (pool, id, client_id, subject, sid, attempts, next_attempt_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(notice.pool), .text(notice.id), .text(notice.clientID), .text(notice.subject), .text(notice.sid),
                .integer(Int64(notice.attempts)),
                .date(now + LogoutNotice.pause(after: notice.attempts).inSeconds),
                .date(now + LogoutNotice.lifetime.inSeconds),
            ])
    }

    /// Takes up to `limit` notices whose time has come; of several processes one gets each.
    func claimDue(limit: Int) async throws -> [LogoutNotice] {
        let now = surroundings.now()
        let rows = try await database.query(
            """
            SELECT pool, id, client_id, subject, sid, attempts FROM logout_notices
            WHERE next_attempt_at <= $1 AND expires_at > $1 ORDER BY next_attempt_at LIMIT $2
            """,
            [.date(now), .integer(Int64(limit))])
        let due = try rows.map { row throws(StorageError) in try LogoutNotice(row) }
        if due.isEmpty { return [] }
        return try await database.transaction { transaction in
            var claimed: [LogoutNotice] = []
            for notice in due {
                var notice = notice
                notice.attempts += 1
                let won = try transaction.query(
                    """
                    UPDATE logout_notices SET attempts = $3, next_attempt_at = $4
                    WHERE pool = $1 AND id = $2 AND attempts = $3 - 1 RETURNING id
                    """,
                    [
                        .text(notice.pool), .text(notice.id), .integer(Int64(notice.attempts)),
                        .date(now + LogoutNotice.pause(after: notice.attempts).inSeconds),
                    ])
                if !won.isEmpty { claimed.append(notice) }
            }
            return claimed
        }
    }

    /// Forgets a notice that has arrived, or that nobody is left to be sent to.
    func remove(_ notice: LogoutNotice) async throws {
        try await database.transaction { transaction in
            try transaction.query(
                "DELETE FROM logout_notices WHERE pool = $1 AND id = $2", [.text(notice.pool), .text(notice.id)])
        }
    }
}
