/// One account or app as WeChat's console holds it.
public struct SimulatedApp: Sendable, Hashable, Codable {
    /// What an AppID belongs to.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// A verified service account (服务号): the only kind with web-page authorization.
        case officialAccount
        /// A subscription account (订阅号): lacks every scope, page 10005.
        case subscriptionAccount
        /// A website app of the open platform: page 10016.
        case website
        /// A mini program: page 10016.
        case miniProgram
        /// A mobile app: page 10016.
        case mobileApp
    }

    /// `wx` and 16 hexadecimal digits.
    public var appID: String
    /// 32 hexadecimal digits.
    public var secret: String
    /// What the AppID belongs to.
    public var kind: Kind
    /// The name people see on the consent page.
    public var displayName: String
    /// The open-platform account it is bound to; apps with the same one share unionids.
    public var openPlatform: String?
    /// The registered 网页授权域名: `host` or `host/path`; an IP address or `localhost` may carry any port in use.
    public var redirectHosts: [String]
    /// Whether the console's 强制https校验 is on: an http address gets page 10039.
    public var forceHTTPS: Bool
    /// Whether it is a 接口测试号: followers only (page 10006), no unionid.
    public var isTestAccount: Bool
    /// The scopes it has the permission for.
    public var scopes: Set<String>
    /// The IP addresses that may ask for `/cgi-bin` tokens (IP白名单); nil for any.
    public var allowedAddresses: [String]?
    /// The registered JS接口安全域名: `host` or `host/path`.
    public var jsHosts: [String]
    /// Where messages are pushed to; nil for nowhere.
    public var messageServer: SimulatedMessageServer?

    /// Describes one app.
    public init(
        appID: String,
        secret: String,
        kind: Kind = .officialAccount,
        displayName: String = "测试服务号",
        openPlatform: String? = nil,
        redirectHosts: [String] = ["127.0.0.1", "localhost"],
        forceHTTPS: Bool = false,
        isTestAccount: Bool = false,
        scopes: Set<String> = ["snsapi_base", "snsapi_userinfo"],
        allowedAddresses: [String]? = nil,
        jsHosts: [String] = ["127.0.0.1", "localhost"],
        messageServer: SimulatedMessageServer? = nil
    ) {
        self.appID = appID
        self.secret = secret
        self.kind = kind
        self.displayName = displayName
        self.openPlatform = openPlatform
        self.redirectHosts = redirectHosts
        self.forceHTTPS = forceHTTPS
        self.isTestAccount = isTestAccount
        self.scopes = scopes
        self.allowedAddresses = allowedAddresses
        self.jsHosts = jsHosts
        self.messageServer = messageServer
    }

    /// How long its codes live: ten minutes for websites and mobile apps, five for all others.
    var codeLifetime: Double { kind == .website || kind == .mobileApp ? 600 : 300 }
}
