extension PageText {
    /// What the pages of a scan sign-in say in Chinese; nil for every other page.
    var scanChinese: Words? {
        switch self {
        case .scan:
            .init(
                heading: "微信扫码登录", paragraphs: ["请用手机微信“扫一扫”扫描二维码，然后在手机上选择下面的数字。", "确认后页面会自动继续，也可以点“继续”。"], action: "继续"
            )
        case .scanWrongNumber:
            .init(heading: "数字不一致", paragraphs: ["手机上选择的数字与这里显示的不同，本次扫码已作废。如果不是你本人操作，可以关闭本页。"], action: "重新扫码登录")
        case .scanOutside:
            .init(heading: "请用微信扫码", paragraphs: ["请打开手机微信，用“扫一扫”扫描电脑上的二维码。"], action: "在此浏览器中继续")
        case .scanConfirm:
            .init(
                heading: "确认在电脑上登录", paragraphs: ["只有你本人正在使用下面这台电脑时，才可以确认。如果二维码是别人发给你的，请点“取消”。"],
                action: nil)
        case .scanDone: .init(heading: "已确认", paragraphs: ["请回到电脑上继续，可以关闭本页。"], action: nil)
        case .scanDenied: .init(heading: "已取消", paragraphs: ["电脑没有登录，也没有获得任何信息。可以关闭本页。"], action: nil)
        case .scanMismatch:
            .init(heading: "数字不一致", paragraphs: ["你选择的不是电脑上显示的数字，电脑没有登录。如果是你本人在登录，请在电脑上刷新二维码，再扫一次。"], action: nil)
        case .scanOver:
            .init(heading: "二维码已失效", paragraphs: ["这个二维码已过期或已使用。请扫描电脑上最新的二维码。"], action: nil)
        case .scanSignInFirst: .init(heading: "请先登录微信", paragraphs: ["确认之前，请先在这里登录。"], action: "微信登录")
        case .website:
            .init(heading: "微信登录", paragraphs: ["请用手机微信“扫一扫”扫描二维码登录。"], action: "在整页中打开微信登录")
        case .openElsewhere:
            .init(heading: "请在电脑上打开", paragraphs: ["这个应用只能用电脑浏览器登录。请在电脑上打开应用，再用微信扫码。"], action: nil)
        case .leavingFrame: .init(heading: "正在登录", paragraphs: ["如果没有自动跳转，请点下面的按钮。"], action: "继续登录")
        default: nil
        }
    }

    /// The same in English.
    var scanEnglish: Words? {
        switch self {
        case .scan:
            .init(
                heading: "Sign in with WeChat",
                paragraphs: [
                    "Please scan this code with WeChat on your phone, then choose the number below on the phone.",
                    "This page goes on by itself once you have confirmed, or press Continue.",
                ], action: "Continue")
        case .scanWrongNumber:
            .init(
                heading: "The numbers differ",
                paragraphs: [
                    "Somebody chose another number on the phone than the one shown here, so that code is void. If that was not you, you can close this page."
                ], action: "Continue with a new code")
        case .scanOutside:
            .init(
                heading: "Please scan with WeChat",
                paragraphs: ["Please open WeChat on your phone and scan the code on the computer with it."],
                action: "Continue in this browser")
        case .scanConfirm:
            .init(
                heading: "Sign in on a computer?",
                paragraphs: [
                    "Please go on only if you are at this computer right now. If somebody sent you the code, press Cancel."
                ], action: nil)
        case .scanDone:
            .init(
                heading: "Confirmed", paragraphs: ["Please go on at the computer. You can close this page."],
                action: nil)
        case .scanDenied:
            .init(
                heading: "Cancelled",
                paragraphs: ["The computer was not signed in and got nothing of yours. You can close this page."],
                action: nil)
        case .scanMismatch:
            .init(
                heading: "The numbers differ",
                paragraphs: [
                    "That is not the number on the computer, so it was not signed in. If you are signing in there, please ask it for a new code and scan again."
                ], action: nil)
        case .scanOver:
            .init(
                heading: "This code is no longer valid",
                paragraphs: [
                    "The code has expired or was used. Please scan the one that the computer shows now."
                ], action: nil)
        case .scanSignInFirst:
            .init(
                heading: "Please sign in first",
                paragraphs: ["Before you can confirm, please sign in here with WeChat."], action: "Sign in with WeChat")
        case .website:
            .init(
                heading: "Sign in with WeChat", paragraphs: ["Please scan this code with WeChat on your phone."],
                action: "Open WeChat in this window")
        case .openElsewhere:
            .init(
                heading: "Please use a computer",
                paragraphs: [
                    "This application signs in from a computer only. Please open it there and scan the code with WeChat."
                ], action: nil)
        case .leavingFrame:
            .init(
                heading: "Signing you in", paragraphs: ["If nothing happens, please press the button below."],
                action: "Continue to sign in")
        default: nil
        }
    }
}

extension Language {
    private var isChinese: Bool { self == .chinese }

    var scanPictureLabel: String { isChinese ? "登录二维码" : "QR code to sign in" }
    var scanNumberLabel: String { isChinese ? "请在手机上选择" : "Choose on your phone" }
    var scanChoiceLabel: String { isChinese ? "请选择电脑上显示的数字" : "Which number does the computer show?" }
    var browserLabel: String { isChinese ? "浏览器" : "Browser" }
    var systemLabel: String { isChinese ? "系统" : "System" }
    var addressLabel: String { isChinese ? "网络地址" : "Address" }
    var scanTimeLabel: String { isChinese ? "发起时间" : "Started" }
    var websiteCodeLabel: String { isChinese ? "使用微信网站二维码" : "Use WeChat’s own code" }
    var scanCodeLabel: String { isChinese ? "使用公众号二维码" : "Use another code" }
    var otherPhoneLabel: String { isChinese ? "用另一部手机扫码登录" : "Scan with another phone" }
    var actAsPhoneLabel: String { isChinese ? "扮演手机（模拟器）" : "Act as the phone (simulator)" }
    var stayHereLabel: String { isChinese ? "在此浏览器中继续（模拟器）" : "Continue in this browser (simulator)" }

    func name(of browser: BrowserDescription.Name) -> String {
        switch browser {
        case .other: isChinese ? "其他浏览器" : "Another browser"
        case .qq: isChinese ? "QQ 浏览器" : "QQ Browser"
        case .weCom: isChinese ? "企业微信" : "WeCom"
        case .samsung: isChinese ? "三星浏览器" : browser.rawValue
        default: browser.rawValue
        }
    }

    func name(of system: BrowserDescription.System) -> String {
        switch system {
        case .other: isChinese ? "其他系统" : "Another system"
        case .harmony: isChinese ? "鸿蒙" : system.rawValue
        default: system.rawValue
        }
    }

    /// How long ago, to the nearest ten seconds.
    func ago(_ seconds: Double) -> String {
        let tens = Int(max(0, seconds) / 10) * 10
        if tens == 0 { return isChinese ? "刚刚" : "just now" }
        return isChinese ? "\(tens) 秒前" : "\(tens) seconds ago"
    }
}
