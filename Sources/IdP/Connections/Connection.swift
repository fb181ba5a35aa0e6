import WeChat

/// The identifier of a connection within its pool; `:` occurs in Authing's own (`wechat:webpage-authorization`).
public struct ConnectionID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The identifier.
    public let rawValue: String

    /// Takes an identifier of 1 to 64 letters, digits, `-`, `_`, `.` or `:`; nil when it has another shape.
    public init?(rawValue: String) {
        let marks = Set("-_.:".utf8)
        guard (1...64).contains(rawValue.utf8.count),
            rawValue.utf8.allSatisfy({ $0.isAlphanumeric || marks.contains($0) })
        else { return nil }
        self.rawValue = rawValue
    }

    /// The identifier.
    public var description: String { rawValue }
}

/// One WeChat app that people sign in through.
public struct Connection: Sendable {
    /// What kind of WeChat app it is.
    public enum Kind: String, Sendable, CaseIterable {
        /// 公众号 (service account): web page authorization inside WeChat.
        case officialAccount = "official_account"
        /// 网站应用: QR sign-in on a desktop.
        case website
        /// 小程序.
        case miniProgram = "mini_program"
        /// 移动应用.
        case mobileApp = "mobile_app"
    }

    /// What WeChat is asked for.
    public enum Scope: String, Sendable, CaseIterable {
        /// Silent first; a page and its tap when more is needed.
        case auto
        /// Never more than the openid.
        case base = "snsapi_base"
        /// Always with consent.
        case userInfo = "snsapi_userinfo"
    }

    /// The identifier, unique in its pool.
    public var id: ConnectionID
    /// The kind of app.
    public var kind: Kind
    /// WeChat's identifier of the app.
    public var appID: AppID
    /// The app's secret.
    public var appSecret: AppSecret
    /// The open-platform account; connections with the same value share unionids.
    public var openPlatform: String?
    /// Which addresses a social sign-in may return to.
    public var callbackURL: CallbackURL
    /// The file that proves the domain to WeChat.
    public var domainProof: DomainProof?
    /// What WeChat is asked for.
    public var scope: Scope
    /// Answer social sign-ins in the query rather than in the fragment, for Authing's own SDK builds.
    public var legacyQueryResponse: Bool
    /// What verifies the messages WeChat sends about it; nil means that it takes none.
    public var messages: MessageSettings?
}
