import Foundation
import WeChat

/// Finds, makes and joins people by their WeChat identities, inside a transaction.
///
/// Identities are keyed by (open platform, unionid) and by (appid, openid); one is never stored in the other's place.
/// A person has one openid at an app and one unionid on a platform. What would give them a second one names two people:
/// nothing is joined then, and the person is the one whose openid WeChat has just proved. See decisions 0006 and 0040.
struct IdentityLinking {
    let pool: Pool
    let ending: SessionEnding
    /// From ``SessionEnding/draw()``, before the transaction.
    let draw: SessionEnding.Draw
    let transaction: any Transaction
    let now: Date
    /// Stored already; to be handed to ``LogoutNotifier/announce(_:)`` once the transaction has succeeded.
    var notices: [LogoutNotice] = []

    init(pool: Pool, ending: SessionEnding, draw: SessionEnding.Draw, transaction: any Transaction, now: Date) {
        (self.pool, self.ending, self.draw, self.transaction, self.now) = (pool, ending, draw, transaction, now)
    }

    /// The person behind an identity, with this identity linked to them; makes a person when `newID` is given.
    ///
    /// An account that the operator has blocked is answered as it is, and joined with nothing.
    mutating func link(_ identity: WeChatIdentity, newID: UserID?) throws -> UserID? {
        switch (try owner(ofUnionIDIn: identity), try owner(ofOpenIDIn: identity)) {
        case (let union?, let open?) where union == open:
            return try attach(identity, to: open, .knownByOpenID, newID)
        case (let union?, let open?):
            return try join(open, with: union, identity, newID)
        case (let union?, nil):
            guard try openID(of: union, at: identity.appID) == nil else {
                let person = try attach(identity.withoutUnionID, toNew: newID)
                if let person { try record(.openIDs, person, union, identity) }
                return person
            }
            return try attach(identity, to: union, .knownByUnionID, newID)
        case (nil, let open?):
            guard let union = identity.union, try unionID(of: open, on: union.platform) != nil else {
                return try attach(identity, to: open, .knownByOpenID, newID)
            }
            // The unionid is nobody's; it stays so until an app tells it of somebody without another one.
            try record(.unionIDs, open, nil, identity)
            return open
        case (nil, nil):
            return try attach(identity, toNew: newID)
        }
    }

    /// Keeps what WeChat told about a person; empty fields do not erase older ones.
    func store(_ profile: WeChatProfile, of user: UserID) throws {
        try transaction.query(
            """
            UPDATE users SET nickname = COALESCE($3, nickname), picture = COALESCE($4, picture),
                profile_asked_at = $5, updated_at = $5
            WHERE pool = $1 AND id = $2
            """,
            [.text(pool.id), .text(user), .text(profile.nickname), .text(profile.picture), .date(now)])
    }

    /// WeChat named two accounts in one answer: they become one, unless they contradict each other.
    private mutating func join(
        _ open: UserID, with union: UserID, _ identity: WeChatIdentity, _ newID: UserID?
    ) throws -> UserID? {
        do {
            try merge(open, into: union, reason: .sameUnionID)
        } catch IdentityMergeRefusal.blocked(let user) {
            return user
        } catch IdentityMergeRefusal.twoPeople(let contradiction) {
            try record(contradiction.reason, open, union, identity)
            return open
        }
        return try attach(identity, to: union, .knownByOpenID, newID)
    }

    private func record(
        _ reason: IdentityEvent.Reason, _ user: UserID, _ other: UserID?, _ identity: WeChatIdentity
    ) throws {
        try IdentityEvent(.conflict, reason, of: user, and: other, identity.details, in: pool.id, at: now)
            .record(transaction)
    }
}

// MARK: Looking up

extension IdentityLinking {
    private func owner(ofUnionIDIn identity: WeChatIdentity) throws -> UserID? {
        guard let union = identity.union else { return nil }
        return try transaction.query(
            "SELECT user_id FROM wechat_unionids WHERE pool = $1 AND open_platform = $2 AND unionid = $3",
            [.text(pool.id), .text(union.platform), .text(union.id)]
        ).first.map { UserID(rawValue: try $0.text("user_id")) }
    }

    private func owner(ofOpenIDIn identity: WeChatIdentity) throws -> UserID? {
        try transaction.query(
            "SELECT user_id FROM wechat_openids WHERE pool = $1 AND app_id = $2 AND openid = $3",
            [.text(pool.id), .text(identity.appID), .text(identity.openID)]
        ).first.map { UserID(rawValue: try $0.text("user_id")) }
    }

