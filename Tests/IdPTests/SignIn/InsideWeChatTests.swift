import Foundation
import HTTPTypes
import JWT
import Testing
import WeChatSimulator

@testable import IdP

/// The many shapes of WeChat's own browser, and what WeChat may spare a person.
@Suite struct InsideWeChatTests {
    private static let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 "
    private static let android =
        "Mozilla/5.0 (Linux; Android 14; Pixel Build/UP1A; wv) AppleWebKit/537.36 Chrome/116.0.0.0 Mobile Safari/537.36 "
    private static let windows =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36 "

    /// The samples of wechat.md 1.11 in which web page authorization works.
    static let browsers = [
        phone + "Mobile/15E148 MicroMessenger/8.0.31(0x18001f2f) NetType/WIFI Language/zh_CN",
        android
            + "XWEB/1160117 MMWEBSDK/20231202 MMWEBID/4213 MicroMessenger/8.0.46.2540(0x28002E3C) WeChat/arm64 Weixin "
            + "NetType/5G Language/zh_CN ABI/arm64",
        android + "MQQBrowser/6.2 TBS/044205 MicroMessenger/6.7.2",
        android + "MicroMessenger/8.0.46.2540(0x28002E3C) WeChat/arm64 Weixin Android Tablet NetType/WIFI",
        "Mozilla/5.0 (Windows NT 6.1) Chrome/39 Mozilla/5.0 (Windows NT 6.1) MicroMessenger/6.5.2.501 NetType/WIFI "
            + "WindowsWechat QBCore/3.43",
        windows + "NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13) "
            + "UnifiedPCWindowsWechat(0xf254162e) XWEB/18163 Flue",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) MicroMessenger/6.8.0(0x16080000) MacWechat/3.8.7(0x13080712)",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) MicroMessenger/6.8.0 UnifiedPCMacWechat(0xf2641b50) XWEB/20008",
        phone + "Mobile/15E148 MicroMessenger/8.0.31(0x18001f2f) NetType/WIFI miniProgram/wx0123456789abcdef",
        windows + "MicroMessenger/7.0.20 MiniProgramEnv/Windows WindowsWechat/WMPF miniProgram/wx0123456789abcdef",
        phone + "wechatdevtools/1.02.2004020 MicroMessenger/7.0.4 Language/zh_CN webview/15",
    ]

    @Test(
        "every browser of WeChat's signs somebody new in, and then silently, a mini program's web view too",
        arguments: browsers)
    func signsIn(_ userAgent: String) async throws {
        try await TestApp.story { app in
            let first = Browser(app, userAgent: userAgent)
            let page = try await first.open(AuthorizationRequest("both").url)
            #expect(page.page == "sign-in")
            #expect(try await first.pressOn(page).query["code"] != nil)
            let second = Browser(app, userAgent: userAgent)
            #expect(try await second.open(AuthorizationRequest("both").url).query["code"] != nil)
            #expect(second.wechatVisits.count == 1)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("a follower is spared WeChat's page, never ours", arguments: [Behaviour.Consent.followerSilent, .allow])
    func follower(_ consent: Behaviour.Consent) async throws {
        try await TestApp.story { app in
            await app.simulator.setBehaviour { $0.consent = consent }
            for client in ["web", "full"] {
                let browser = Browser(app)
                // A jump to consent as the page opens is what makes WeChat answer with a snapshot page.
                let page = try await browser.open(AuthorizationRequest(client).url)
                #expect(page.page == "sign-in", "\(client)")
                let answer = try await browser.press(page)
                #expect(answer.query["code"] != nil)
                let tokens = try await app.redeem(try #require(answer.query["code"]), client)
                let claims = try await app.verified(tokens.field("id_token"), type: .jwt)
                #expect(claims["acr"]?.stringValue == AuthenticationContext.confirmed.rawValue)
            }
        }
    }

    @Test("a demanded sign-in asks for WeChat's page even of those it would spare")
    func forcePopup() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.tokens(in: browser)
            await app.simulator.setBehaviour { $0.consent = .recentSilent }
            let page = try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url)
            #expect(page.page == "sign-in-again")
            let asked = try await browser.press(page)
            #expect(browser.wechatVisits.last?.contains("&forcePopup=true#wechat_redirect") == true)
            #expect(asked.url.contains(TestApp.wechatHost) && asked.location == nil)
            #expect(try await browser.press(asked).query["code"] != nil)
        }
    }

    @Test("somebody who refuses in silence can simply begin again, and nothing is left of the first time")
    func silence() async throws {
        try await TestApp.story { app in
            await app.simulator.setBehaviour { $0.refusal = .noRedirect }
            let browser = Browser(app)
            let question = try await browser.press(try await browser.open(AuthorizationRequest().url))
            _ = try await browser.refuse(question)
            #expect(try await app.isUntouched())
            let again = try await browser.pressOn(try await browser.open(AuthorizationRequest().url))
            #expect(again.query["code"] != nil)
            app.clock.advance(by: 700)
            try await Housekeeping.sweep(app.database, now: app.clock.now)
            for table in ["sign_ins", "wechat_rounds"] { #expect(try await app.count(table) == 0) }
        }
    }
}
