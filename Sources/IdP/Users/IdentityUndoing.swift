import Foundation
import WeChat

/// Takes a merge back.
///
/// The loser gets back the identities it brought, and lives again, blocked only if the operator has blocked the winner
/// meanwhile: nobody can say which half that was meant for. What was linked after the merge stays with the winner. The
/// winner's sessions that came through the loser's identities end, and so do grants made since the merge that no session
/// proves to be the winner's own. From then on the two are never merged again by themselves.
struct IdentityUndoing {
    let pool: Pool
    let ending: SessionEnding
    let draw: SessionEnding.Draw
    let transaction: any Transaction
    let now: Date

    /// Why a merge stays.
    enum Refusal: Error, Equatable {
        /// There is no merge of that identifier in this pool.
        case unknown
        /// It has been undone before.
        case undone
        /// The winner has been merged into another since: that merge must be undone first.
        case mergedOnward(IdentityEventID)
        /// One of the two accounts has been deleted.
        case userGone
    }

    /// Undoes a merge; the notices of the sessions that ended.
    func undo(_ id: IdentityEventID) throws -> [LogoutNotice] {
        let event = try find(id)
        guard let loser = event.otherID else { throw Refusal.unknown }
        try requireSplittable(event.userID, loser)
        let users: [SQLValue] = [.text(pool.id), .text(loser), .text(event.userID)]
        try giveBack(event.details, users)
        for column in event.details.filled { try empty(column, users) }
        try transaction.query(
            """
            UPDATE users SET merged_into = NULL, updated_at = $4,
                blocked = (SELECT w.blocked FROM users AS w WHERE w.pool = $1 AND w.id = $3)
            WHERE pool = $1 AND id = $2
            """, users + [.date(now)])
        let notices = try endSessions(of: event)
        try transaction.query(
            "UPDATE identity_events SET undone_at = $3 WHERE pool = $1 AND id = $2",
            [.text(pool.id), .text(id), .date(now)])
        return notices
    }

    private func find(_ id: IdentityEventID) throws -> IdentityEvent {
        let rows = try transaction.query(
            "SELECT \(IdentityEvent.columns) FROM identity_events WHERE pool = $1 AND id = $2 AND kind = 'merged'",
            [.text(pool.id), .text(id)])
        guard let event = try rows.first.map({ try IdentityEvent($0) }) else { throw Refusal.unknown }
        guard event.undoneAt == nil else { throw Refusal.undone }
        return event
    }

    private func requireSplittable(_ winner: UserID, _ loser: UserID) throws {
        let rows = try transaction.query(
            "UPDATE users SET updated_at = $4 WHERE pool = $1 AND id IN ($2, $3) RETURNING id, merged_into",
            [.text(pool.id), .text(loser), .text(winner), .date(now)])
        guard rows.count == 2 else { throw Refusal.userGone }
        guard let row = try rows.first(where: { try $0.text("id") == winner.rawValue }),
            try row.optionalText("merged_into") != nil
        else { return }
        let onward = try transaction.query(
            """
            SELECT id FROM identity_events
            WHERE pool = $1 AND other_user_id = $2 AND kind = 'merged' AND undone_at IS NULL
            """, [.text(pool.id), .text(winner)])
        throw Refusal.mergedOnward(IdentityEventID(rawValue: try onward.first?.text("id") ?? ""))
    }

    private func giveBack(_ details: IdentityEvent.Details, _ users: [SQLValue]) throws {
        for key in details.openIDs {
            try transaction.query(
                """
                UPDATE wechat_openids SET user_id = $2
                WHERE pool = $1 AND user_id = $3 AND app_id = $4 AND openid = $5
                """, users + [.text(key.appID), .text(key.openID)])
        }
        for key in details.unionIDs {
            try transaction.query(
                """
                UPDATE wechat_unionids SET user_id = $2
                WHERE pool = $1 AND user_id = $3 AND open_platform = $4 AND unionid = $5
                """, users + [.text(key.platform), .text(key.unionID)])
        }
    }

    /// Takes away what the winner has only from the loser, unless it has changed since.
    private func empty(_ column: String, _ users: [SQLValue]) throws {
        guard ["nickname", "picture", "phone_number"].contains(column) else { return }
        let proof = column == "phone_number" ? ", phone_number_verified = 0, phone_number_proven_at = NULL" : ""
        try transaction.query(
            """
            UPDATE users SET \(column) = NULL\(proof)
            WHERE pool = $1 AND id = $3 AND \(column) = (
                SELECT other.\(column) FROM users AS other WHERE other.pool = $1 AND other.id = $2)
            """, users)
    }

    private func endSessions(of event: IdentityEvent) throws -> [LogoutNotice] {
        var notices: [LogoutNotice] = []
        for session in try SessionStore.all(of: event.userID, in: pool.id, transaction: transaction) {
            let key = IdentityEvent.Details.OpenIDKey(
                appID: session.appID.rawValue, openID: session.openID.rawValue)
            guard event.details.openIDs.contains(key) else { continue }
            notices += try ending.end(session, of: pool, draw: draw, transaction: transaction, now: now)
            try transaction.query(
                "UPDATE grants SET revoked_at = $3 WHERE pool = $1 AND sid = $2 AND revoked_at IS NULL",
                [.text(pool.id), .text(session.id), .date(now)])
        }
        try transaction.query(
            """
            UPDATE grants SET revoked_at = $3
            WHERE pool = $1 AND user_id = $2 AND revoked_at IS NULL AND created_at >= $4 AND NOT EXISTS (
                SELECT 1 FROM sessions AS s WHERE s.pool = grants.pool AND s.sid = grants.sid)
            """,
            [.text(pool.id), .text(event.userID), .date(now), .date(event.happenedAt)])
        return notices
    }
}
