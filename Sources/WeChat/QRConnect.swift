/// A request to WeChat's website sign-in (网站应用微信登录), as the address of the page that shows a QR code.
///
/// The page belongs into a desktop's browser: as the whole window, or in a frame of the site's own page. The parameters
/// stand in the documented order; those that WeChat's own wxLogin.js adds follow them.
/// Source: 网站应用微信登录开发指南, developers.weixin.qq.com/doc/oplatform/Website_App/WeChat_Login/Wechat_Login.
public struct QRConnect: Hashable, Sendable {
    /// The language of WeChat's page.
    public enum Language: String, Hashable, Sendable {
        /// Chinese, which WeChat takes when nothing is said.
        case chinese = "cn"
        /// English.
        case english = "en"
    }

    /// Scheme and host of WeChat's pages, without a slash at the end.
    public var openURL: String
    /// The website app (网站应用), not an official account.
    public var appID: AppID
    /// Where WeChat returns to: an address under the app's registered callback domain, not yet encoded.
    public var redirectURI: String
    /// Comes back as it was sent when it holds letters and digits only.
    public var state: String
    /// The language of the page.
    public var language: Language
    /// For a frame: the compact look of 220 by 220 pixels, and the return loads inside the frame.
    public var isEmbedded: Bool

    /// Describes one request; nothing is checked or sent here.
    public init(
        openURL: String = "https://open.weixin.qq.com", appID: AppID, redirectURI: String, state: String,
        language: Language = .chinese, isEmbedded: Bool = false
    ) {
        self.openURL = openURL
        self.appID = appID
        self.redirectURI = redirectURI
        self.state = state
        self.language = language
        self.isEmbedded = isEmbedded
    }

    /// The address, byte for byte as WeChat documents it.
    public var url: String {
        var parameters = [
            (name: "appid", value: appID.rawValue),
            (name: "redirect_uri", value: redirectURI),
            (name: "response_type", value: "code"),
            (name: "scope", value: "snsapi_login"),
            (name: "state", value: state),
        ]
        if language != .chinese { parameters.append((name: "lang", value: language.rawValue)) }
        if isEmbedded {
            parameters += [
                (name: "login_type", value: "jssdk"), (name: "self_redirect", value: "true"),
                (name: "stylelite", value: "1"),
            ]
        }
        return openURL.withoutTrailingSlashes + "/connect/qrconnect?" + PercentEncoding.query(parameters)
            + "#wechat_redirect"
    }
}
