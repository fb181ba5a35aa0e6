import HTTPTypes
import Testing
import WeChatSimulator

@testable import IdP

@Suite("A refusal at WeChat goes back to the application when state and binding hold, else it is a page")
struct RefusalTests {
    static let forms = ["state only", "empty code", "authdeny", "authdeny with a reason"]

    private func query(_ form: String, state: String) -> String {
        switch form {
        case "state only": "state=\(state)"
        case "empty code": "code=&state=\(state)"
        case "authdeny": "code=authdeny&reason=&state=\(state)"
        default: "code=authdeny&reason=weixin&state=\(state)"
        }
    }

    @Test("bound: access_denied", arguments: forms)
    func bound(_ form: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let away = try await browser.request(try #require(browser.mainLink(page)))
            let before = app.bridge.exchanges
            let callback = "/connections/wechat/callback?" + query(form, state: away.query["state"] ?? "")
            let answer = try await browser.request(callback)
            #expect(answer.location?.hasPrefix("https://app.example.com/cb?") == true)
            #expect(answer.query["error"] == "access_denied" && answer.query["state"] == "st.A_te~1")
            #expect(answer.query["iss"] == "https://id.example.com/oidc")
            #expect(app.bridge.exchanges == before)
            #expect(try await app.isUntouched())
            // The state is used up by it.
            let code = try await Browser(app).callback(AuthorizationRequest().url)
            let late = try await browser.request(
                "/connections/wechat/callback?code=\(Address.parameters(code, after: "?")["code"] ?? "")"
                    + "&state=\(away.query["state"] ?? "")")
            #expect(late.query["code"] == nil && app.bridge.exchanges == before)
        }
    }

    @Test("unbound: a page, and the state is not used up", arguments: forms)
    func unbound(_ form: String) async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app))
            let browser = Browser(app)
            let callback = try await browser.callback(AuthorizationRequest().url)
            let state = Address.parameters(callback, after: "?")["state"] ?? ""
            let page = try await Browser(app).request("/connections/wechat/callback?" + query(form, state: state))
            #expect(page.location == nil && page.status == .ok && page.page == "refused")
            // Nothing to press: whoever refused is not led on, nor is a stranger.
            #expect(!page.text.contains("/oidc/auth/"))
            #expect(try await browser.open(callback).query["code"] != nil)
        }
    }

    @Test("an unknown state: a page", arguments: forms)
    func unknown(_ form: String) async throws {
        try await TestApp.story { app in
            let state = String(repeating: "0", count: 32)
            let page = try await Browser(app).request("/connections/wechat/callback?" + query(form, state: state))
            #expect(page.location == nil && page.page == "start-again")
        }
    }

    @Test("through the consent page, in the ways it has")
    func throughConsentPage() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            for (number, reason) in ["", "101", "weixin"].enumerated() {
                await app.simulator.setBehaviour {
                    $0.refusal = number == 0 ? .stateOnly : .authDeny
                    $0.refusalReason = reason
                }
                let consent = try await browser.press(try await browser.open(AuthorizationRequest().url))
                #expect(try await browser.refuse(consent).query["error"] == "access_denied")
            }
            // In silence: nothing comes, and the application can start again.
            await app.simulator.setBehaviour { $0.refusal = .noRedirect }
            let consent = try await browser.press(try await browser.open(AuthorizationRequest().url))
            #expect(try await browser.refuse(consent).location == nil)
            app.clock.advance(by: 700)
            #expect(try await app.code(in: browser).isEmpty == false)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("of a demanded new sign-in: access_denied, and the old session lives on")
    func reauthentication() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            await app.simulator.setBehaviour { $0.refusal = .stateOnly }
            let page = try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url)
            #expect(try await browser.refuse(try await browser.press(page)).query["error"] == "access_denied")
            #expect(try await browser.open(AuthorizationRequest("web", ["prompt": "none"]).url).query["code"] != nil)
        }
    }
}