    private func openID(of user: UserID, at app: AppID) throws -> OpenID? {
        try transaction.query(
            "SELECT openid FROM wechat_openids WHERE pool = $1 AND app_id = $2 AND user_id = $3",
            [.text(pool.id), .text(app), .text(user)]
        ).first.map { OpenID(rawValue: try $0.text("openid")) }
    }

    private func unionID(of user: UserID, on platform: String) throws -> UnionID? {
        try transaction.query(
            "SELECT unionid FROM wechat_unionids WHERE pool = $1 AND open_platform = $2 AND user_id = $3",
            [.text(pool.id), .text(platform), .text(user)]
        ).first.map { UnionID(rawValue: try $0.text("unionid")) }
    }
}

// MARK: Attaching

extension IdentityLinking {
    private mutating func attach(_ identity: WeChatIdentity, toNew newID: UserID?) throws -> UserID? {
        guard let newID else { return nil }
        try transaction.query(
            "INSERT INTO users (pool, id, created_at, updated_at) VALUES ($1, $2, $3, $3)",
            [.text(pool.id), .text(newID), .date(now)])
        return try attach(identity, to: newID, .newPerson, newID)
    }

    /// Gives a person what they do not have of an identity.
    private mutating func attach(
        _ identity: WeChatIdentity, to user: UserID, _ reason: IdentityEvent.Reason, _ newID: UserID?
    ) throws -> UserID? {
        guard try attachUnionID(identity, to: user, reason), try attachOpenID(identity, to: user, reason) else {
            // Another node's transaction was faster: whoever it made is known now, and a person made in vain goes.
            try transaction.query(
                """
                DELETE FROM users WHERE pool = $1 AND id = $2 AND created_at = $3 AND NOT EXISTS (
                    SELECT 1 FROM wechat_unionids AS w WHERE w.pool = users.pool AND w.user_id = users.id
                ) AND NOT EXISTS (
                    SELECT 1 FROM wechat_openids AS w WHERE w.pool = users.pool AND w.user_id = users.id)
                """, [.text(pool.id), .text(user == newID ? user.rawValue : ""), .date(now)])
            return try link(identity, newID: nil)
        }
        return user
    }

    /// False when it has just become somebody else's.
    private func attachUnionID(
        _ identity: WeChatIdentity, to user: UserID, _ reason: IdentityEvent.Reason
    ) throws -> Bool {
        guard let union = identity.union, try owner(ofUnionIDIn: identity) != user else { return true }
        let added = try transaction.query(
            """
            INSERT INTO wechat_unionids (pool, open_platform, unionid, user_id, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (pool, open_platform, unionid) DO NOTHING RETURNING user_id
            """,
            [.text(pool.id), .text(union.platform), .text(union.id), .text(user), .date(now)])
        if added.isEmpty { return false }
        let details = IdentityEvent.Details(
            unionIDs: [.init(platform: union.platform, unionID: union.id.rawValue)])
        try IdentityEvent(.linked, reason, of: user, details, in: pool.id, at: now).record(transaction)
        return true
    }

    /// False when it has just become somebody else's.
    private func attachOpenID(
        _ identity: WeChatIdentity, to user: UserID, _ reason: IdentityEvent.Reason
    ) throws -> Bool {
        let key: [SQLValue] = [.text(pool.id), .text(identity.appID), .text(identity.openID), .text(user)]
        let known = try transaction.query(
            """
            UPDATE wechat_openids SET unionid = COALESCE($5, unionid)
            WHERE pool = $1 AND app_id = $2 AND openid = $3 AND user_id = $4 RETURNING openid
            """, key + [.text(identity.unionID?.rawValue)])
        guard known.isEmpty else { return true }
        let added = try transaction.query(
            """
            INSERT INTO wechat_openids (pool, app_id, openid, unionid, user_id, created_at) VALUES ($1, $2, $3, $5, $4, $6)
            ON CONFLICT (pool, app_id, openid) DO NOTHING RETURNING user_id
            """, key + [.text(identity.unionID?.rawValue), .date(now)])
        if added.isEmpty { return false }
        let details = IdentityEvent.Details(
            openIDs: [.init(appID: identity.appID.rawValue, openID: identity.openID.rawValue)])
        try IdentityEvent(.linked, reason, of: user, details, in: pool.id, at: now).record(transaction)
        return true
    }
}

extension WeChatIdentity {
    fileprivate var withoutUnionID: Self {
        var copy = self
        copy.unionID = nil
        return copy
    }

    fileprivate var details: IdentityEvent.Details {
        IdentityEvent.Details(
            openIDs: [.init(appID: appID.rawValue, openID: openID.rawValue)],
            unionIDs: union.map { [.init(platform: $0.platform, unionID: $0.id.rawValue)] } ?? [])
    }
}
