extension PageText {
    /// What the pages of the device flow say in Chinese; nil for every other page.
    var deviceChinese: Words? {
        switch self {
        case .device:
            .init(heading: "登录设备", paragraphs: ["请输入设备上显示的代码。", "没有在登录设备？请关闭本页，不要输入别人发来的代码。"], action: "继续")
        case .deviceCodeUnknown:
            .init(heading: "代码无效", paragraphs: ["没有设备在等待这个代码，或者它已过期。请核对设备上显示的代码，再输入一次。"], action: "继续")
        case .deviceConfirm:
            .init(
                heading: "确认登录设备", paragraphs: ["请核对代码与你的设备上显示的一致。如果这个代码是别人发给你的，请点“取消”。"],
                action: "同意登录")
        case .deviceDone: .init(heading: "设备已登录", paragraphs: ["请返回设备继续，可以关闭本页。"], action: nil)
        case .deviceDenied: .init(heading: "已拒绝该设备", paragraphs: ["设备没有获得任何信息，可以关闭本页。"], action: nil)
        case .tooManyAttempts: .init(heading: "尝试次数过多", paragraphs: ["请十分钟后再试。"], action: nil)
        default: nil
        }
    }

    /// The same in English.
    var deviceEnglish: Words? {
        switch self {
        case .device:
            .init(
                heading: "Sign in a device",
                paragraphs: [
                    "Please enter the code that your device shows.",
                    "Not signing in a device? Please close this page, and never enter a code that somebody sent you.",
                ],
                action: "Continue")
        case .deviceCodeUnknown:
            .init(
                heading: "This code does not work",
                paragraphs: [
                    "No device is waiting with this code, or it has expired. Please check the code on your device and enter it again."
                ], action: "Continue")
        case .deviceConfirm:
            .init(
                heading: "Let this device in?",
                paragraphs: [
                    "Please check that your device shows the same code. If somebody sent you the code, press Cancel."
                ], action: "Allow")
        case .deviceDone:
            .init(
                heading: "Your device is signed in",
                paragraphs: ["Please go back to the device. You can close this page."], action: nil)
        case .deviceDenied:
            .init(
                heading: "The device was turned away",
                paragraphs: ["It got nothing of yours. You can close this page."], action: nil)
        case .tooManyAttempts:
            .init(heading: "Too many attempts", paragraphs: ["Please try again in ten minutes."], action: nil)
        default: nil
        }
    }
}

extension Language {
    var deviceCodeLabel: String { self == .chinese ? "设备代码" : "Device code" }
}
