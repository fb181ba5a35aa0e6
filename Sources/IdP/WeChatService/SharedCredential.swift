import Foundation
import JWT
import WeChat

/// Which shared credential: one of an app, fetched with one secret.
///
/// The secret is part of it, so that a connection with a wrong secret has a failing row of its own, and another connection
/// of the same app, in whatever pool, keeps its good one.
struct SharedCredentialKey: Sendable, Hashable {
    /// What is shared.
    enum Kind: String, Sendable {
        /// The app's own access token.
        case accountToken = "access_token"
        /// The ticket for JS-SDK signatures.
        case jsapiTicket = "jsapi_ticket"
    }

    let appID: AppID
    let kind: Kind
    /// A keyed hash of the app's secret.
    let secretHash: String

    init(_ kind: Kind, of connection: Connection, sealer: Sealer) throws(JWTError) {
        appID = connection.appID
        self.kind = kind
        let code = HMACSHA256.authenticate(
            Array(connection.appSecret.exposeSecret().utf8), key: try sealer.derivedKey("account secrets"))
        secretHash = Base64URL.encode(code)
    }

    var arguments: [SQLValue] { [.text(appID), .text(kind), .text(secretHash)] }
    /// Where the sealed value belongs.
    var context: String { "wechat_credentials/\(appID)/\(kind.rawValue)/\(secretHash)" }
}

/// A token or ticket that all nodes share.
struct SharedCredential: Sendable {
    var value: Secret
    /// Grows with each one that is stored; names the one that WeChat refused.
    var generation: Int64
    /// When somebody should ask for the next one; it still holds.
    var refreshAt: Date
    /// The end of its life by WeChat's answer.
    var validUntil: Date
}

/// How often WeChat was told to make a new token although the old one lives.
///
/// WeChat allows 20 a day, 30 seconds apart (getStableAccessToken). Ten in a day that begins with the first one: so no 24
/// hours hold more than 20, wherever they begin.
struct ForceAllowance: Sendable, Equatable {
    static let daily = 10
    static let distance: TimeInterval = 30

    var dayBegan: Date?
    var count: Int
    var last: Date?

    /// The allowance after one more; nil when there is none left now.
    func spending(at now: Date) -> Self? {
        if let last, now < last + Self.distance { return nil }
        guard let dayBegan, now < dayBegan + 86_400 else { return Self(dayBegan: now, count: 1, last: now) }
        guard count < Self.daily else { return nil }
        return Self(dayBegan: dayBegan, count: count + 1, last: now)
    }
}
