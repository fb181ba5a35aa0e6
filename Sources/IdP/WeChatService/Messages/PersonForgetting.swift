import Foundation
import WeChat

/// Forgets what a person has taken back at WeChat, and ends what was issued for them.
///
/// Decision 0038.
struct PersonForgetting: Sendable {
    let ending: SessionEnding
    let pool: Pool
    let appID: AppID
    let now: Date
    let draw: SessionEnding.Draw

    func act(on change: AuthorizationChange, _ transaction: any Transaction) throws -> MessageInbox.Outcome {
        guard let user = try person(change.openID, transaction) else { return .init() }
        switch change.extent {
        case .unfitProfile:
            try forget([.profile], of: user, transaction)
            return .init(hasActed: true)
        case .parts(let parts):
            guard !parts.isEmpty else { return .init() }
            try forget(parts, of: user, transaction)
        case .everything:
            try forgetAll(change.openID, of: user, transaction)
        case .closedAccount:
            try forgetAll(change.openID, of: user, transaction)
        }
        let notices = try end(user, transaction)
        // Last: by the openids it is known what else belongs to the person.
        if case .closedAccount = change.extent { try unlink(change.openID, of: user, transaction) }
        return .init(hasActed: true, notices: notices)
    }

    private func person(_ openID: OpenID, _ transaction: any Transaction) throws -> UserID? {
        try transaction.query(
            "SELECT user_id FROM wechat_openids WHERE pool = $1 AND app_id = $2 AND openid = $3",
            [.text(pool.id), .text(appID), .text(openID.rawValue)]
        ).first.map { UserID(rawValue: try $0.text("user_id")) }
    }

    private func forget(
        _ parts: Set<AuthorizationChange.Part>, of user: UserID, _ transaction: any Transaction
    ) throws {
        for part in parts {
            let columns =
                switch part {
                // Asked again when an application wants it.
                case .profile: "nickname = NULL, picture = NULL, profile_asked_at = NULL"
                case .phoneNumber:
                    "phone_number = NULL, phone_number_verified = 0, phone_number_proven_at = NULL"
                case .email: "email = NULL, email_verified = 0"
                case .address: "address = NULL"
                }
            try transaction.query(
                "UPDATE users SET \(columns), updated_at = $3 WHERE pool = $1 AND id = $2",
                [.text(pool.id), .text(user), .date(now)])
        }
    }

    private func forgetAll(_ openID: OpenID, of user: UserID, _ transaction: any Transaction) throws {
        try forget(Set(AuthorizationChange.Part.allCases), of: user, transaction)
        try transaction.query(
            "DELETE FROM mini_program_sessions WHERE pool = $1 AND app_id = $2 AND openid = $3",
            [.text(pool.id), .text(appID), .text(openID.rawValue)])
    }

    /// Nobody can sign in with a closed WeChat account, and its identifiers are personal data.
    ///
    /// The row of the user stays, empty, so that its `sub` is never given to another.
    private func unlink(_ openID: OpenID, of user: UserID, _ transaction: any Transaction) throws {
        try transaction.query(
            "DELETE FROM wechat_openids WHERE pool = $1 AND app_id = $2 AND openid = $3",
            [.text(pool.id), .text(appID), .text(openID.rawValue)])
        // A unionid outlives the last openid by nothing.
        try transaction.query(
            """
            DELETE FROM wechat_unionids WHERE pool = $1 AND user_id = $2 AND NOT EXISTS (
                SELECT 1 FROM wechat_openids AS o WHERE o.pool = $1 AND o.user_id = $2)
            """,
            [.text(pool.id), .text(user)])
        try IdentityEvent.forget(
            .init(appID: appID.rawValue, openID: openID.rawValue), of: user, in: pool.id, transaction: transaction)
    }

    /// Ends every session and every grant, those that act while nobody is signed in and those of replaced systems too.
    private func end(_ user: UserID, _ transaction: any Transaction) throws -> [LogoutNotice] {
        let rows = try transaction.query(
            """
            SELECT sid, user_id, app_id, openid, acr, auth_time, confirmed_at, expires_at FROM sessions
            WHERE pool = $1 AND user_id = $2 ORDER BY sid
            """,
            [.text(pool.id), .text(user)])
        var notices: [LogoutNotice] = []
        for (index, row) in rows.enumerated() {
            notices += try ending.end(
                Session(row, pool: pool.id), of: pool, draw: draw.numbered(index), transaction: transaction, now: now)
        }
        try transaction.query(
            "UPDATE grants SET revoked_at = $3 WHERE pool = $1 AND user_id = $2 AND revoked_at IS NULL",
            [.text(pool.id), .text(user), .date(now)])
        try transaction.query(
            """
            DELETE FROM contract_sessions WHERE pool = $1 AND EXISTS (
                SELECT 1 FROM wechat_openids AS o WHERE o.pool = $1 AND o.user_id = $2
                    AND o.app_id = contract_sessions.app_id AND o.openid = contract_sessions.openid)
            """,
            [.text(pool.id), .text(user)])
        return notices
    }
}
