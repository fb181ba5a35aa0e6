/// Every message a person may read, in both languages.
///
/// The raw value is the page's machine-readable marker.
enum PageText: String, Sendable, CaseIterable {
    // Steps of a sign-in
    case signIn = "sign-in"
    case signInAgain = "sign-in-again"
    case askProfile = "ask-profile"
    case confirm = "confirm"
    case openInWeChat = "open-in-wechat"
    case snapshot = "snapshot"
    case returning
    case popupDone = "popup-done"
    // Signing in from a computer
    case scan
    case scanWrongNumber = "scan-wrong-number"
    case scanOutside = "scan-outside"
    case scanConfirm = "scan-confirm"
    case scanDone = "scan-done"
    case scanDenied = "scan-denied"
    case scanMismatch = "scan-mismatch"
    case scanOver = "scan-over"
    case scanSignInFirst = "scan-sign-in-first"
    case website
    case openElsewhere = "open-elsewhere"
    case leavingFrame = "leaving-frame"
    // A sign-in that can go on
    case oneMoreTap = "one-more-tap"
    case cookiesBlocked = "cookies-blocked"
    case codeRefused = "code-refused"
    // A sign-in that is over
    case startAgain = "start-again"
    case alreadyFinished = "already-finished"
    case refused = "refused"
    // Letting a device in
    case device
    case deviceCodeUnknown = "device-code-unknown"
    case deviceConfirm = "device-confirm"
    case deviceDone = "device-done"
    case deviceDenied = "device-denied"
    case tooManyAttempts = "too-many-attempts"
    // Signing out, and what was allowed
    case confirmLogout = "confirm-logout"
    case signedOut = "signed-out"
    case stillSignedIn = "still-signed-in"
    case logoutUnverified = "logout-unverified"
    case consents
    case noConsents = "no-consents"
    case consentsSignedOut = "consents-signed-out"
    // A request that can't be answered
    case unknownClient = "unknown-client"
    case redirectNotAllowed = "redirect-not-allowed"
    case badRequest = "bad-request"
    case notFound = "not-found"
    // Trouble behind us
    case weChatBusy = "wechat-busy"
    case weChatSlow = "wechat-slow"
    case weChatUnreadable = "wechat-unreadable"
    case tooManySignIns = "too-many-sign-ins"
    case connectionMisconfigured = "connection-misconfigured"
    case accountLimited = "account-limited"
    case internalError = "internal-error"

    /// A heading, the paragraphs below it, and the label of the main control where there is one.
    struct Words: Sendable {
        var heading: String
        var paragraphs: [String]
        var action: String?
    }

    func words(_ language: Language) -> Words {
        switch language {
        case .chinese: deviceChinese ?? popupChinese ?? scanChinese ?? chinese
        case .english: deviceEnglish ?? popupEnglish ?? scanEnglish ?? english
        }
    }

    var icon: Page.Icon {
        switch self {
        case .signIn, .signInAgain, .askProfile, .openInWeChat: .wechat
        case .confirm, .returning, .popupDone, .confirmLogout, .consents: .app
        case .device, .deviceConfirm, .scanConfirm: .app
        case .scan, .scanOutside, .scanSignInFirst, .website, .openElsewhere, .leavingFrame: .wechat
        case .scanDone, .scanDenied: .info
        case .scanWrongNumber, .scanMismatch: .error
        case .scanOver: .wait
        case .deviceDone, .deviceDenied: .info
        case .tooManyAttempts: .wait
        case .signedOut, .stillSignedIn, .noConsents, .consentsSignedOut: .info
        case .snapshot, .oneMoreTap, .alreadyFinished, .refused, .notFound: .info
        case .weChatBusy, .weChatSlow, .tooManySignIns, .startAgain, .codeRefused: .wait
        default: .error
        }
    }

