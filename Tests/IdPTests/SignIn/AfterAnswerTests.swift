import HTTPTypes
import Testing
import WeChatSimulator

@testable import IdP

@Suite("An answered sign-in says the same while its code is unspent and a minute young, and then no more")
struct AfterAnswerTests {
    static let decisions = ["allow", "deny"]

    /// A sign-in that was allowed on our own page.
    private func allowed(_ app: TestApp) async throws -> (Browser, action: String, answer: Answer) {
        let browser = Browser(app)
        _ = try await app.code(in: browser)
        let page = try await browser.open(AuthorizationRequest("third").url)
        let action = try #require(page.text.value(of: "action", after: "<form class=\"choice\""))
        return (browser, action, try await browser.press(page))
    }

    @Test("a decision after the code was redeemed: a harmless page, and the tokens live on", arguments: decisions)
    func afterRedemption(_ decision: String) async throws {
        try await TestApp.story { app in
            let (browser, action, answer) = try await allowed(app)
            let tokens = try await app.redeem(try #require(answer.query["code"]), "third")
            let late = try await browser.request(.post, action, form: ["decision": decision])
            #expect(late.status == .ok && late.page == "already-finished", "\(late.location ?? "")")
            #expect(late.location == nil && !late.text.contains("code="))
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
        }
    }

    @Test("a decision while the code is unspent: the answer that was given, by 303", arguments: decisions)
    func whileUnspent(_ decision: String) async throws {
        try await TestApp.story { app in
            let (browser, action, answer) = try await allowed(app)
            let codes = try await app.count("authorization_codes")
            let again = try await browser.request(.post, action, form: ["decision": decision])
            #expect(again.status == .seeOther && again.location == answer.location)
            #expect(try await app.count("authorization_codes") == codes)
            app.clock.advance(by: 61)
            let late = try await browser.request(.post, action, form: ["decision": decision])
            #expect(late.status == .ok && late.page == "already-finished" && late.location == nil)
        }
    }

    @Test("an allow after a deny: the refusal stands")
    func allowAfterDeny() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let page = try await browser.open(AuthorizationRequest("third").url)
            let denied = try await browser.refuse(page)
            let allowed = try await browser.press(page)
            #expect(denied.query["error"] == "access_denied" && allowed.location == denied.location)
            #expect(allowed.status == .seeOther)
            app.clock.advance(by: 61)
            #expect(try await browser.press(page).page == "already-finished")
            #expect(try await app.count("grants", where: "client_id = 'third'") == 0)
        }
    }

    @Test("two taps, the second one refused at WeChat after the first gave the answer")
    func secondTripRefused() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let link = try #require(browser.mainLink(try await browser.open(AuthorizationRequest().url)))
            let first = try await browser.request(link)
            let second = try await browser.request(link)
            let refusal = "/connections/wechat/callback?state=\(second.query["state"] ?? "")"
            let third = try await browser.request(link)
            let lateRefusal = "/connections/wechat/callback?state=\(third.query["state"] ?? "")"
            let answer = try await browser.pressOn(try await browser.follow(first))
            // The code still waits to be redeemed.
            #expect(try await browser.request(refusal).location == answer.location)
            let tokens = try await app.redeem(try #require(answer.query["code"]))
            let late = try await browser.request(lateRefusal)
            #expect(late.page == "already-finished" && late.location == nil)
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
        }
    }

    @Test("of the social door: a decision after the minute brings no token", arguments: decisions)
    func social(_ decision: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let page = try await browser.open(
                TestApp.socialStart("mp", client: "third", redirectURL: "https://third.example.net/cb"))
            let action = try #require(page.text.value(of: "action", after: "<form class=\"choice\""))
            #expect(try await browser.press(page).fragment["code"] == "200")
            app.clock.advance(by: 61)
            let late = try await browser.request(.post, action, form: ["decision": decision])
            #expect(late.page == "already-finished" && late.location == nil && !late.text.contains("token"))
        }
    }
}
