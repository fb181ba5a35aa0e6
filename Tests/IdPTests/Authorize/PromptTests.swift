import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("prompt, max_age and live sessions")
struct PromptTests {
    @Test("prompt=none never goes to WeChat: login_required without a session, a code with one")
    func promptNone() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let before = try await browser.open(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(before.query["error"] == "login_required")
            _ = try await app.code(in: browser)
            let visits = browser.wechatVisits.count
            let after = try await browser.open(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(after.query["code"] != nil)
            app.clock.advance(by: 86_401)
            let expired = try await browser.open(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(expired.query["error"] == "login_required")
            #expect(browser.wechatVisits.count == visits)
        }
    }

    static let renewing: [[String: String]] = [["prompt": "login"], ["max_age": "0"], ["prompt": "select_account"]]

    @Test("a new sign-in is demanded: our page, a tap, forcePopup=true, a new auth_time", arguments: renewing)
    func demandsNewSignIn(_ change: [String: String]) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let first = try await app.tokens(in: browser)
            let old = try await app.verified(first.field("id_token"), type: .jwt)
            app.clock.advance(by: 100)
            let extra = change.mapValues { Optional($0) }
            let page = try await browser.open(AuthorizationRequest("web", extra).url)
            #expect(page.status == .ok && page.page == "sign-in-again")
            let visits = browser.wechatVisits.count
            let consent = try await browser.press(page)
            let address = try #require(browser.wechatVisits.dropFirst(visits).first)
            #expect(address.contains("scope=snsapi_userinfo") && address.contains("forcePopup=true"))
            let answer = try await browser.pressOn(consent)
            let second = try await app.redeem(try #require(answer.query["code"]))
            let new = try await app.verified(second.field("id_token"), type: .jwt)
            #expect(new["auth_time"]?.integerValue == (old["auth_time"]?.integerValue ?? 0) + 100)
            #expect(new["acr"]?.stringValue == "urn:wxidp:acr:confirmed")
            #expect(new.subject == old.subject)
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("sessions") == 1)
        }
    }

    @Test("a demanded sign-in cannot be skipped: neither the page's address nor a repeated request answers")
    func cannotSkip() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let page = try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url)
            let link = try #require(browser.mainLink(page))
            let bare = String(link.prefix { $0 != "?" })
            for address in [bare, bare + "?step=skip-profile", bare + "?step=here", bare + "?step=x"] {
                let answer = try await browser.open(address)
                #expect(answer.page == "sign-in-again", "\(address)")
            }
            let posted = try await browser.request(.post, bare, form: ["decision": "allow"])
            #expect(posted.location == nil)
        }
    }

    @Test("max_age: young enough is answered at once, too old is our page")
    func maxAge() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            app.clock.advance(by: 60)
            let young = try await browser.open(AuthorizationRequest("web", ["max_age": "60"]).url)
            #expect(young.query["code"] != nil)
            app.clock.advance(by: 1)
            let old = try await browser.open(AuthorizationRequest("web", ["max_age": "60"]).url)
            #expect(old.page == "sign-in-again")
            let quiet = try await browser.open(AuthorizationRequest("web", ["max_age": "60", "prompt": "none"]).url)
            #expect(quiet.query["error"] == "login_required")
            let huge = try await browser.open(AuthorizationRequest("web", ["max_age": "9999999999"]).url)
            #expect(huge.query["code"] != nil)
        }
    }

    @Test("auth_time is the moment of the exchange and acr tells silent from confirmed")
    func authenticationClaims() async throws {
        try await TestApp.story { app in
            let first = Browser(app)
            let start = Int64(app.clock.now.timeIntervalSince1970)
            let confirmed = try await app.verified(
                try await app.tokens(in: first).field("id_token"), type: .jwt)
            #expect(confirmed["acr"]?.stringValue == "urn:wxidp:acr:confirmed")
            #expect(confirmed["auth_time"]?.integerValue == start)
            app.clock.advance(by: 30)
            let silent = try await app.verified(
                try await app.tokens(in: Browser(app)).field("id_token"), type: .jwt)
            #expect(silent["acr"]?.stringValue == "urn:wxidp:acr:silent")
            #expect(silent["auth_time"]?.integerValue == start + 30)
            app.clock.advance(by: 30)
            let reused = try await app.verified(try await app.tokens(in: first).field("id_token"), type: .jwt)
            #expect(reused["auth_time"]?.integerValue == start)
        }
    }

    @Test("inside WeChat a session older than 15 minutes is confirmed silently")
    func confirmedSilently() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let visits = browser.wechatVisits.count
            app.clock.advance(by: 14 * 60 + 59)
            _ = try await app.code(in: browser)
            #expect(browser.wechatVisits.count == visits)
            app.clock.advance(by: 1)
            let answer = try await browser.open(AuthorizationRequest().url)
            #expect(answer.query["code"] != nil)
            #expect(browser.wechatVisits.count == visits + 1)
            #expect(browser.wechatVisits.last?.contains("scope=snsapi_base") == true)
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("sessions") == 1)
            _ = try await app.code(in: browser)
            #expect(browser.wechatVisits.count == visits + 1)
        }
    }

    @Test("another account in the same web view replaces the old session")
    func accountChanged() async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app, person: "xiaoming"))
            let browser = Browser(app, person: "alice")
            let alice = try await app.verified(try await app.tokens(in: browser).field("id_token"), type: .jwt)
            let cookie = browser.cookies
            browser.person = "xiaoming"
            app.clock.advance(by: 901)
            let answer = try await app.tokens(in: browser)
            let ming = try await app.verified(answer.field("id_token"), type: .jwt)
            #expect(ming.subject != alice.subject)
            #expect(browser.cookies["__Host-wxidp-session-default"] != cookie["__Host-wxidp-session-default"])
            // The old cookie is worth nothing any more.
            let thief = Browser(app)
            thief.cookies = cookie
            let late = try await thief.open(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(late.query["error"] == "login_required")
        }
    }

    @Test("an unknown account in the same web view ends the old session and makes none")
    func strangerInSameWebView() async throws {
        try await TestApp.story { app in
            let browser = Browser(app, person: "alice")
            _ = try await app.code(in: browser)
            browser.person = "stranger"
            app.clock.advance(by: 901)
            let page = try await browser.open(AuthorizationRequest().url)
            #expect(page.page == "sign-in")
            #expect(try await app.count("sessions") == 0)
            #expect(try await app.count("users") == 1)
            let answer = try await browser.pressOn(page)
            #expect(answer.query["code"] != nil)
            #expect(try await app.count("users") == 2)
        }
    }

    @Test("outside WeChat there is a page, and a live session still answers")
    func outsideWeChat() async throws {
        try await TestApp.story { app in
            let safari = Browser(app, userAgent: Browser.safari)
            let page = try await safari.open(AuthorizationRequest().url)
            #expect(page.status == .ok && page.page == "open-in-wechat")
            #expect(safari.wechatVisits.isEmpty && safari.mainLink(page) == nil)
            let phone = Browser(app)
            _ = try await app.code(in: phone)
            safari.cookies = phone.cookies
            app.clock.advance(by: 3600)
            #expect(try await safari.open(AuthorizationRequest().url).query["code"] != nil)
        }
    }

    @Test("a POST from another site is stored, and a GET with our cookies goes on")
    func crossSitePost() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let visits = browser.wechatVisits.count
            let request = AuthorizationRequest(state: "posted+state")
            let stored = try await browser.request(.post, request.endpoint, form: request.form, sendsCookies: false)
            #expect(stored.status == .seeOther)
            #expect(stored.location?.hasPrefix("/oidc/auth/") == true)
            let answer = try await browser.follow(stored)
            #expect(answer.query["code"] != nil && answer.query["state"] == "posted+state")
            #expect(browser.wechatVisits.count == visits)
            let quiet = AuthorizationRequest("web", ["prompt": "none"])
            let stranger = Browser(app)
            let refused = try await stranger.follow(
                try await stranger.request(.post, quiet.endpoint, form: quiet.form, sendsCookies: false))
            #expect(refused.query["error"] == "login_required")
        }
    }
}
