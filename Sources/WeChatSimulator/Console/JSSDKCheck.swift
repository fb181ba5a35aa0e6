import JWT

/// What `wx.config` says inside WeChat.
public enum JSSDKAnswer: String, Sendable, Codable {
    /// The page may use the JS-SDK.
    case ok = "config:ok"
    /// The signature fits another ticket, nonce, time or address.
    case invalidSignature = "config:invalid signature"
    /// The host is none of the account's JS接口安全域名.
    case invalidDomain = "config:invalid url domain"
    /// No account has this AppID.
    case invalidAppID = "config:invalid appid"
}

/// The formula of the JS-SDK (JS-SDK说明文档, appendix 1).
enum JSSDKFormat {
    static func signature(ticket: String, nonce: String, timestamp: String, url: String) -> String {
        let address = url.prefix { $0 != "#" }
        let text = "jsapi_ticket=\(ticket)&noncestr=\(nonce)&timestamp=\(timestamp)&url=\(address)"
        return Hexadecimal.text(SHA1.hash(Array(text.utf8)))
    }
}

extension Simulator {
    /// Checks a page's `wx.config` as WeChat's browser does.
    ///
    /// - Parameters:
    ///   - appID: The account's.
    ///   - url: The whole address of the page; what follows `#` does not count.
    ///   - nonce: `nonceStr` of the configuration.
    ///   - timestamp: `timestamp` of the configuration.
    ///   - signature: `signature` of the configuration.
    public func checkJSSDK(
        app appID: String, url: String, nonce: String, timestamp: String, signature: String
    ) -> JSSDKAnswer {
        guard let app = apps[appID] else { return .invalidAppID }
        guard let target = RedirectTarget(url), app.jsHosts.contains(where: target.isCovered(by:)) else {
            return .invalidDomain
        }
        guard let ticket = accounts.ticket("jsapi", appID: appID, at: now) else { return .invalidSignature }
        let expected = JSSDKFormat.signature(ticket: ticket.text, nonce: nonce, timestamp: timestamp, url: url)
        return expected == signature ? .ok : .invalidSignature
    }
}
