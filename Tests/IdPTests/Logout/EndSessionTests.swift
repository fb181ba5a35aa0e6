import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// OpenID Connect RP-Initiated Logout, as applications and people see it.
@Suite("Signing out")
struct EndSessionTests {
    static let destinations: [(uri: String?, state: String?, location: String?)] = [
        (LogoutStand.bye, "a b+&=%ü", LogoutStand.bye + "?state=a%20b%2B%26%3D%25%C3%BC"),
        (LogoutStand.bye, nil, LogoutStand.bye),
        (LogoutStand.bye + "?x=1", "s", LogoutStand.bye + "?x=1&state=s"),
        (nil, "only-state", nil), (nil, nil, nil),
    ]

    @Test(
        "a genuine hint of this session ends it at once, and the browser goes where it is registered to",
        arguments: destinations)
    func genuineHint(uri: String?, state: String?, location: String?) async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            let answer = try await browser.request(
                LogoutStand.url(["id_token_hint": hint, "post_logout_redirect_uri": uri, "state": state]))
            #expect(answer.location == location)
            #expect(answer.status == (location == nil ? .ok : .found))
            #expect(answer.page == (location == nil ? "signed-out" : nil))
            #expect(answer.clearsSession() && answer.headers[.cacheControl] == "no-store")
            let next = try await browser.request(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(next.query["error"] == "login_required")
            #expect(try await app.count("sessions") == 0)
        }
    }

    @Test("with client_id beside the hint, and parameters that are not known or not needed")
    func extras() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            let answer = try await browser.request(
                LogoutStand.url([
                    "id_token_hint": hint, "client_id": "web", "post_logout_redirect_uri": LogoutStand.bye,
                    "logout_hint": "somebody", "ui_locales": "en", "unknown": "1",
                ]))
            #expect(answer.location == LogoutStand.bye)
        }
    }

    @Test("the hint may be old: expired, of an earlier session, signed by a key that was withdrawn since")
    func oldHint() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            let old = try await app.tokens(in: browser).field("id_token")
            // A month until the successor is published, a day until it signs, and then its predecessor is withdrawn.
            for days in [31.0, 2, 2] {
                app.clock.advance(by: days * 86_400)
                try await app.provider.keys.maintain()
            }
            await #expect(throws: JWTError.unknownKeyID) { try await app.verified(old, type: .jwt) }
            let current = try await app.tokens(in: browser).field("id_token")
            #expect(try UnverifiedJWS(old).claims["sid"] != UnverifiedJWS(current).claims["sid"])
            let answer = try await browser.request(
                LogoutStand.url(["id_token_hint": old, "post_logout_redirect_uri": LogoutStand.bye]))
            #expect(answer.location == LogoutStand.bye && answer.clearsSession())
            #expect(try await !app.isSignedIn(browser))
        }
    }

    @Test("without a hint the person is asked; then to the registered address of the client that was named")
    func confirmation() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app, languages: "en")
            _ = try await app.tokens(in: browser)
            let page = try await browser.request(
                LogoutStand.url([
                    "client_id": "web", "post_logout_redirect_uri": LogoutStand.bye, "state": "\"<é>&",
                    "ui_locales": "zh-CN",
                ]))
            #expect(page.status == .ok && page.page == "confirm-logout" && page.text.contains("退出登录"))
            #expect(page.headers[.contentLanguage] == "zh-CN" && !page.clearsSession())
            #expect(try await app.isSignedIn(browser))
            let done = try await browser.submit(page)
            #expect(done.status == .seeOther && done.clearsSession())
            #expect(done.location == LogoutStand.bye + "?state=" + PercentEncoding.encode("\"<é>&"))
            #expect(try await !app.isSignedIn(browser))
        }
    }

    @Test("no parameters at all: asked, signed out, told so, in both languages")
    func bare() async throws {
        try await LogoutStand.story { app in
            for (language, heading) in [("en", "You are signed out"), ("zh-CN", "已退出登录")] {
                let browser = Browser(app, languages: language)
                _ = try await app.tokens(in: browser)
                let done = try await browser.submit(try await browser.request(LogoutStand.url()))
                #expect(done.page == "signed-out" && done.text.contains(heading) && done.clearsSession())
                // Again, with nothing left to end.
                #expect(try await browser.request(LogoutStand.url()).page == "signed-out")
            }
        }
    }

    @Test("where nobody is signed in, the browser goes on at once, as long as the client is known")
    func nobody() async throws {
        try await LogoutStand.story { app in
            let hint = try await app.tokens(in: Browser(app)).field("id_token")
            for proof in [["id_token_hint": hint], ["client_id": "web"]] {
                let parameters = proof.merging(["post_logout_redirect_uri": LogoutStand.bye, "state": "s"]) { $1 }
                let answer = try await Browser(app).request(LogoutStand.url(parameters))
                #expect(answer.location == LogoutStand.bye + "?state=s")
            }
            #expect(try await app.count("sessions") == 1)
        }
    }

    @Test("by form from another site: the same, through a GET that carries the cookies")
    func post() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            let form = [
                "id_token_hint": hint, "post_logout_redirect_uri": LogoutStand.bye, "state": "ü&", "other": "1",
            ]
            let first = try await browser.request(.post, LogoutStand.url(), form: form, sendsCookies: false)
            #expect(first.status == .seeOther && !first.clearsSession())
            #expect(first.query == form.filter { $0.key != "other" })
            let second = try await browser.request(try #require(first.location))
            #expect(second.location == LogoutStand.bye + "?state=%C3%BC%26" && second.clearsSession())
            let bare = try await browser.request(.post, LogoutStand.url(), form: [:])
            #expect(bare.location == "/oidc/session/end")
            let long = try await browser.request(
                .post, LogoutStand.url(), form: ["state": String(repeating: "s", count: 40_000)])
            #expect(long.status == .contentTooLarge && long.page == "bad-request")
        }
    }

    @Test("tokens of the session end with it, except where a refresh token was asked for to act later")
    func grants() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            let online = try await app.tokens(scope: "openid profile", in: browser)
            let offline = try await app.tokens("basic", scope: "openid offline_access", in: browser)
            let unspent = try await app.code("strict", scope: "openid offline_access", in: browser)
            let elsewhere = try await app.tokens(scope: "openid", in: Browser(app))
            let social = try await app.social("mp", in: browser)
            _ = social
            let answer = try await browser.request(LogoutStand.url(["id_token_hint": online.field("id_token")]))
            #expect(answer.clearsSession())
            #expect(try await app.me(online.field("access_token")).status == .unauthorized)
            #expect(try await app.redeem(unspent, "strict").error == "invalid_grant")
            #expect(try await app.me(offline.field("access_token")).status == .ok)
            #expect(try await app.refresh(offline.field("refresh_token"), "basic").status == .ok)
            #expect(try await app.me(elsewhere.field("access_token")).status == .ok)
        }
    }

    @Test("discovery names the endpoint and both features of back-channel logout")
    func discovery() async throws {
        try await LogoutStand.story { app in
            for (path, issuer) in DiscoveryTests.documents {
                let document = try await app.send(path)
                #expect(document.field("end_session_endpoint") == issuer + "/session/end")
                #expect(document.json["backchannel_logout_supported"] == true)
                #expect(document.json["backchannel_logout_session_supported"] == true)
            }
        }
    }
}
