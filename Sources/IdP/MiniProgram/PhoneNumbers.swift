import Foundation
import JWT
import WeChat

/// A telephone number in the form `+8613800000000` that WeChat has just proven for a mini program of ours.
struct ProvenPhoneNumber: Sendable {
    let e164: String

    /// Nil when the number was given to another mini program, too long ago or in the future, or is none.
    ///
    /// Source: getPhoneNumber, `watermark`.
    init?(_ answer: PhoneNumberAnswer, at app: AppID, now: Date) {
        guard answer.appID.rawValue.utf8.elementsEqual(app.rawValue.utf8),
            OpenData.isFresh(Int64(answer.timestamp), now), let e164 = answer.e164
        else { return nil }
        self.e164 = e164
    }
}

/// Keeps the telephone numbers that people have proven, and joins accounts by them.
///
/// A number belongs to the account that proved it last. Where another account has it, both are one person only if nothing
/// contradicts that, neither their identities nor the age of the other's proof, and only if the operator allows it and the
/// client asks for it. The client alone must not decide: it is in the hands of whoever may hold somebody's old number.
struct PhoneNumbers: Sendable {
    /// How long a proof keeps a second one of the same number waiting; any time that outlasts a transaction.
    private static let lockLifetime: TimeInterval = 3600

    /// For how long a proof says whose number it is: less than carriers usually keep a returned number back.
    static let proofLifetime: TimeInterval = 30 * 86_400

    /// What became of a number.
    enum Outcome: Sendable, Equatable {
        /// It is the caller's.
        case kept
        /// Another account had it, and the two are one now, under the older one's `sub`.
        case linked(to: UserID)
        /// Another account has it; nothing has changed.
        case inUse
    }

    /// Another account that has proven a number.
    private struct Holder {
        let id: UserID
        let isBlocked: Bool
        /// Nil counts as too long ago.
        let provenAt: Date?

        init(_ row: Row) throws(StorageError) {
            id = UserID(rawValue: try row.text("id"))
            isBlocked = try row.bool("blocked")
            provenAt = try row.optionalDate("phone_number_proven_at")
        }

        func hasFreshProof(_ now: Date) -> Bool {
            guard let provenAt else { return false }
            return now.timeIntervalSince(provenAt) < proofLifetime
        }
    }

    let database: any Database
    let ending: SessionEnding
    let notifier: LogoutNotifier
    let surroundings: Surroundings

    /// Gives a number to a person.
    ///
    /// An account that contradicts the caller's, or has not proven the number for ``proofLifetime``, is taken for another
    /// person's, who has lost the number; one that the operator has blocked keeps it.
    ///
    /// - Parameter mayLink: whether the client wants an account that has it already joined with the caller's; counts only
    ///   where the pool allows it.
    func keep(_ number: ProvenPhoneNumber, of caller: UserID, mayLink: Bool, in pool: Pool) async throws -> Outcome {
        let (ending, draw, now) = (ending, ending.draw(), surroundings.now())
        let (outcome, notices) = try await database.transaction { transaction in
            try Self.takeTurn(number, pool.id, transaction, now)
            guard let holder = try Self.holder(of: number, besides: caller, pool.id, transaction) else {
                try Self.store(number, of: caller, pool.id, transaction, now)
                return (Outcome.kept, [LogoutNotice]())
            }
            guard !holder.isBlocked else { return (.inUse, []) }
            var linking = IdentityLinking(pool: pool, ending: ending, draw: draw, transaction: transaction, now: now)
            guard holder.hasFreshProof(now), try !linking.contradicts(caller, holder.id) else {
                try Self.forget(of: holder.id, pool.id, transaction, now)
                try Self.store(number, of: caller, pool.id, transaction, now)
                return (.kept, [])
            }
            guard mayLink, pool.linksByPhone else { return (.inUse, []) }
            let winner = try Self.older(caller, holder.id, pool.id, transaction)
            try linking.merge(winner == caller ? holder.id : caller, into: winner, reason: .phoneNumber)
            try Self.store(number, of: winner, pool.id, transaction, now)
            return (.linked(to: winner), linking.notices)
        }
        await notifier.announce(notices)
        return outcome
    }

    /// Of two proofs of one number at the same time, on whatever node, the second one waits and then sees the first.
    private static func takeTurn(
        _ number: ProvenPhoneNumber, _ pool: PoolID, _ transaction: any Transaction, _ now: Date
    ) throws {
        try transaction.query(
            """
            INSERT INTO phone_number_proofs (pool, number_hash, expires_at) VALUES ($1, $2, $3)
            ON CONFLICT (pool, number_hash) DO UPDATE SET expires_at = excluded.expires_at
            """,
            [.text(pool), .text(SecretHash<ProvenPhoneNumber>(of: number.e164)), .date(now + lockLifetime)])
    }

    private static func holder(
        of number: ProvenPhoneNumber, besides caller: UserID, _ pool: PoolID, _ transaction: any Transaction
    ) throws -> Holder? {
        try transaction.query(
            """
            SELECT id, blocked, phone_number_proven_at FROM users
            WHERE pool = $1 AND phone_number = $2 AND phone_number_verified = 1 AND id <> $3 AND merged_into IS NULL
            ORDER BY created_at, id LIMIT 1
            """,
            [.text(pool), .text(number.e164), .text(caller)]
        ).first.map(Holder.init)
    }

    private static func store(
        _ number: ProvenPhoneNumber, of user: UserID, _ pool: PoolID, _ transaction: any Transaction, _ now: Date
    ) throws {
        try transaction.query(
            """
            UPDATE users SET phone_number = $3, phone_number_verified = 1, phone_number_proven_at = $4, updated_at = $4
            WHERE pool = $1 AND id = $2
            """,
            [.text(pool), .text(user), .text(number.e164), .date(now)])
    }

    private static func forget(
        of user: UserID, _ pool: PoolID, _ transaction: any Transaction, _ now: Date
    ) throws {
        try transaction.query(
            """
            UPDATE users SET phone_number = NULL, phone_number_verified = 0, phone_number_proven_at = NULL, updated_at = $3
            WHERE pool = $1 AND id = $2
            """,
            [.text(pool), .text(user), .date(now)])
    }

    /// The account that applications have known for longer.
    private static func older(
        _ one: UserID, _ other: UserID, _ pool: PoolID, _ transaction: any Transaction
    ) throws -> UserID {
        let rows = try transaction.query(
            "SELECT id FROM users WHERE pool = $1 AND id IN ($2, $3) ORDER BY created_at, id LIMIT 1",
            [.text(pool), .text(one), .text(other)])
        return try rows.first.map { UserID(rawValue: try $0.text("id")) } ?? other
    }
}
