import Foundation
import JWT
import WeChat

/// The identifier of an event, 16 characters `[0-9a-f]`; an operator types it to undo a merge.
struct IdentityEventID: RawRepresentable, Hashable, Sendable {
    let rawValue: String

    init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Follows from what happened, so that nothing needs to be drawn inside a transaction.
    init(of parts: [String]) {
        rawValue = SHA256.hash(Array(parts.joined(separator: "\n").utf8)).prefix(8).hex
    }
}

/// Something that happened to identities: what, when, why, to whom, and what it takes to undo it.
struct IdentityEvent: Sendable {
    enum Kind: String, Sendable {
        /// An openid or a unionid became somebody's.
        case linked
        /// Two accounts became one.
        case merged
        /// WeChat's answer would have joined two people; nothing was joined.
        case conflict
    }

    enum Reason: String, Sendable, Codable, CaseIterable {
        /// Nobody was known by it.
        case newPerson = "new_person"
        /// The openid was known, the unionid came later.
        case knownByOpenID = "known_by_openid"
        /// The unionid was known, the openid is one of another app.
        case knownByUnionID = "known_by_unionid"
        /// WeChat named two accounts in one answer.
        case sameUnionID = "same_unionid"
        /// WeChat proved the telephone number of the one to the other.
        case phoneNumber = "phone_number"
        /// Two openids of one app.
        case openIDs = "two_openids_of_one_app"
        /// Two unionids of one open platform.
        case unionIDs = "two_unionids_of_one_platform"
        /// An operator had undone a merge of the two.
        case separated = "separated_by_operator"
    }

    /// What a link or a merge changed.
    struct Details: Sendable, Codable {
        struct OpenIDKey: Sendable, Codable, Hashable {
            var appID: String
            var openID: String
        }

        struct UnionIDKey: Sendable, Codable, Hashable {
            var platform: String
            var unionID: String
        }

        var openIDs: [OpenIDKey] = []
        var unionIDs: [UnionIDKey] = []
        /// Columns of the winner that were empty and got the loser's value.
        var filled: [String] = []
    }

    var pool: PoolID
    var id: IdentityEventID
    var kind: Kind
    var reason: Reason
    /// Whose identity it is now: the winner of a merge, the person a conflict left alone.
    var userID: UserID
    /// The loser of a merge, the other side of a conflict.
    var otherID: UserID?
    var details: Details
    var happenedAt: Date
    var undoneAt: Date?

    /// Links and conflicts are told for a year; merges for as long as they can be undone, which is always.
    static let lifetime: Duration = .seconds(365 * 86_400)

    static let columns = "pool, id, kind, reason, user_id, other_user_id, details, happened_at, undone_at"
}

extension IdentityEvent {
    init(
        _ kind: Kind, _ reason: Reason, of userID: UserID, and otherID: UserID? = nil, _ details: Details,
        in pool: PoolID, at now: Date
    ) {
        // A conflict repeats at each sign-in, and is one event all the same.
        let moment = kind == .conflict ? "" : "\(Int64(now.timeIntervalSince1970))"
        id = IdentityEventID(
            of: [pool.rawValue, kind.rawValue, reason.rawValue, userID.rawValue, otherID?.rawValue ?? "", moment]
                + details.openIDs.flatMap { [$0.appID, $0.openID] }
                + details.unionIDs.flatMap { [$0.platform, $0.unionID] })
        (self.pool, self.kind, self.reason, self.userID, self.otherID) = (pool, kind, reason, userID, otherID)
        (self.details, happenedAt, undoneAt) = (details, now, nil)
    }

    init(_ row: Row) throws {
        guard let pool = PoolID(rawValue: try row.text("pool")) else { throw StorageError.column("pool") }
        guard let kind = Kind(rawValue: try row.text("kind")) else { throw StorageError.column("kind") }
        guard let reason = Reason(rawValue: try row.text("reason")) else { throw StorageError.column("reason") }
        (self.pool, self.kind, self.reason) = (pool, kind, reason)
        id = IdentityEventID(rawValue: try row.text("id"))
        userID = UserID(rawValue: try row.text("user_id"))
        otherID = try row.optionalText("other_user_id").map { UserID(rawValue: $0) }
        details = try JSONDecoder().decode(Details.self, from: Data(try row.text("details").utf8))
        happenedAt = try row.date("happened_at")
        undoneAt = try row.optionalDate("undone_at")
    }

    /// Writes it down; a conflict that is known gets the new time.
    func record(_ transaction: any Transaction) throws {
        let text = String(decoding: try JSONEncoder().encode(details), as: UTF8.self)
        try transaction.query(
            """
            INSERT INTO identity_events (pool, id, kind, reason, user_id, other_user_id, details, happened_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (pool, id) DO UPDATE SET happened_at = excluded.happened_at, expires_at = excluded.expires_at
            """,
            [
                .text(pool), .text(id), .text(kind), .text(reason), .text(userID), .text(otherID?.rawValue),
                .text(text), .date(happenedAt), kind == .merged ? .null : .date(happenedAt + Self.lifetime.inSeconds),
            ])
    }
}

extension IdentityEvent {
    /// Takes the identifiers of an account that WeChat has closed out of what is remembered of a person.
    ///
    /// That two accounts were merged stays known, so that the one is never taken for the other again.
    static func forget(
        _ account: Details.OpenIDKey, of user: UserID, in pool: PoolID, transaction: any Transaction
    ) throws {
        let person: [SQLValue] = [.text(pool), .text(user)]
        for column in ["user_id", "other_user_id"] {
            try transaction.query(
                "DELETE FROM identity_events WHERE pool = $1 AND \(column) = $2 AND kind <> 'merged'", person)
            let merges = try transaction.query(
                "SELECT \(columns) FROM identity_events WHERE pool = $1 AND \(column) = $2 AND kind = 'merged'", person)
            for row in merges {
                var event = try IdentityEvent(row)
                event.details.openIDs.removeAll { $0 == account }
                event.details.unionIDs = []
                let text = String(decoding: try JSONEncoder().encode(event.details), as: UTF8.self)
                try transaction.query(
                    "UPDATE identity_events SET details = $3 WHERE pool = $1 AND id = $2",
                    [.text(pool), .text(event.id), .text(text)])
            }
        }
    }
}