    private var chinese: Words {
        switch self {
        case .popupDone, .device, .deviceCodeUnknown, .deviceConfirm, .deviceDone, .deviceDenied, .tooManyAttempts,
            .scan, .scanWrongNumber, .scanOutside, .scanConfirm, .scanDone, .scanDenied, .scanMismatch, .scanOver,
            .scanSignInFirst, .website, .openElsewhere, .leavingFrame:
            // Said in its own file, and asked there first.
            .init(heading: "", paragraphs: [], action: nil)
        case .signIn: .init(heading: "微信登录", paragraphs: ["使用你的微信头像和昵称登录。"], action: "微信登录")
        case .signInAgain: .init(heading: "请再次确认身份", paragraphs: ["为了你的账号安全，请用微信重新登录一次。"], action: "微信登录")
        case .askProfile:
            .init(heading: "完善资料", paragraphs: ["应用希望使用你的微信头像和昵称。你也可以跳过，不影响登录。"], action: "同意使用")
        case .confirm: .init(heading: "确认登录", paragraphs: ["请确认是你本人正在登录以下应用。"], action: "同意并继续")
        case .returning: .init(heading: "正在返回应用", paragraphs: ["如果没有自动跳转，请点下面的按钮。"], action: "继续")
        case .openInWeChat:
            .init(
                heading: "请在微信中打开",
                paragraphs: ["请返回应用页面，复制链接发送到微信，再从微信里打开。", "也可以用另一部手机的微信扫码登录。"], action: "在此浏览器中继续")
        case .snapshot:
            .init(heading: "请使用完整服务", paragraphs: ["当前是微信的快照页，只能浏览，不能登录。", "请点页面底部的“使用完整服务”，再登录一次。"], action: nil)
        case .oneMoreTap: .init(heading: "还差一步", paragraphs: ["浏览器没有保存登录信息，点一下即可继续。"], action: "继续登录")
        case .cookiesBlocked:
            .init(
                heading: "浏览器没有保存登录信息",
                paragraphs: ["登录需要使用 Cookie。请在系统或浏览器设置中允许 Cookie，关闭隐私模式，然后返回应用重新登录。"], action: nil)
        case .codeRefused: .init(heading: "登录凭据已失效", paragraphs: ["这次登录的凭据已过期或已被使用，请重新登录。"], action: "重新登录")
        case .startAgain: .init(heading: "登录已过期", paragraphs: ["这次登录已失效或已经完成。请返回应用，重新登录。"], action: nil)
        case .alreadyFinished: .init(heading: "登录已完成", paragraphs: ["这次登录已经完成，可以关闭本页，返回应用。"], action: nil)
        case .refused: .init(heading: "你已取消登录", paragraphs: ["没有任何信息被使用。如需登录，请返回应用重试。"], action: nil)
        case .confirmLogout:
            .init(heading: "退出登录", paragraphs: ["请确认是否退出。你登录过的应用也会收到通知。"], action: "退出登录")
        case .signedOut: .init(heading: "已退出登录", paragraphs: ["你已退出登录，可以关闭本页。"], action: nil)
        case .stillSignedIn: .init(heading: "没有退出登录", paragraphs: ["你仍处于登录状态，可以返回应用继续使用。"], action: nil)
        case .logoutUnverified:
            .init(
                heading: "无法核实退出请求",
                paragraphs: ["应用发来的退出请求有误，退出后不会自动返回应用。请联系应用的开发者检查 id_token_hint 和退出后的返回地址。"], action: "退出登录")
        case .consents:
            .init(heading: "已授权的应用", paragraphs: ["以下应用可以使用你的信息。撤回后，应用需要重新征得你的同意。"], action: nil)
        case .noConsents: .init(heading: "没有已授权的应用", paragraphs: ["目前没有已授权的应用，可以关闭本页。"], action: nil)
        case .consentsSignedOut: .init(heading: "请先登录", paragraphs: ["请先在应用中登录，再打开本页。"], action: nil)
        case .unknownClient:
            .init(heading: "应用不存在", paragraphs: ["发起登录的应用没有在这里登记。请联系应用的开发者检查 client_id。"], action: nil)
        case .redirectNotAllowed:
            .init(heading: "返回地址未登记", paragraphs: ["为了你的账号安全，登录不会跳转到未登记的地址。请联系应用的开发者检查回调地址。"], action: nil)
        case .badRequest: .init(heading: "链接无效", paragraphs: ["这个链接不完整或已损坏。请返回应用，重新登录。"], action: nil)
        case .notFound: .init(heading: "页面不存在", paragraphs: ["请检查地址，或返回应用重新进入。"], action: nil)
        case .weChatBusy: .init(heading: "微信暂时繁忙", paragraphs: ["请稍后再试。"], action: "重新登录")
        case .weChatSlow: .init(heading: "微信没有及时响应", paragraphs: ["请稍后再试。"], action: "重新登录")
        case .weChatUnreadable: .init(heading: "微信返回了异常内容", paragraphs: ["请稍后再试。如果一直出现，请联系应用运营者。"], action: "重新登录")
        case .tooManySignIns: .init(heading: "登录人数过多", paragraphs: ["请一分钟后再试。"], action: "重新登录")
        case .connectionMisconfigured:
            .init(heading: "微信登录配置有误", paragraphs: ["这不是你的问题。请把下方的请求编号告诉应用运营者。"], action: nil)
        case .accountLimited: .init(heading: "暂时无法登录", paragraphs: ["此微信账号暂时无法登录这个应用。请联系应用运营者。"], action: nil)
        case .internalError: .init(heading: "服务出错了", paragraphs: ["请稍后再试。如果一直出现，请把下方的请求编号告诉应用运营者。"], action: nil)
        }
    }

