/// What the simulator's page calls the switches of a ``Behaviour``, and what may be chosen.
enum SwitchLabels {
    struct Label: Sendable {
        let chinese: String
        let english: String
    }

    struct Group: Sendable {
        let title: Label
        /// Names of ``Behaviour``'s fields.
        let names: [String]
    }

    static let groups: [Group] = [
        Group(
            title: Label(chinese: "授权页", english: "Authorize page"),
            names: [
                "userAgentGate", "strictPattern", "internalHop", "errorPage", "defaultUser", "consent", "refusal",
                "refusalReason", "snapshot", "snapshotDelivery", "snapshotMark", "snapshotMarkOnRealUser",
                "snapshotUserIsStable", "snapshotProfile", "stateReturn", "callbackRepeat", "callbackRepeatDelay",
                "codeAge", "callbackOverHTTP",
            ]),
        Group(
            title: Label(chinese: "网站扫码", english: "Website QR code"), names: ["qrCodeLifetime", "qrPollNumber"]),
        Group(
            title: Label(chinese: "接口", english: "API calls"),
            names: [
                "wrongSecretNumber", "expiredCodeNumber", "expiredRefreshTokenNumber", "oldHints",
                "accessTokenLifetime", "refreshTokenLifetime", "refreshTokenChanges", "profileChecksOpenID",
                "unionIDInProfileOnly", "callsPerMinute", "callsPerDay", "faults",
            ]),
        Group(
            title: Label(chinese: "小程序", english: "Mini programs"),
            names: ["sessionKeyChanges", "anonymousProfiles", "loginsPerMinute"]),
        Group(
            title: Label(chinese: "公众号自身的调用", english: "The account's own calls"),
            names: [
                "accountTokenLifetime", "accountTokenOverlap", "forcedRefreshInterval", "forcedRefreshesPerDay",
                "apiAddresses", "callbackAddresses", "pushAttempts",
            ]),
    ]

    /// The values of the switches that have few.
    static let choices: [String: [String]] = [
        "consent": Behaviour.Consent.allCases.map(\.rawValue),
        "refusal": Behaviour.Refusal.allCases.map(\.rawValue),
        "snapshot": Behaviour.Snapshot.allCases.map(\.rawValue),
        "snapshotDelivery": Behaviour.SnapshotDelivery.allCases.map(\.rawValue),
        "stateReturn": Behaviour.StateReturn.allCases.map(\.rawValue),
        "callbackRepeat": Behaviour.CallbackRepeat.allCases.map(\.rawValue),
    ]

    static let labels: [String: Label] = [
        "userAgentGate": Label(chinese: "仅限微信浏览器", english: "WeChat's browser only"),
        "strictPattern": Label(chinese: "严格检查参数顺序", english: "Parameters in strict order"),
        "internalHop": Label(chinese: "先跳转到自身", english: "Redirects to itself first"),
        "errorPage": Label(chinese: "总是显示的错误页", english: "Error page for everything"),
        "defaultUser": Label(chinese: "默认拿手机的人", english: "Who holds the phone by default"),
        "consent": Label(chinese: "是否询问授权", english: "Who is asked for consent"),
        "refusal": Label(chinese: "拒绝之后", english: "After a refusal"),
        "refusalReason": Label(chinese: "拒绝时的 reason", english: "reason of a refusal"),
        "snapshot": Label(chinese: "快照页", english: "Snapshot page"),
        "snapshotDelivery": Label(chinese: "快照页如何回调", english: "How a snapshot calls back"),
        "snapshotMark": Label(chinese: "虚拟用户带 is_snapshotuser", english: "Virtual people are marked"),
        "snapshotMarkOnRealUser": Label(chinese: "真实用户也带标记", english: "Real people are marked too"),
        "snapshotUserIsStable": Label(chinese: "虚拟用户每次相同", english: "The virtual person stays the same"),
        "snapshotProfile": Label(chinese: "虚拟用户有资料", english: "Virtual people have a profile"),
        "stateReturn": Label(chinese: "state 如何返回", english: "What becomes of state"),
        "callbackRepeat": Label(chinese: "重复回调", english: "Repeated callback"),
        "callbackRepeatDelay": Label(chinese: "两次回调间隔（秒）", english: "Seconds between callbacks"),
        "codeAge": Label(chinese: "code 送达时已过（秒）", english: "Age of a code at delivery, in seconds"),
        "callbackOverHTTP": Label(chinese: "以 http 回调", english: "Callback over http"),
        "qrCodeLifetime": Label(chinese: "二维码有效期（秒）", english: "Life of a QR code, in seconds"),
        "qrPollNumber": Label(chinese: "轮询总是返回", english: "What polling always answers"),
        "wrongSecretNumber": Label(chinese: "密钥错误的错误码", english: "Number for a wrong secret"),
        "expiredCodeNumber": Label(chinese: "code 过期的错误码", english: "Number for an expired code"),
        "expiredRefreshTokenNumber": Label(
            chinese: "refresh_token 过期的错误码", english: "Number for an expired refresh token"),
        "oldHints": Label(chinese: "旧式 hints 结尾", english: "Texts end in hints, as of old"),
        "accessTokenLifetime": Label(chinese: "access_token 有效期（秒）", english: "Life of an access token, in seconds"),
        "refreshTokenLifetime": Label(
            chinese: "refresh_token 有效期（秒）", english: "Life of a refresh token, in seconds"),
        "refreshTokenChanges": Label(chinese: "刷新时换 refresh_token", english: "Refreshing changes the refresh token"),
        "profileChecksOpenID": Label(chinese: "userinfo 检查 openid", english: "The profile call checks openid"),
        "unionIDInProfileOnly": Label(chinese: "unionid 只在 userinfo", english: "unionid in the profile only"),
        "callsPerMinute": Label(chinese: "每分钟调用次数", english: "Calls per minute"),
        "callsPerDay": Label(chinese: "每天调用次数", english: "Calls per day"),
        "faults": Label(chinese: "故障（JSON）", english: "Faults, as JSON"),
        "sessionKeyChanges": Label(chinese: "wx.login 更换 session_key", english: "wx.login replaces the session key"),
        "anonymousProfiles": Label(chinese: "昵称为“微信用户”", english: "Names are 微信用户"),
        "loginsPerMinute": Label(chinese: "每人每分钟登录次数", english: "Sign-ins of one person per minute"),
        "accountTokenLifetime": Label(chinese: "接口凭证有效期（秒）", english: "Life of account tokens, in seconds"),
        "accountTokenOverlap": Label(chinese: "新旧凭证并存（秒）", english: "Overlap of account tokens, in seconds"),
        "forcedRefreshInterval": Label(chinese: "强制刷新间隔（秒）", english: "Seconds between forced refreshes"),
        "forcedRefreshesPerDay": Label(chinese: "每天强制刷新次数", english: "Forced refreshes per day"),
        "apiAddresses": Label(chinese: "API 服务器 IP（JSON）", english: "Addresses of the API, as JSON"),
        "callbackAddresses": Label(chinese: "推送服务器 IP（JSON）", english: "Addresses of pushes, as JSON"),
        "pushAttempts": Label(chinese: "推送尝试次数", english: "Attempts of a push"),
    ]
}
