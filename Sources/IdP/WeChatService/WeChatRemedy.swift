import WeChat

/// What an operator can do about an answer of WeChat, with the words of WeChat's console.
enum WeChatRemedy {
    static func text(_ error: WeChatError) -> String {
        guard case .api(let error) = error else { return "check the network and wechat.api_url" }
        return switch error.code {
        case .ipNotAllowed, .clientIPNotAllowed:
            "add this server's address in WeChat's console: 设置与开发 > 基本配置 > IP白名单 (IP allow list)"
        case .ipNeedsConfirmation, .ipRefused, .ipRefusedForNow:
            "an administrator of the account must confirm this server's address in WeChat (安全中心 / IP白名单)"
        case .invalidCredential, .invalidAppSecret, .appSecretMissing:
            "correct app_secret: 设置与开发 > 基本配置 > 开发者密码(AppSecret); resetting it there ends the old one"
        case .invalidAppID, .appIDMissing:
            "correct app_id: 设置与开发 > 基本配置 > 开发者ID(AppID), and see that kind is right"
        case .appSecretFrozen:
            "the AppSecret is frozen: 设置与开发 > 基本配置 > 开发者密码(AppSecret) > 解冻 (unfreeze)"
        case .dailyQuotaReached:
            "the day's quota is used up: wait for 0:00 Beijing time, or 接口权限 > 清零 (reset) in WeChat's console"
        case .minuteQuotaReached: "too many calls in this minute: see which other program uses this app"
        case .apiUnauthorized, .apiForbidden:
            "the account lacks this permission: 设置与开发 > 接口权限; a service account (服务号) must be verified (认证)"
        default:
            error.kind == .tenant ? "look at the state of this account in WeChat's console" : "try again later"
        }
    }
}
