import Foundation
import JWT

/// The user object in the shape that Authing publishes; what we do not know is null or left out, never invented.
///
/// The phone number and the mail address stay null: the sign-in asks for scope `profile`, not for those.
struct SocialUser: Sendable {
    var user: User
    /// The person as the application knows them.
    var subject: String
    var pool: PoolID
    var authTime: Date
    var openID: String?
    var unionID: String?
    /// The Bearer that goes with it.
    var token: String
    var tokenExpiresAt: Date
    /// The accounts behind the person, where they were asked for.
    var identities: [SocialIdentity]?
    /// Authing's words for the other ways are not published.
    var registeredThroughWebPage = true

    var object: JSONObject {
        var object: JSONObject = [
            "_id": .string(subject),
            "id": .string(subject),
            "userPoolId": .string(pool.rawValue),
            "username": nickname,
            "nickname": nickname,
            "name": nickname,
            "photo": photo,
            "email": .null,
            "emailVerified": false,
            "phone": .null,
            "phoneVerified": false,
            "openid": Self.text(openID),
            "unionid": Self.text(unionID),
            "oauth": .string(JSON.object(wechat).text),
            "loginsCount": .integer(Int64(user.signIns)),
            "lastLogin": Self.timestamp(user.lastSignInAt ?? authTime),
            "signedUp": Self.timestamp(user.createdAt),
            "createdAt": Self.timestamp(user.createdAt),
            "updatedAt": Self.timestamp(user.updatedAt),
            "blocked": .bool(user.isBlocked),
            "isDeleted": false,
            "token": .string(token),
            "tokenExpiredAt": Self.timestamp(tokenExpiresAt),
        ]
        if registeredThroughWebPage {
            object["registerMethod"] = "oauth:wechatmp"
            object["registerSource"] = ["social:wechatmp"]
        }
        object["identities"] = identities.map { .array($0.map { .object($0.object) }) }
        return object
    }

    /// WeChat's profile as it was when it was read, for `oauth`, which holds JSON as text.
    private var wechat: JSONObject {
        var wechat: JSONObject = ["openid": Self.text(openID), "nickname": nickname, "headimgurl": photo]
        wechat["unionid"] = unionID.map { .string($0) }
        return wechat
    }

    private var nickname: JSON { Self.text(user.nickname) }
    private var photo: JSON { Self.text(user.picture) }

    private static func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
    private static func timestamp(_ date: Date) -> JSON { .string(date.formatted(.iso8601)) }
}
