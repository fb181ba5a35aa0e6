import HTTPTypes
import JWT
import Testing
import WeChatSimulator

@testable import IdP

@Suite("Identities are keyed by (open platform, unionid) and (appid, openid)")
struct IdentityTests {
    @Test("base, then userinfo, same openid: one user")
    func baseThenUserInfo() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let page = try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url)
            _ = try await browser.pressOn(page)
            _ = try await app.code(in: Browser(app))
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("wechat_openids") == 1)
        }
    }

    @Test("a second app with the same unionid: one user with one sub")
    func secondApp() async throws {
        try await TestApp.story { app in
            let first = try await app.verified(try await app.tokens().field("id_token"), type: .jwt)
            let second = try await app.verified(
                try await app.tokens("second", in: Browser(app)).field("id_token"), type: .jwt)
            #expect(first.subject == second.subject)
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("wechat_openids") == 2)
            #expect(try await app.count("wechat_unionids") == 1)
            // From now on the second app knows its openid, silently.
            let browser = Browser(app)
            #expect(try await browser.open(AuthorizationRequest("second").url).query["code"] != nil)
            #expect(browser.pages.isEmpty)
        }
    }

    @Test("the unionid arriving later joins the known openid")
    func unionIDLater() async throws {
        try await TestApp.story { app in
            await app.simulator.setBehaviour { $0.unionIDInProfileOnly = true }
            _ = try await app.code(in: Browser(app))
            try await app.execute("DELETE FROM wechat_unionids")
            try await app.execute("UPDATE wechat_openids SET unionid = NULL")
            let browser = Browser(app)
            _ = try await browser.pressOn(
                try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url))
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("wechat_unionids") == 1)
            #expect(try await app.count("wechat_openids", where: "unionid IS NOT NULL") == 1)
        }
    }

    @Test("two accounts that turn out to be one person merge, and what the loser could do ends")
    func merge() async throws {
        try await TestApp.story { app in
            let winnerTokens = try await app.tokens()
            let loserBrowser = Browser(app)
            try await app.execute("UPDATE wechat_unionids SET unionid = 'oHiddenForNow'")
            let loserTokens = try await app.tokens("second", in: loserBrowser)
            #expect(try await app.count("users") == 2)
            // The platform's true unionid comes to light at the first app.
            try await app.execute("DELETE FROM wechat_unionids WHERE unionid <> 'oHiddenForNow'")
            try await app.execute(
                "UPDATE wechat_unionids SET unionid = (SELECT unionid FROM wechat_openids WHERE app_id = 'wx0000000000000001')"
            )
            let page = try await loserBrowser.open(AuthorizationRequest("second", ["prompt": "login"]).url)
            let answer = try await loserBrowser.pressOn(page)
            let merged = try await app.redeem(try #require(answer.query["code"]), "second")
            let winner = try await app.verified(winnerTokens.field("id_token"), type: .jwt)
            #expect(try await app.verified(merged.field("id_token"), type: .jwt).subject == winner.subject)
            #expect(try await app.me(loserTokens.field("access_token")).status == .unauthorized)
            #expect(try await app.refresh(loserTokens.field("refresh_token"), "second").error == "invalid_grant")
            #expect(try await app.me(winnerTokens.field("access_token")).status == .ok)
            #expect(try await app.count("users", where: "merged_into IS NULL") == 1)
        }
    }

    @Test("without an open platform a unionid is stored nowhere and links nobody")
    func withoutPlatform() async throws {
        try await TestApp.story { app in
            app.bridge.script(
                .body(
                    #"{"access_token":"86_a","expires_in":7200,"refresh_token":"86_r","openid":"oFull","scope":"snsapi_userinfo","unionid":"oStranger"}"#
                ),
                .body(#"{"openid":"oFull","nickname":"F","headimgurl":"","unionid":"oStranger"}"#))
            let browser = Browser(app)
            _ = try await browser.pressOn(try await browser.open(AuthorizationRequest("full").url))
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("wechat_unionids") == 0)
        }
    }

    @Test("an openid that looks like somebody's unionid is another person")
    func neverMixed() async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app))
            let rows = try await app.database.query("SELECT unionid FROM wechat_unionids", [])
            let unionID = try #require(try rows.first?.text("unionid"))
            app.bridge.script(
                .body(
                    #"{"access_token":"86_a","expires_in":7200,"refresh_token":"86_r","openid":"\#(unionID)","scope":"snsapi_base"}"#
                ))
            _ = try await app.code("based", in: Browser(app))
            #expect(try await app.count("users") == 2)
        }
    }

    @Test("a blocked person gets a page, no session and no code")
    func blocked() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            try await app.execute("UPDATE users SET blocked = 1")
            let quiet = try await browser.open(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(quiet.query["error"] == "login_required")
            let answer = try await Browser(app).open(AuthorizationRequest().url)
            #expect(answer.page == "account-limited" && answer.status == .forbidden)
            #expect(try await app.count("sessions") == 1)
            #expect(try await app.count("authorization_codes") == 1)
        }
    }

    @Test(
        "identifiers that a browser sends are not believed",
        arguments: ["openid", "unionid", "FromUserName", "user_id", "sub"])
    func browserIdentifiers(_ name: String) async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app))
            let rows = try await app.database.query("SELECT openid FROM wechat_openids", [])
            let openID = try #require(try rows.first?.text("openid"))
            let browser = Browser(app, person: "stranger")
            let callback = try await browser.callback(AuthorizationRequest().url)
            let page = try await browser.open(callback + "&\(name)=\(openID)")
            #expect(page.page == "sign-in")
            browser.cookies = ["__Host-\(name)": openID, "__Host-wxidp-session-default": openID]
            let quiet = try await browser.open(AuthorizationRequest("web", ["prompt": "none", name: openID]).url)
            #expect(quiet.query["error"] == "login_required")
        }
    }
}
