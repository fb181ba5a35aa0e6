import HTTPTypes
import Testing

@testable import IdP

@Suite("The callback may come twice, from another address, without cookies")
struct CallbackTests {
    /// Alice is known, so her callback ends with a code.
    private func known(_ app: TestApp) async throws -> (Browser, callback: String, exchanges: Int) {
        _ = try await app.code(in: Browser(app))
        let browser = Browser(app)
        let callback = try await browser.callback(AuthorizationRequest().url)
        return (browser, callback, app.bridge.exchanges)
    }

    @Test("unbound first: a harmless page, nothing exchanged, and the real one works")
    func unboundFirst() async throws {
        try await TestApp.story { app in
            let (browser, callback, before) = try await known(app)
            let scanner = Browser(app, userAgent: Browser.safari)
            for _ in 0..<3 {
                let page = try await scanner.request(callback)
                #expect(page.status.code < 500 && page.location == nil && page.page == "one-more-tap")
                #expect(scanner.cookies["__Host-wxidp-session-default"] == nil)
            }
            #expect(app.bridge.exchanges == before)
            #expect(try await browser.open(callback).query["code"] != nil)
            #expect(app.bridge.exchanges == before + 1)
        }
    }

    @Test("unbound second: a harmless page, and the bound one's answer stands")
    func unboundSecond() async throws {
        try await TestApp.story { app in
            let (browser, callback, before) = try await known(app)
            let answer = try await browser.open(callback)
            let page = try await Browser(app).request(callback)
            #expect(page.status.code < 500 && page.location == nil)
            #expect(page.setCookies.isEmpty)
            #expect(app.bridge.exchanges == before + 1)
            #expect(try await app.redeem(try #require(answer.query["code"])).status == .ok)
        }
    }

    @Test("with another browser's cookies: as if without")
    func foreignCookies() async throws {
        try await TestApp.story { app in
            let (browser, callback, before) = try await known(app)
            let other = Browser(app, person: "xiaoming")
            _ = try await other.request(AuthorizationRequest().url)
            let page = try await other.request(callback)
            #expect(page.page == "one-more-tap" && page.location == nil)
            #expect(app.bridge.exchanges == before)
            #expect(try await browser.open(callback).query["code"] != nil)
        }
    }

    @Test("bound twice, one after the other: one exchange, the same redirect, a harmless page once the code is spent")
    func boundTwice() async throws {
        try await TestApp.story { app in
            let (browser, callback, before) = try await known(app)
            let first = try await browser.open(callback)
            let second = try await browser.open(callback)
            #expect(first.location != nil && first.location == second.location)
            #expect(app.bridge.exchanges == before + 1)
            #expect(try await app.redeem(try #require(first.query["code"])).status == .ok)
            let third = try await browser.open(callback)
            #expect(third.status == .ok && third.page == "already-finished" && third.location == nil)
            #expect(app.bridge.exchanges == before + 1)
            #expect(try await app.count("authorization_codes") == 2)
        }
    }

    @Test("bound repeat after the code's minute: a harmless page")
    func boundLate() async throws {
        try await TestApp.story { app in
            let (browser, callback, _) = try await known(app)
            _ = try await browser.open(callback)
            app.clock.advance(by: 61)
            let late = try await browser.open(callback)
            #expect(late.status == .ok && late.page == "already-finished")
        }
    }

