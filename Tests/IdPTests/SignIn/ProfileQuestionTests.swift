import HTTPTypes
import Testing
import WeChatSimulator

@testable import IdP

@Suite("A known person without a profile is asked for one only when it is requested, once, and may decline")
struct ProfileQuestionTests {
    /// Somebody whose profile was never asked for.
    private func withoutProfile(_ app: TestApp) async throws {
        _ = try await app.code(in: Browser(app))
        try await app.execute("UPDATE users SET nickname = NULL, picture = NULL, profile_asked_at = NULL")
    }

    @Test("not asked without the scope, nor with prompt=none, nor outside WeChat")
    func notAsked() async throws {
        try await TestApp.story { app in
            try await withoutProfile(app)
            let browser = Browser(app)
            #expect(try await browser.open(AuthorizationRequest(scope: "openid").url).query["code"] != nil)
            #expect(try await browser.open(AuthorizationRequest("web", ["prompt": "none"]).url).query["code"] != nil)
            let safari = Browser(app, userAgent: Browser.safari)
            safari.cookies = browser.cookies
            #expect(try await safari.open(AuthorizationRequest().url).query["code"] != nil)
        }
    }

    @Test("allowed: name and picture come, the session stays one")
    func allowed() async throws {
        try await TestApp.story { app in
            try await withoutProfile(app)
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            #expect(page.page == "ask-profile")
            let answer = try await browser.pressOn(page)
            let tokens = try await app.redeem(try #require(answer.query["code"]))
            #expect(try await app.me(tokens.field("access_token")).field("nickname") == "Alice")
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("skipped on our page: signed in, and never asked again")
    func skipped() async throws {
        try await TestApp.story { app in
            try await withoutProfile(app)
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let answer = try await browser.skip(page)
            #expect(answer.query["code"] != nil)
            #expect(try await Browser(app).open(AuthorizationRequest().url).query["code"] != nil)
        }
    }

    @Test("refused at WeChat: signed in all the same, and never asked again", arguments: [true, false])
    func refusedAtWeChat(withStateOnly: Bool) async throws {
        try await TestApp.story { app in
            try await withoutProfile(app)
            await app.simulator.setBehaviour { $0.refusal = withStateOnly ? .stateOnly : .authDeny }
            let browser = Browser(app)
            let consent = try await browser.press(try await browser.open(AuthorizationRequest().url))
            let answer = try await browser.refuse(consent)
            #expect(answer.query["code"] != nil, "\(answer.location ?? answer.page ?? "")")
            #expect(try await Browser(app).open(AuthorizationRequest().url).query["code"] != nil)
        }
    }

    @Test(
        "declined by somebody whose session is of an earlier sign-in: signed in all the same, and never asked again",
        arguments: ["stateOnly", "authDeny", "skip"])
    func declinedWithSession(_ way: String) async throws {
        try await TestApp.story { app in
            try await withoutProfile(app)
            await app.simulator.setBehaviour { $0.refusal = way == "authDeny" ? .authDeny : .stateOnly }
            let browser = Browser(app)
            #expect(try await browser.open(AuthorizationRequest(scope: "openid").url).query["code"] != nil)
            let visits = browser.wechatVisits.count
            let page = try await browser.open(AuthorizationRequest().url)
            #expect(page.page == "ask-profile" && browser.wechatVisits.count == visits)
            let answer =
                try await way == "skip" ? browser.skip(page) : browser.refuse(try await browser.press(page))
            #expect(answer.query["code"] != nil, "\(answer.location ?? answer.page ?? "")")
            for again in [browser, Browser(app)] {
                #expect(try await again.open(AuthorizationRequest().url).query["code"] != nil)
            }
        }
    }

    @Test("a profile with nothing in it is an answer too")
    func emptyProfile() async throws {
        try await TestApp.story { app in
            let browser = Browser(app, person: "nobody")
            _ = try await app.code(in: browser)
            let again = try await Browser(app, person: "nobody").open(AuthorizationRequest().url)
            #expect(again.query["code"] != nil)
        }
    }

    @Test("merged into another account: what was answered before is not asked again")
    func mergedAnswer() async throws {
        try await TestApp.story { app in
            // One person, two accounts: the unionid came only later.
            _ = try await app.code("second", in: Browser(app))
            await app.simulator.setBehaviour { $0.unionIDInProfileOnly = true }
            try await app.execute("DELETE FROM wechat_unionids")
            try await app.execute("UPDATE wechat_openids SET unionid = NULL")
            _ = try await app.code(in: Browser(app))
            try await app.execute(
                "UPDATE users SET nickname = NULL, picture = NULL, profile_asked_at = NULL WHERE id IN "
                    + "(SELECT user_id FROM wechat_unionids)")
            try await app.execute(
                "UPDATE users SET nickname = NULL, picture = NULL, profile_asked_at = 1760000000 WHERE id NOT IN "
                    + "(SELECT user_id FROM wechat_unionids)")
            await app.simulator.setBehaviour { $0.unionIDInProfileOnly = false }
            // A confirmed sign-in at the second account brings the unionid, and the accounts merge.
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest("second", ["prompt": "login"]).url)
            _ = try await browser.pressOn(page)
            #expect(try await app.count("users", where: "merged_into IS NOT NULL") == 1)
            #expect(try await app.count("users", where: "merged_into IS NULL AND profile_asked_at IS NULL") == 0)
        }
    }
}
