import Foundation

/// The tickets of scan sign-ins; all nodes see the same.
struct ScanStore: Sendable {
    /// Five follow one another while a sign-in lasts; the others are for wrong numbers and impatience.
    static let longestSeries = 12
    /// A desktop that was told of the approval needs this long at most to come back.
    static let redemption: Duration = .seconds(60)

    let database: any Database
    let sealer: Sealer
    let signer: ScanTicketSigner
    let surroundings: Surroundings

    /// The latest ticket of a sign-in.
    func current(of signIn: HandleHash) async throws -> ScanRecord? {
        try await database.query(
            "SELECT \(ScanRecord.columns) FROM scan_tickets WHERE handle_hash = $1 ORDER BY serial DESC LIMIT 1",
            [.text(signIn)]
        ).first.map(ScanRecord.init)
    }

    /// The ticket of an address, whatever has become of it; nil when it is none of this pool's, or too old.
    func find(_ text: String, in pool: PoolID) async throws -> (ticket: ScanTicket, record: ScanRecord)? {
        guard let ticket = signer.ticket(text, in: pool, at: surroundings.now()) else { return nil }
        let rows = try await database.query(
            "SELECT \(ScanRecord.columns) FROM scan_tickets WHERE ticket_hash = $1 AND pool = $2",
            [.text(ticket.hash), .text(pool)])
        return try rows.first.map { (ticket, try ScanRecord($0)) }
    }

    /// Whether the cookie value belongs to a ticket that is still of use; only then may a new one share it.
    func isSecretOpen(_ secret: String, in pool: PoolID) async throws -> Bool {
        let rows = try await database.query(
            """
            SELECT 1 AS one FROM scan_tickets
            WHERE pool = $1 AND secret_hash = $2 AND state <> 'redeemed' AND expires_at >= $3 LIMIT 1
            """,
            [.text(pool), .text(ScanSecretHash(of: secret)), .date(surroundings.now())])
        return !rows.isEmpty
    }

    /// Stores a new ticket, the `serial`-th of its sign-in.
    ///
    /// - Returns: nil when another request of the same browser has just done so.
    func begin(
        for signIn: HandleHash, serial: Int, in pool: PoolID, secret: String, browser: BrowserDescription,
        address: String
    ) async throws -> ScanTicket? {
        let now = surroundings.now()
        let ticket = signer.issue(in: pool, at: now, chance: surroundings.randomBytes)
        let numbers = ScanNumbers(chance: surroundings.randomBytes)
        let sealed = try sealer.seal(ticket.text, context: Self.context(ticket.hash))
        let isFirst = try await database.transaction { transaction in
            try !transaction.query(
                """
                INSERT INTO scan_tickets (ticket_hash, pool, handle_hash, serial, ticket_sealed, secret_hash, number,
                    numbers, browser, system, address, state, created_at, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', $12, $13)
                ON CONFLICT (handle_hash, serial) DO NOTHING RETURNING ticket_hash
                """,
                [
                    .text(ticket.hash), .text(pool), .text(signIn), .integer(Int64(serial)), .blob(sealed),
                    .text(ScanSecretHash(of: secret)), .integer(Int64(numbers.right)), .text(numbers.stored),
                    .text(browser.name), .text(browser.system), .text(address), .date(now), .date(ticket.expiresAt),
                ]
            ).isEmpty
        }
        return isFirst ? ticket : nil
    }

    /// The ticket as it stands in the address, to be shown again.
    func text(of record: ScanRecord) throws -> String {
        try sealer.open(record.ticketSealed, context: Self.context(record.ticketHash))
    }

    /// Notes what the person on the phone decided; of any number of phones the first one that decides wins.
    ///
    /// - Returns: false when it was decided before, or too late.
    func decide(_ ticket: ScanTicket, _ state: ScanRecord.State, as session: SessionID) async throws -> Bool {
        let now = surroundings.now()
        let sid = state == .approved ? session.rawValue : nil
        return try await database.transaction { transaction in
            try !transaction.query(
                """
                UPDATE scan_tickets SET state = $2, sid = $3, expires_at = $4
                WHERE ticket_hash = $1 AND state = 'pending' AND expires_at >= $5 RETURNING ticket_hash
                """,
                [
                    .text(ticket.hash), .text(state), .text(sid), .date(now + Self.redemption.inSeconds), .date(now),
                ]
            ).isEmpty
        }
    }

    /// Spends an approved ticket; of any number of requests at once one gets true.
    static func redeem(_ record: ScanRecord, transaction: any Transaction, now: Date) throws -> Bool {
        try !transaction.query(
            """
            UPDATE scan_tickets SET state = 'redeemed'
            WHERE ticket_hash = $1 AND state = 'approved' AND expires_at >= $2 RETURNING ticket_hash
            """,
            [.text(record.ticketHash), .date(now)]
        ).isEmpty
    }

    private static func context(_ hash: ScanTicketHash) -> String { "scan ticket \(hash.rawValue)" }
}
