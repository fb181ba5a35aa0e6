import Foundation
import WeChat

/// Why two accounts can't be one person's.
enum Contradiction: Sendable, Equatable {
    /// They have different openids at one app.
    case openIDs
    /// They have different unionids on one open platform.
    case unionIDs
    /// An operator has undone a merge of the two.
    case separated

    var reason: IdentityEvent.Reason {
        switch self {
        case .openIDs: .openIDs
        case .unionIDs: .unionIDs
        case .separated: .separated
        }
    }
}

/// Why two accounts stay two.
enum IdentityMergeRefusal: Error, Equatable {
    /// It is not there, has been merged into another, or both are the same.
    case unknownUser(UserID)
    /// The operator has blocked it; that must not be lost or spread by a merge.
    case blocked(UserID)
    /// They contradict each other.
    case twoPeople(Contradiction)
}

extension IdentityLinking {
    /// True when the two can't be one person.
    func contradicts(_ one: UserID, _ other: UserID) throws -> Bool {
        try contradiction(between: one, and: other) != nil
    }

    /// What two accounts contradict each other in.
    func contradiction(between one: UserID, and other: UserID) throws(StorageError) -> Contradiction? {
        let users: [SQLValue] = [.text(pool.id), .text(one), .text(other)]
        let openIDs = try transaction.query(
            """
            SELECT a.app_id FROM wechat_openids AS a
            JOIN wechat_openids AS b ON b.pool = a.pool AND b.app_id = a.app_id AND b.openid <> a.openid
            WHERE a.pool = $1 AND a.user_id = $2 AND b.user_id = $3 LIMIT 1
            """, users)
        if !openIDs.isEmpty { return .openIDs }
        let unionIDs = try transaction.query(
            """
            SELECT a.open_platform FROM wechat_unionids AS a
            JOIN wechat_unionids AS b
                ON b.pool = a.pool AND b.open_platform = a.open_platform AND b.unionid <> a.unionid
            WHERE a.pool = $1 AND a.user_id = $2 AND b.user_id = $3 LIMIT 1
            """, users)
        if !unionIDs.isEmpty { return .unionIDs }
        return try areSeparated(users) ? .separated : nil
    }

    /// Whether an operator has taken the two apart, or any two accounts that have gone into them since.
    private func areSeparated(_ users: [SQLValue]) throws(StorageError) -> Bool {
        try !transaction.query(
            """
            WITH RECURSIVE
            ones (id) AS (
                SELECT CAST($2 AS TEXT) UNION SELECT u.id FROM users AS u JOIN ones ON u.merged_into = ones.id
                WHERE u.pool = $1),
            others (id) AS (
                SELECT CAST($3 AS TEXT) UNION SELECT u.id FROM users AS u JOIN others ON u.merged_into = others.id
                WHERE u.pool = $1)
            SELECT e.id FROM identity_events AS e
            WHERE e.pool = $1 AND e.kind = 'merged' AND e.undone_at IS NOT NULL AND (
                (e.user_id IN (SELECT id FROM ones) AND e.other_user_id IN (SELECT id FROM others))
                OR (e.user_id IN (SELECT id FROM others) AND e.other_user_id IN (SELECT id FROM ones)))
            LIMIT 1
            """, users
        ).isEmpty
    }

    /// Makes two accounts one: the winner's `sub` stays, and everything that could still act for the loser ends.
    ///
    /// The loser's identities move, its name, picture and telephone number fill gaps. Its sessions end, and applications
    /// are told so; its grants are revoked; a device that it had approved gets nothing. What it had allowed to
    /// applications stays with it, and the winner is asked again. Its row stays, blocked, for ``IdentityUndoing``.
    ///
    /// - Throws: ``IdentityMergeRefusal`` before anything has changed, and `StorageError`.
    mutating func merge(_ loser: UserID, into winner: UserID, reason: IdentityEvent.Reason) throws {
        try requireMergeable(loser, winner)
        try move(loser, into: winner, reason)
    }

    private func requireMergeable(_ loser: UserID, _ winner: UserID) throws {
        guard loser != winner else { throw IdentityMergeRefusal.unknownUser(loser) }
        // An update rather than a look, so that of two merges of one account the second one waits and then sees.
        let rows = try transaction.query(
            "UPDATE users SET updated_at = $4 WHERE pool = $1 AND id IN ($2, $3) RETURNING id, blocked, merged_into",
            [.text(pool.id), .text(loser), .text(winner), .date(now)])
        for user in [winner, loser] {
            guard let row = try rows.first(where: { try $0.text("id") == user.rawValue }),
                try row.optionalText("merged_into") == nil
            else { throw IdentityMergeRefusal.unknownUser(user) }
            guard try !row.bool("blocked") else { throw IdentityMergeRefusal.blocked(user) }
        }
        if let contradiction = try contradiction(between: winner, and: loser) {
            throw IdentityMergeRefusal.twoPeople(contradiction)
        }
    }

    private mutating func move(_ loser: UserID, into winner: UserID, _ reason: IdentityEvent.Reason) throws {
        let users: [SQLValue] = [.text(pool.id), .text(loser), .text(winner)]
        var details = IdentityEvent.Details()
        details.openIDs = try transaction.query(
            "UPDATE wechat_openids SET user_id = $3 WHERE pool = $1 AND user_id = $2 RETURNING app_id, openid", users
        ).map { .init(appID: try $0.text("app_id"), openID: try $0.text("openid")) }
        details.unionIDs = try transaction.query(
            "UPDATE wechat_unionids SET user_id = $3 WHERE pool = $1 AND user_id = $2 RETURNING open_platform, unionid",
            users
        ).map { .init(platform: try $0.text("open_platform"), unionID: try $0.text("unionid")) }
        details.filled = try ["nickname", "picture", "phone_number"].filter { try fill($0, users) }
        for session in try SessionStore.all(of: loser, in: pool.id, transaction: transaction) {
            notices += try ending.end(session, of: pool, draw: draw, transaction: transaction, now: now)
        }
        try transaction.query(
            "UPDATE grants SET revoked_at = $3 WHERE pool = $1 AND user_id = $2 AND revoked_at IS NULL",
            [.text(pool.id), .text(loser), .date(now)])
        try transaction.query(
            "UPDATE users SET merged_into = $3, blocked = 1 WHERE pool = $1 AND id = $2", users)
        try IdentityEvent(.merged, reason, of: winner, and: loser, details, in: pool.id, at: now).record(transaction)
    }

    /// Gives the winner what only the loser has; whether it did.
    private func fill(_ column: String, _ users: [SQLValue]) throws -> Bool {
        // A number brings along whether it was proven, and when.
        let proof = column == "phone_number" ? ["phone_number_verified", "phone_number_proven_at"] : []
        let values = ([column] + proof).map { "\($0) = \(theirs($0))" }.joined(separator: ", ")
        return try !transaction.query(
            """
            UPDATE users SET \(values)
            WHERE pool = $1 AND id = $3 AND \(column) IS NULL AND \(theirs(column)) IS NOT NULL RETURNING id
            """, users
        ).isEmpty
    }

    private func theirs(_ column: String) -> String {
        "(SELECT other.\(column) FROM users AS other WHERE other.pool = $1 AND other.id = $2)"
    }
}
