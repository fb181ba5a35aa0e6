import WeChat

/// What an operator can do about an answer of WeChat, with the words of WeChat's console.
enum WeChatRemedy {
    /// - Parameter kind: what kind of app it is about, as the places differ; an official account's when it is not known.
    static func text(_ error: WeChatError, kind: Connection.Kind? = nil) -> String {
        guard case .api(let error) = error else { return "check the network and wechat.api_url" }
        let place = place(of: kind)
        return switch error.code {
        case .ipNotAllowed, .clientIPNotAllowed:
            "add this server's address in WeChat's console: \(place) > IP白名单 (IP allow list)"
        case .ipNeedsConfirmation, .ipRefused, .ipRefusedForNow:
            "an administrator of the account must confirm this server's address: \(place) > IP白名单 (IP allow list)"
        case .invalidCredential, .invalidAppSecret, .appSecretMissing, .invalidAppID, .appIDMissing:
            "correct app_id or app_secret: \(place) > AppID, AppSecret (resetting the AppSecret, 重置, ends the old one), and see that kind is right"
        case .appSecretFrozen: "the AppSecret is frozen: \(place) > AppSecret > 解冻 (unfreeze)"
        case .dailyQuotaReached:
            "the day's quota is used up: try again later, after 0:00 Beijing time, or reset it once: 接口权限 > 清零"
        case .minuteQuotaReached:
            "too many calls in this minute: try again later, and see which other program uses this app"
        case .apiUnauthorized, .apiForbidden:
            "the account lacks this permission: 设置与开发 > 接口权限; a service account (服务号) must be verified (认证)"
        default:
            error.kind == .tenant ? "look at the state of this account in WeChat's console" : "try again later"
        }
    }

    private static func place(of kind: Connection.Kind?) -> String {
        switch kind {
        case .officialAccount, nil: "mp.weixin.qq.com > 设置与开发 > 基本配置"
        case .miniProgram: "mp.weixin.qq.com > 开发管理 > 开发设置"
        case .website: "open.weixin.qq.com > 管理中心 > 网站应用 > 查看"
        case .mobileApp: "open.weixin.qq.com > 管理中心 > 移动应用 > 查看"
        }
    }
}
