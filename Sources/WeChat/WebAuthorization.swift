/// What a web page asks of a visitor inside WeChat.
public enum WebScope: String, Hashable, Sendable, CaseIterable {
    /// The openid only; never shows a page.
    case base = "snsapi_base"
    /// Openid, name and picture; shows WeChat's consent page.
    case userInfo = "snsapi_userinfo"
}

/// A request to WeChat's web-page authorization (网页授权), as the address the browser is sent to.
///
/// WeChat's clients check the address by a strict pattern: this order, extras after `state`, `#wechat_redirect` at the
/// end. Source: 网页应用授权登录, developers.weixin.qq.com/doc/oplatform/developers/dev/auth/h5.
public struct WebAuthorization: Hashable, Sendable {
    /// Scheme and host of WeChat's pages, without a slash at the end.
    public var openURL: String
    /// The official account.
    public var appID: AppID
    /// Where WeChat returns to: host in lower case, registered with the account, no fragment; not yet encoded.
    public var redirectURI: String
    /// Silent, or with a consent page.
    public var scope: WebScope
    /// At most 128 bytes of `a-zA-Z0-9`, never empty: longer ones show an error page, others come back damaged.
    public var state: String
    /// Ask for the consent page even where WeChat would skip it.
    public var forcePopup: Bool
    /// Ask for the snapshot page, for testing.
    public var forceSnapShot: Bool

    /// Describes one request; nothing is checked or sent here.
    public init(
        openURL: String = "https://open.weixin.qq.com",
        appID: AppID,
        redirectURI: String,
        scope: WebScope,
        state: String,
        forcePopup: Bool = false,
        forceSnapShot: Bool = false
    ) {
        self.openURL = openURL
        self.appID = appID
        self.redirectURI = redirectURI
        self.scope = scope
        self.state = state
        self.forcePopup = forcePopup
        self.forceSnapShot = forceSnapShot
    }

    /// The address, byte for byte as WeChat documents it.
    public var url: String {
        var parameters = [
            (name: "appid", value: appID.rawValue),
            (name: "redirect_uri", value: redirectURI),
            (name: "response_type", value: "code"),
            (name: "scope", value: scope.rawValue),
            (name: "state", value: state),
        ]
        if forcePopup { parameters.append((name: "forcePopup", value: "true")) }
        if forceSnapShot { parameters.append((name: "forceSnapShot", value: "true")) }
        return openURL.withoutTrailingSlashes + "/connect/oauth2/authorize?" + PercentEncoding.query(parameters)
            + "#wechat_redirect"
    }
}

extension String {
    /// The text without slashes at its end, so that `https://host/` and `https://host` mean the same.
    var withoutTrailingSlashes: String {
        var text = self[...]
        while text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }
}