    @Test("bound many times in parallel: exactly one exchange, and all get the same redirect")
    func boundParallel() async throws {
        try await TestApp.story { app in
            let (browser, callback, before) = try await known(app)
            let locations = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<8 { group.addTask { try await browser.open(callback).location } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1 ?? "page") }
            }
            #expect(locations.count == 1 && locations.first?.contains("code=") == true)
            #expect(app.bridge.exchanges == before + 1)
            #expect(try await app.count("authorization_codes") == 2)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("of somebody new, in parallel: one account")
    func newPersonParallel() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let callback = try await browser.callback(try #require(browser.mainLink(page)))
            let locations = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<6 { group.addTask { try await browser.open(callback).location } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1 ?? "page") }
            }
            #expect(locations.count == 1 && locations.first?.contains("code=") == true)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("a repeat of a callback that found nobody shows the same page again")
    func repeatOfUnknown() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let callback = try await browser.callback(AuthorizationRequest().url)
            let first = try await browser.open(callback)
            let second = try await browser.open(callback)
            #expect(first.page == "sign-in" && second.page == "sign-in")
            #expect(app.bridge.exchanges == 1)
            #expect(try await browser.pressOn(second).query["code"] != nil)
        }
    }

    @Test("a lost cookie costs one more tap, then it works")
    func lostCookie() async throws {
        try await TestApp.story { app in
            let (browser, callback, before) = try await known(app)
            browser.cookies = [:]
            let page = try await browser.open(callback)
            #expect(page.page == "one-more-tap")
            #expect(app.bridge.exchanges == before)
            let answer = try await browser.press(page)
            #expect(answer.query["code"] != nil && answer.query["state"] == "st.A_te~1")
        }
    }

    @Test("a cookie lost twice is explained")
    func lostCookieTwice() async throws {
        try await TestApp.story { app in
            let (browser, callback, before) = try await known(app)
            browser.cookies = [:]
            let page = try await browser.open(callback)
            let second = try await browser.callback(try #require(browser.mainLink(page)))
            browser.cookies = [:]
            let explained = try await browser.open(second)
            #expect(explained.page == "cookies-blocked" && explained.location == nil)
            #expect(app.bridge.exchanges == before)
        }
    }

    struct BadState: Sendable, CustomTestStringConvertible {
        let name: String
        let change: @Sendable (String, String) -> String
        var testDescription: String { name }
    }

    static let badStates: [BadState] = [
        BadState(name: "missing") { _, _ in "code=c" },
        BadState(name: "empty") { _, _ in "code=c&state=" },
        BadState(name: "unknown") { code, _ in "code=\(code)&state=" + String(repeating: "a", count: 32) },
        BadState(name: "upper case") { code, state in "code=\(code)&state=\(state.uppercased())" },
        BadState(name: "cut") { code, state in "code=\(code)&state=\(state.dropLast())" },
        BadState(name: "lengthened") { code, state in "code=\(code)&state=\(state)0" },
        BadState(name: "with a text appended") { code, state in "code=\(code)&state=\(state)https://hao.example/" },
        BadState(name: "repeated") { code, state in "code=\(code)&state=\(state)&state=\(state)" },
        BadState(name: "another first") { code, state in
            "code=\(code)&state=\(String(repeating: "b", count: 32))&state=\(state)"
        },
        BadState(name: "with U+0301") { code, state in "code=\(code)&state=\(state.dropLast())%CC%81" },
        BadState(name: "broken encoding") { code, state in "code=\(code)&state=\(state)%" },
        BadState(name: "code repeated") { code, state in "code=\(code)&code=x&state=\(state)" },
        BadState(name: "code with blanks") { _, state in "code=a%20b&state=\(state)" },
        BadState(name: "code with NUL") { _, state in "code=a%00b&state=\(state)" },
        BadState(name: "code too long") { _, state in "code=\(String(repeating: "a", count: 513))&state=\(state)" },
        BadState(name: "code with markup") { _, state in "code=%3Cscript%3E&state=\(state)" },
    ]

    @Test("a bad state or code is a page, exchanges nothing, and does not use the good state up", arguments: badStates)
    func badState(_ bad: BadState) async throws {
        try await TestApp.story { app in
            let (browser, callback, before) = try await known(app)
            let parameters = Address.parameters(callback, after: "?")
            let query = bad.change(parameters["code"] ?? "", parameters["state"] ?? "")
            let page = try await browser.request("/connections/wechat/callback?" + query)
            #expect(page.status == .badRequest && page.location == nil && page.page != nil)
            #expect(!page.text.contains("<script>"))
            #expect(app.bridge.exchanges == before)
            #expect(try await browser.open(callback).query["code"] != nil)
        }
    }

    @Test("state: 32 of [0-9a-f], another each time, good for ten minutes")
    func stateShape() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            var states: Set<String> = []
            for _ in 0..<5 {
                let state = try #require(try await browser.request(AuthorizationRequest().url).query["state"])
                #expect(state.wholeMatch(of: /[0-9a-f]{32}/) != nil)
                states.insert(state)
            }
            #expect(states.count == 5)
            _ = try await app.code(in: Browser(app))
            let callback = try await browser.callback(AuthorizationRequest().url)
            app.clock.advance(by: 600)
            let before = app.bridge.exchanges
            let late = try await browser.request(callback)
            #expect(late.page == "start-again" && late.location == nil)
            #expect(app.bridge.exchanges == before)
        }
    }

    @Test("just before ten minutes the state still works")
    func stateLife() async throws {
        try await TestApp.story { app in
            let (browser, _, _) = try await known(app)
            let away = try await browser.request(AuthorizationRequest().url)
            app.clock.advance(by: 599)
            #expect(try await browser.open(try #require(away.location)).query["code"] != nil)
        }
    }

    @Test("a used state takes no second code")
    func usedState() async throws {
        try await TestApp.story { app in
            let (browser, callback, before) = try await known(app)
            let first = try await browser.open(callback)
            let state = try #require(Address.parameters(callback, after: "?")["state"])
            let other = try await Browser(app, person: "xiaoming").callback(AuthorizationRequest().url)
            let code = try #require(Address.parameters(other, after: "?")["code"])
            let again = try await browser.request("/connections/wechat/callback?code=\(code)&state=\(state)")
            #expect(again.location == nil || again.location == first.location)
            #expect(app.bridge.exchanges == before + 1)
        }
    }

    @Test("started at one WeChat app, it cannot finish with a code of another")
    func connectionMixUp() async throws {
        try await TestApp.story { app in
            _ = try await app.code("second", in: Browser(app))
            let users = try await app.count("users")
            let victim = try await Browser(app).callback(AuthorizationRequest("second").url)
            let code = try #require(Address.parameters(victim, after: "?")["code"])
            let browser = Browser(app)
            let started = try await browser.request(AuthorizationRequest("web").url)
            let state = try #require(started.query["state"])
            let page = try await browser.request("/connections/wechat/callback?code=\(code)&state=\(state)")
            #expect(page.page == "code-refused" && page.location == nil)
            #expect(app.bridge.urls.last?.contains("appid=wx0000000000000001") == true)
            #expect(try await app.count("users") == users)
            #expect(try await app.count("sessions") == 1)
        }
    }

    @Test("a code injected into somebody's callback by a link is worth nothing without the binding")
    func loginFixation() async throws {
        try await TestApp.story { app in
            let attacker = Browser(app, person: "xiaoming")
            let page = try await attacker.open(AuthorizationRequest().url)
            let callback = try await attacker.callback(try #require(attacker.mainLink(page)))
            let victim = Browser(app, person: "alice")
            let shown = try await victim.open(callback)
            #expect(shown.location == nil && victim.cookies["__Host-wxidp-session-default"] == nil)
            #expect(try await app.isUntouched())
            // Even pressing on ends with the victim's own account.
            let answer = try await victim.pressOn(shown)
            let tokens = try await app.redeem(try #require(answer.query["code"]))
            #expect(try await app.me(tokens.field("access_token")).field("nickname") == "Alice")
        }
    }

    @Test("the binding is new after each finished sign-in, and the session cookie after each exchange")
    func freshCookies() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let first = browser.cookies
            let page = try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url)
            #expect(browser.cookies["__Host-wxidp-signin-default"] != first["__Host-wxidp-signin-default"])
            _ = try await browser.pressOn(page)
            #expect(browser.cookies["__Host-wxidp-session-default"] != first["__Host-wxidp-session-default"])
            let thief = Browser(app)
            thief.cookies = first
            let quiet = try await thief.open(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(quiet.query["error"] == "login_required")
        }
    }

    @Test("two tabs sign in beside one another")
    func twoTabs() async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app))
            let browser = Browser(app)
            let one = try await browser.callback(AuthorizationRequest(state: "one").url)
            let two = try await browser.callback(AuthorizationRequest(state: "two").url)
            #expect(try await browser.open(two).query["state"] == "two")
            #expect(try await browser.open(one).query["state"] == "one")
        }
    }

    @Test("HEAD neither claims nor exchanges")
    func head() async throws {
        try await TestApp.story { app in
            let (browser, callback, before) = try await known(app)
            _ = try await browser.request(.head, callback)
            #expect(app.bridge.exchanges == before)
            #expect(try await browser.open(callback).query["code"] != nil)
        }
    }
}
