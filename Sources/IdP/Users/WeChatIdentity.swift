import WeChat

/// Who WeChat says a person is: an openid of one app and, for apps bound to an open platform, a unionid.
///
/// Made from what WeChat has just answered, and never from the stand-in of a snapshot page.
struct WeChatIdentity: Sendable {
    var appID: AppID
    var openID: OpenID
    /// The open-platform account whose apps share unionids; nil when the connection names none.
    var openPlatform: String?
    var unionID: UnionID?

    /// What joins apps: a unionid together with the platform it counts on.
    var union: (platform: String, id: UnionID)? {
        guard let openPlatform, let unionID else { return nil }
        return (openPlatform, unionID)
    }
}

/// A profile as WeChat gave it.
struct WeChatProfile: Sendable {
    var nickname: String?
    var picture: String?
}
