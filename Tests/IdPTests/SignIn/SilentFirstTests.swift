import HTTPTypes
import JWT
import Testing
import WeChatSimulator

@testable import IdP

@Suite("Silent first, step up when needed")
struct SilentFirstTests {
    @Test("an unknown person sees our page, and only its tap goes to snsapi_userinfo")
    func unknownPerson() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            #expect(page.status == .ok && page.page == "sign-in")
            #expect(browser.wechatVisits.count == 1)
            #expect(browser.wechatVisits.first?.contains("scope=snsapi_base") == true)
            #expect(browser.wechatVisits.first?.contains("forcePopup") == false)
            #expect(try await app.isUntouched())
            let consent = try await browser.press(page)
            #expect(browser.wechatVisits.last?.contains("scope=snsapi_userinfo") == true)
            #expect(try await app.isUntouched())
            let answer = try await browser.press(consent)
            #expect(answer.query["code"] != nil)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("a known person sees nothing")
    func knownPerson() async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app))
            let browser = Browser(app)
            let answer = try await browser.open(AuthorizationRequest().url)
            #expect(answer.query["code"] != nil)
            #expect(browser.pages.isEmpty)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("the address at WeChat is the documented string, byte for byte")
    func authorizeURL() async throws {
        try await TestApp.story { app in
            let answer = try await Browser(app).request(AuthorizationRequest().url)
            let location = try #require(answer.location)
            let state = try #require(answer.query["state"])
            #expect(
                location == "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0000000000000001"
                    + "&redirect_uri=https%3A%2F%2Fid.example.com%2Fconnections%2Fwechat%2Fcallback"
                    + "&response_type=code&scope=snsapi_base&state=\(state)#wechat_redirect")
        }
    }

    @Test("the main control of our page names WeChat or signing in, in both languages")
    func mainControl() async throws {
        try await TestApp.story { app in
            for (languages, word) in [("zh-CN", "微信"), ("en", "WeChat")] {
                let page = try await Browser(app, languages: languages).open(AuthorizationRequest().url)
                let start = try #require(page.text.firstRange(of: "<a class=\"button main\""))
                #expect(page.text[start.upperBound...].prefix { $0 != "/" || true }.contains(word))
            }
        }
    }

    @Test("a snapshot page makes nothing, then the real visit exactly one account", arguments: [true, false])
    func snapshot(inFrame: Bool) async throws {
        try await TestApp.story { app in
            await app.simulator.setBehaviour {
                $0.snapshot = .firstVisit
                $0.snapshotDelivery = inFrame ? .frame : .redirect
            }
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let shown = try await browser.press(page)
            if inFrame {
                // The frame has no cookies, so its callback is not the browser's.
                let frame = try #require(shown.text.value(of: "src", after: "<iframe"))
                let inner = try await browser.request(.get, frame, sendsCookies: false)
                #expect(inner.location == nil && inner.status.code < 500)
            } else {
                #expect(shown.page == "snapshot" && shown.status == .ok)
            }
            #expect(try await app.isUntouched())
            let real = try await inFrame ? browser.press(shown) : browser.open(fullService(browser))
            let answer = try await browser.pressOn(real)
            #expect(answer.query["code"] != nil, "\(answer.page ?? answer.url)")
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("wechat_openids") == 1)
            #expect(try await app.count("sessions") == 1)
            #expect(try await app.count("grants") == 1)
        }
    }

    @Test(
        "a snapshot page's callback that comes again: one exchange, the same page, and the real visit works",
        arguments: [true, false])
    func snapshotTwice(atOnce: Bool) async throws {
        try await TestApp.story { app in
            await app.simulator.setBehaviour { ($0.snapshot, $0.snapshotDelivery) = (.firstVisit, .redirect) }
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let callback = try await browser.callback(try #require(browser.mainLink(page)))
            let before = app.bridge.exchanges
            let shown = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await browser.open(callback).page }
                    if !atOnce { try await group.waitForAll() }
                }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(shown.isSubset(of: ["snapshot"]))
            #expect(try await browser.open(callback).page == "snapshot")
            #expect(app.bridge.exchanges == before + 1)
            #expect(try await app.isUntouched())
            let real = try await browser.pressOn(try await browser.open(fullService(browser)))
            #expect(real.query["code"] != nil, "\(real.page ?? real.url)")
            // Late once more: it changes nothing for the one who is signed in.
            #expect(try await browser.open(callback).location == real.location)
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("sessions") == 1)
            #expect(app.bridge.exchanges == before + 2)
        }
    }

    /// What 使用完整服务 opens: the same address at WeChat.
    private func fullService(_ browser: Browser) -> String {
        (browser.wechatVisits.last ?? "").prefix { $0 != "#" } + "&simulator_full=1"
    }

    @Test("an answer marked is_snapshotuser never signs in, not even a known openid, nor with a session")
    func snapshotMarkOnly() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            await app.simulator.setBehaviour { $0.snapshotMarkOnRealUser = true }
            let other = Browser(app)
            let answer = try await other.open(AuthorizationRequest().url)
            #expect(answer.page == "snapshot" && answer.location == nil)
            #expect(other.cookies["__Host-wxidp-session-default"] == nil)
            #expect(try await app.count("sessions") == 1)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("scope snsapi_base asks for no more than the openid, and makes a person at once")
    func scopeBase() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let answer = try await browser.open(AuthorizationRequest("based").url)
            #expect(answer.query["code"] != nil)
            #expect(browser.pages.isEmpty && app.bridge.calls("/sns/userinfo") == 0)
            let tokens = try await app.redeem(try #require(answer.query["code"]), "based")
            let claims = try await app.verified(tokens.field("id_token"), type: .jwt)
            #expect(claims["acr"]?.stringValue == "urn:wxidp:acr:silent")
            let me = try await app.me(tokens.field("access_token"))
            #expect(me.json["nickname"] == nil && me.json["picture"] == nil && me.json["email"] == nil)
            // A demanded new sign-in still starts with a tap and stays snsapi_base.
            let page = try await browser.open(AuthorizationRequest("based", ["prompt": "login"]).url)
            #expect(page.page == "sign-in-again")
            #expect(try await browser.pressOn(page).query["code"] != nil)
            #expect(!browser.wechatVisits.contains { $0.contains("snsapi_userinfo") })
        }
    }

    @Test("scope snsapi_userinfo always shows our page before WeChat")
    func scopeUserInfo() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest("full").url)
            #expect(page.page == "sign-in" && browser.wechatVisits.isEmpty)
            #expect(try await browser.pressOn(page).query["code"] != nil)
            #expect(browser.wechatVisits.allSatisfy { $0.contains("scope=snsapi_userinfo") })
        }
    }
}
