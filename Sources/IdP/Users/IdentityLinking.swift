import Foundation
import WeChat

/// Who WeChat says a person is: an openid of one app and, for apps bound to an open platform, a unionid.
struct WeChatIdentity: Sendable {
    var appID: AppID
    var openID: OpenID
    /// The open-platform account whose apps share unionids; nil when the connection names none.
    var openPlatform: String?
    var unionID: UnionID?
}

/// A profile as WeChat gave it.
struct WeChatProfile: Sendable {
    var nickname: String?
    var picture: String?
}

/// Finds, makes and merges people by their WeChat identities.
///
/// Identities are keyed by (open platform, unionid) and by (appid, openid); one is never stored in the other's place.
/// A unionid outranks an openid: it is the same person at every app of the platform.
struct IdentityLinking {
    let pool: PoolID
    let transaction: any Transaction
    let now: Date

    /// The person behind an identity, with this identity linked to them; makes a person when `newID` is given.
    func link(_ identity: WeChatIdentity, newID: UserID?) throws -> UserID? {
        let union = try byUnionID(identity)
        let open = try byOpenID(identity)
        let user: UserID
        switch (union, open) {
        case (let union?, let open?):
            if union != open { try merge(open, into: union) }
            user = union
        case (let known?, nil), (nil, let known?):
            user = known
        case (nil, nil):
            guard let newID else { return nil }
            try transaction.query(
                "INSERT INTO users (pool, id, created_at, updated_at) VALUES ($1, $2, $3, $3)",
                [.text(pool), .text(newID), .date(now)])
            user = newID
        }
        try transaction.query(
            """
            INSERT INTO wechat_openids (pool, app_id, openid, unionid, user_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (pool, app_id, openid) DO UPDATE
            SET user_id = excluded.user_id, unionid = COALESCE(excluded.unionid, wechat_openids.unionid)
            """,
            [
                .text(pool), .text(identity.appID), .text(identity.openID), .text(identity.unionID?.rawValue),
                .text(user),
                .date(now),
            ])
        if let platform = identity.openPlatform, let unionID = identity.unionID {
            try transaction.query(
                """
                INSERT INTO wechat_unionids (pool, open_platform, unionid, user_id, created_at) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (pool, open_platform, unionid) DO NOTHING
                """,
                [.text(pool), .text(platform), .text(unionID), .text(user), .date(now)])
        }
        return user
    }

    /// Keeps what WeChat told about a person; empty fields do not erase older ones.
    func store(_ profile: WeChatProfile, of user: UserID) throws {
        try transaction.query(
            """
            UPDATE users SET nickname = COALESCE($3, nickname), picture = COALESCE($4, picture),
                profile_asked_at = $5, updated_at = $5
            WHERE pool = $1 AND id = $2
            """,
            [.text(pool), .text(user), .text(profile.nickname), .text(profile.picture), .date(now)])
    }

    private func byUnionID(_ identity: WeChatIdentity) throws -> UserID? {
        guard let platform = identity.openPlatform, let unionID = identity.unionID else { return nil }
        return try transaction.query(
            "SELECT user_id FROM wechat_unionids WHERE pool = $1 AND open_platform = $2 AND unionid = $3",
            [.text(pool), .text(platform), .text(unionID)]
        ).first.map { UserID(rawValue: try $0.text("user_id")) }
    }

    private func byOpenID(_ identity: WeChatIdentity) throws -> UserID? {
        try transaction.query(
            "SELECT user_id FROM wechat_openids WHERE pool = $1 AND app_id = $2 AND openid = $3",
            [.text(pool), .text(identity.appID), .text(identity.openID)]
        ).first.map { UserID(rawValue: try $0.text("user_id")) }
    }

    /// Two accounts turned out to be one person: the one known by unionid stays, and everything that could still act
    /// for the other ends.
    private func merge(_ loser: UserID, into winner: UserID) throws {
        let users: [SQLValue] = [.text(pool), .text(loser), .text(winner)]
        for table in ["wechat_openids", "wechat_unionids"] {
            try transaction.query("UPDATE \(table) SET user_id = $3 WHERE pool = $1 AND user_id = $2", users)
        }
        try transaction.query("UPDATE users SET merged_into = $3, blocked = 1 WHERE pool = $1 AND id = $2", users)
        try transaction.query("DELETE FROM sessions WHERE pool = $1 AND user_id = $2", Array(users.prefix(2)))
        try transaction.query(
            "UPDATE grants SET revoked_at = $3 WHERE pool = $1 AND user_id = $2 AND revoked_at IS NULL",
            [.text(pool), .text(loser), .date(now)])
        try transaction.query(
            """
            UPDATE users SET
                nickname = COALESCE(nickname, (SELECT nickname FROM users AS other WHERE other.pool = $1 AND other.id = $2)),
                picture = COALESCE(picture, (SELECT picture FROM users AS other WHERE other.pool = $1 AND other.id = $2)),
                profile_asked_at = COALESCE(
                    profile_asked_at, (SELECT profile_asked_at FROM users AS other WHERE other.pool = $1 AND other.id = $2))
            WHERE pool = $1 AND id = $3
            """, users)
    }
}
