import Foundation
import WeChat

/// Who came with the code of a mini program or of a mobile app.
struct AppPerson: Sendable {
    var userID: UserID
    /// The person, under the app they came through.
    var account: WeChatAccount
    /// The person, under the open-platform account; nil when WeChat named none.
    var unionID: UnionID?
    /// What WeChat told beside; a mini program's code tells nothing.
    var profile: WeChatProfile?
    var acr: AuthenticationContext
    /// The moment of the exchange with WeChat.
    var authTime: Date
}

/// A person under one app; what a grant remembers of the way somebody came.
struct WeChatAccount: Sendable, Hashable {
    var appID: AppID
    var openID: OpenID
}

extension WeChatAccount {
    /// From columns `app_id` and `openid`; nil when they are empty.
    init?(_ row: Row) throws(StorageError) {
        guard let appID = try row.optionalText("app_id"), let openID = try row.optionalText("openid") else {
            return nil
        }
        self.init(appID: AppID(rawValue: appID), openID: OpenID(rawValue: openID))
    }
}

/// Why a code of an app named nobody; trouble with the database comes as `StorageError`.
enum AppSignInFailure: Error, Sendable {
    /// WeChat refused the code, or did not answer.
    case weChat(WeChatError)
    /// The operator has locked this person out.
    case blocked
    /// The answer was the stand-in of a snapshot page, who is nobody.
    case notAPerson
    /// The connection is of a kind whose codes do not belong here.
    case wrongKind
    /// Too many codes are being exchanged on this node already.
    case busy
}

/// Finds or makes the person behind an identity that WeChat has just proven to an app.
enum AppPeople {
    /// The person, with this identity and profile stored.
    ///
    /// - Throws: ``AppSignInFailure/blocked``; nothing is changed then.
    static func admit(
        _ identity: WeChatIdentity, profile: WeChatProfile?, newID: UserID, with linking: inout IdentityLinking
    ) throws -> UserID {
        guard let userID = try linking.link(identity, newID: newID) else { throw AppSignInFailure.notAPerson }
        if let profile { try linking.store(profile, of: userID) }
        let admitted = try linking.transaction.query(
            """
            UPDATE users SET sign_ins = sign_ins + 1, last_sign_in_at = $3
            WHERE pool = $1 AND id = $2 AND blocked = 0 RETURNING id
            """,
            [.text(linking.pool.id), .text(userID), .date(linking.now)])
        guard !admitted.isEmpty else { throw AppSignInFailure.blocked }
        return userID
    }
}
