/// Why the authorize page shows an error; none of them ever comes back to the caller.
enum AuthorizeProblem: Error {
    case outsideWeChat
    case pattern
    case unknownApp
    case scope
    case stateTooLong
    case number(Int)

    var title: String {
        switch self {
        case .outsideWeChat: "请在微信客户端打开链接"
        case .pattern: "该链接无法访问"
        case .unknownApp: "appid 参数错误"
        case .scope: "Scope 参数错误或没有 Scope 权限"
        case .stateTooLong: "state 参数过长"
        case .number(let number): "\(Self.texts[number]?.chinese ?? "系统错误")（错误码：\(number)）"
        }
    }

    /// What to do about it, which the real WeChat does not say.
    var explanation: String {
        switch self {
        case .outsideWeChat:
            "Only the browser of WeChat is let in: send its User-Agent, or switch off userAgentGate."
        case .pattern:
            "Strict mode: appid, redirect_uri, response_type=code, scope, state, in this order, extras after them."
        case .unknownApp: "The simulator knows no account with this appid."
        case .scope: "scope is snsapi_base or snsapi_userinfo."
        case .stateTooLong: "state holds 128 bytes at most."
        case .number(let number): Self.texts[number]?.english ?? "Error \(number)."
        }
    }

    var outcome: String {
        switch self {
        case .outsideWeChat: "page outside"
        case .pattern: "page pattern"
        case .unknownApp: "page appid"
        case .scope: "page scope"
        case .stateTooLong: "page state"
        case .number(let number): "page \(number)"
        }
    }

    private static let texts: [Int: (chinese: String, english: String)] = [
        10003: ("redirect_uri 域名与后台配置不一致", "The host of redirect_uri is not registered with this account."),
        10004: ("此公众号被封禁", "This account is banned."),
        10005: ("此公众号并没有这些 scope 的权限", "This account lacks the permission for this scope."),
        10006: ("必须关注此测试号", "Only followers may use a test account."),
        10009: ("操作太频繁了，请稍后重试", "Too many requests."),
        10010: ("scope 不能为空", "scope is empty."),
        10011: ("redirect_uri 不能为空", "redirect_uri is empty."),
        10012: ("appid 不能为空", "appid is empty."),
        10013: ("state 不能为空", "state is empty."),
        10015: ("公众号未授权第三方平台，请检查授权状态", "The account has not authorized the third-party platform."),
        10016: ("不支持微信开放平台的 Appid，请使用公众号 Appid", "This appid is no official account's."),
        10039: ("redirect_uri 协议与后台配置不一致", "The account demands https."),
    ]
}
