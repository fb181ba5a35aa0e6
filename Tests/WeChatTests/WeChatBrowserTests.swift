import Testing
import WeChat

@Suite("The User-Agent")
struct WeChatBrowserTests {
    @Test(
        "tells who asks",
        arguments: [
            ("", WeChatBrowser.Client.outside, false, nil),
            ("Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36", .outside, false, nil),
            ("Mozilla/5.0 WindowsWechat miniProgram/wx0123456789abcdef", .outside, false, nil),
            ("Mobile/15E148 MicroMessenger/8.0.31(0x18001f2f) NetType/WIFI Language/zh_CN", .wechat, false, nil),
            (
                "XWEB/1160117 MMWEBSDK/20231202 MMWEBID/4213 MicroMessenger/8.0.46.2540(0x28002E3C) WeChat/arm64 Weixin "
                    + "Android Tablet NetType/5G Language/zh_CN ABI/arm64", .wechat, false, nil
            ),
            ("MQQBrowser/6.2 TBS/044205 Mobile Safari/537.36 MicroMessenger/6.7.2", .wechat, false, nil),
            ("MicroMessenger/6.5.2.501 NetType/WIFI WindowsWechat QBCore/3.43", .wechat, true, nil),
            (
                "NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13) "
                    + "UnifiedPCWindowsWechat(0xf254162e) XWEB/18163 Flue", .wechat, true, nil
            ),
            ("MicroMessenger/6.8.0(0x16080000) MacWechat/3.8.7(0x13080712)", .wechat, true, nil),
            ("MicroMessenger/6.8.0 UnifiedPCMacWechat(0xf2641b50) XWEB/20008", .wechat, true, nil),
            (
                "MicroMessenger/8.0.31(0x18001f2f) miniProgram/wx0123456789abcdef", .wechat, false,
                "wx0123456789abcdef"
            ),
            ("MicroMessenger/8.0 miniProgram/wx01234", .wechat, false, nil),
            (
                "MicroMessenger/7.0.20 MiniProgramEnv/Windows WindowsWechat/WMPF miniProgram/wx0123456789abcdef",
                .wechat,
                true, "wx0123456789abcdef"
            ),
            ("wxwork/4.1.39 MicroMessenger/7.0.1 Language/zh ColorScheme/Light wwmver/3.26", .weCom, false, nil),
            ("wxwork/4.1.39 (MicroMessenger/6.2) WindowsWechat MailPlugin_Electron WeMail", .weCom, true, nil),
            ("wechatdevtools/1.02 MicroMessenger/7.0.4 webview/1", .wechat, false, nil),
            ("mobile micromessenger/8.0.31", .wechat, false, nil),
            // Two browsers in one header, and a Mac that calls itself Windows as well.
            (
                "Mozilla/5.0 (Windows NT 6.1) Chrome/39 Mozilla/5.0 (Windows NT 6.1) MicroMessenger/6.5.2.501 "
                    + "NetType/WIFI WindowsWechat", .wechat, true, nil
            ),
            ("MicroMessenger/6.8.0(0x16080000) MacWechat/3.8.7 WindowsWechat XWEB/20008", .wechat, true, nil),
            // The desktop's own requests for a mini program carry no MicroMessenger and open no page.
            ("Mozilla/5.0 MiniProgramEnv/Windows WindowsWechat/WMPF WindowsWechat(0x63090a13)", .outside, false, nil),
            ("Mozilla/5.0 MiniProgramEnv/Mac MacWechat/WMPF MacWechat/3.8.7", .outside, false, nil),
            (
                "MicroMessenger/6.8.0 MacWechat/3.8.7 MiniProgramEnv/Mac miniProgram/wxABCDEF0123456789", .wechat, true,
                "wxabcdef0123456789"
            ),
            // The first of two that is whole.
            (
                "MicroMessenger/8.0 miniProgram/wx0123 miniProgram/wx0123456789abcdef", .wechat, false,
                "wx0123456789abcdef"
            ),
            // WeCom never is WeChat, whatever else it says.
            ("wxwork/4.1.39 MicroMessenger/7.0.1 miniProgram/wx0123456789abcdef", .weCom, false, nil),
            ("WXWORK/4.1.39 micromessenger/7.0.1", .weCom, false, nil),
            ("MicroMessenger", .outside, false, nil),
        ] as [(String, WeChatBrowser.Client, Bool, String?)]
    )
    func tellsWho(userAgent: String, client: WeChatBrowser.Client, isDesktop: Bool, miniProgram: String?) {
        let surface = WeChatBrowser.detect(userAgent: userAgent)
        #expect(surface.client == client)
        #expect(surface.isDesktop == isDesktop)
        #expect(surface.miniProgramAppID?.rawValue == miniProgram)
    }
}