    private var english: Words {
        switch self {
        case .popupDone, .device, .deviceCodeUnknown, .deviceConfirm, .deviceDone, .deviceDenied, .tooManyAttempts,
            .scan, .scanWrongNumber, .scanOutside, .scanConfirm, .scanDone, .scanDenied, .scanMismatch, .scanOver,
            .scanSignInFirst, .website, .openElsewhere, .leavingFrame:
            .init(heading: "", paragraphs: [], action: nil)
        case .signIn:
            .init(
                heading: "Sign in with WeChat", paragraphs: ["Your WeChat nickname and picture will be used."],
                action: "Sign in with WeChat")
        case .signInAgain:
            .init(
                heading: "Confirm that it is you",
                paragraphs: ["To protect your account, please sign in with WeChat once more."],
                action: "Sign in with WeChat")
        case .askProfile:
            .init(
                heading: "Add your profile",
                paragraphs: [
                    "The application would like your WeChat nickname and picture. You may skip this and still sign in."
                ],
                action: "Allow")
        case .confirm:
            .init(
                heading: "Confirm the sign-in",
                paragraphs: ["Please confirm that you are signing in to this application."],
                action: "Allow and continue")
        case .returning:
            .init(
                heading: "Returning to the application",
                paragraphs: ["If nothing happens, please press the button."], action: "Continue")
        case .openInWeChat:
            .init(
                heading: "Please open this in WeChat",
                paragraphs: [
                    "Go back to the application, send its link to a WeChat chat and open it from there.",
                    "You can also scan a code with WeChat on another phone.",
                ],
                action: "Continue in this browser")
        case .snapshot:
            .init(
                heading: "Please use the full service",
                paragraphs: [
                    "This is WeChat’s preview of the page: you can read, but not sign in.",
                    "Tap “使用完整服务” (use full service) at the bottom, then sign in again.",
                ],
                action: nil)
        case .oneMoreTap:
            .init(
                heading: "One more tap",
                paragraphs: ["Your browser did not bring back the sign-in cookie. Tap once to go on."],
                action: "Continue")
        case .cookiesBlocked:
            .init(
                heading: "Your browser keeps no cookies",
                paragraphs: [
                    "Signing in needs cookies. Allow them in your settings, leave private mode, then go back to the application and sign in again."
                ],
                action: nil)
        case .codeRefused:
            .init(
                heading: "WeChat’s answer has expired",
                paragraphs: ["It was too old or already used. Please sign in again."], action: "Sign in again")
        case .startAgain:
            .init(
                heading: "This sign-in is over",
                paragraphs: [
                    "It has expired or is already finished. Please go back to the application and sign in again."
                ], action: nil)
        case .alreadyFinished:
            .init(
                heading: "Already signed in",
                paragraphs: ["This sign-in is finished. You can close this page and go back to the application."],
                action: nil)
        case .refused:
            .init(
                heading: "You cancelled the sign-in",
                paragraphs: ["Nothing of yours was used. To sign in after all, go back to the application."],
                action: nil)
        case .confirmLogout:
            .init(
                heading: "Sign out",
                paragraphs: [
                    "Please confirm that you want to sign out. The applications you signed in to will be told."
                ],
                action: "Continue and sign out")
        case .signedOut:
            .init(heading: "You are signed out", paragraphs: ["You can close this page now."], action: nil)
        case .stillSignedIn:
            .init(
                heading: "You are still signed in",
                paragraphs: ["Nothing was changed. You can go back to the application."], action: nil)
        case .logoutUnverified:
            .init(
                heading: "Sign-out request not verified",
                paragraphs: [
                    "The application’s request is wrong, so you will not be sent back to it. Its developer should check the id_token_hint and the return address."
                ],
                action: "Continue and sign out")
        case .consents:
            .init(
                heading: "Applications you allowed",
                paragraphs: [
                    "These applications may use what is listed. You can withdraw it; the application then has to ask you again."
                ], action: nil)
        case .noConsents:
            .init(
                heading: "No allowed applications",
                paragraphs: ["No application is allowed at the moment. You can close this page."], action: nil)
        case .consentsSignedOut:
            .init(
                heading: "You are not signed in",
                paragraphs: ["Please sign in from an application first, then open this page again."], action: nil)
        case .unknownClient:
            .init(
                heading: "Unknown application",
                paragraphs: [
                    "The application that sent you here is not registered. Its developer should check the client_id."
                ], action: nil)
        case .redirectNotAllowed:
            .init(
                heading: "Return address not registered",
                paragraphs: [
                    "To protect your account, nobody is sent to an address that is not registered. The application’s developer should check the redirect address."
                ],
                action: nil)
        case .badRequest:
            .init(
                heading: "This link does not work",
                paragraphs: [
                    "This link is incomplete or damaged. Please go back to the application and sign in again."
                ], action: nil)
        case .notFound:
            .init(
                heading: "Page not found", paragraphs: ["Check the address, or go back to the application."],
                action: nil)
        case .weChatBusy:
            .init(heading: "WeChat is busy", paragraphs: ["Please try again in a moment."], action: "Sign in again")
        case .weChatSlow:
            .init(
                heading: "WeChat did not answer in time", paragraphs: ["Please try again in a moment."],
                action: "Sign in again")
        case .weChatUnreadable:
            .init(
                heading: "WeChat sent an unexpected answer",
                paragraphs: [
                    "Please try again in a moment. If it keeps happening, tell the operator of the application."
                ], action: "Sign in again")
        case .tooManySignIns:
            .init(heading: "Too many sign-ins", paragraphs: ["Please try again in a minute."], action: "Sign in again")
        case .connectionMisconfigured:
            .init(
                heading: "WeChat sign-in is set up wrongly",
                paragraphs: [
                    "This is not your fault. Please give the request id below to the operator of the application."
                ], action: nil)
        case .accountLimited:
            .init(
                heading: "Sign-in is not possible",
                paragraphs: [
                    "This WeChat account can’t sign in here at the moment. Please contact the operator of the application."
                ], action: nil)
        case .internalError:
            .init(
                heading: "Something went wrong",
                paragraphs: [
                    "Please try again. If it keeps happening, give the request id below to the operator of the application."
                ], action: nil)
        }
    }
}

extension Language {
    var requestIDLabel: String { self == .chinese ? "请求编号" : "Request id" }
    var skipLabel: String { self == .chinese ? "暂不，直接登录" : "Not now, just sign me in" }
    var denyLabel: String { self == .chinese ? "取消" : "Cancel" }
    var withdrawLabel: String { self == .chinese ? "撤回授权" : "Withdraw" }
    var applicationLabel: String { self == .chinese ? "应用" : "Application" }
    var scopesLabel: String { self == .chinese ? "将获得" : "It will get" }

    /// What scopes mean to the person who allows them.
    func describe(scopes: [String]) -> String {
        let meanings: [(scope: String, chinese: String, english: String)] = [
            ("openid", "你在此处的用户编号", "your user id here"),
            ("profile", "昵称和头像", "nickname and picture"),
            ("email", "邮箱", "e-mail address"),
            ("phone", "手机号", "phone number"),
            ("address", "地址", "address"),
            ("roles", "你的角色", "your roles"),
            ("wechat", "你的微信 OpenID 和 UnionID", "your WeChat OpenID and UnionID"),
            ("offline_access", "在你离开后继续访问", "access while you are away"),
        ]
        let named = meanings.filter { scopes.contains($0.scope) }
        return self == .chinese
            ? named.map(\.chinese).joined(separator: "、") : named.map(\.english).joined(separator: ", ")
    }

    var returnAddressLabel: String { self == .chinese ? "返回地址" : "Returns to" }
    var simulatorHint: String {
        self == .chinese
            ? "当前连接的是微信模拟器，可以直接在此浏览器中继续。"
            : "This provider is connected to a WeChat simulator, so you can go on in this browser."
    }
}
