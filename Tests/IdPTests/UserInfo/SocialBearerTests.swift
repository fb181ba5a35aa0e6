import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("/oidc/me takes the ID token of a social sign-in while its session lives")
struct SocialBearerTests {
    private func bearer(_ app: TestApp, _ browser: Browser, client: String = "web") async throws -> String {
        let answer = try await app.social("mp", client: client, in: browser)
        return try #require(answer.data["token"]?.stringValue, "\(answer.answer.location ?? answer.answer.page ?? "")")
    }

    @Test("accepted, with the profile")
    func accepted() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let token = try await bearer(app, browser)
            let me = try await app.me(token)
            #expect(me.status == .ok && me.field("nickname") == "Alice")
            let claims = try await app.verified(token, type: .jwt)
            #expect(me.field("sub") == claims.subject && claims.audience == ["web"])
        }
    }

    @Test("not where the application says userinfo_accepts_id_token: false")
    func switchedOff() async throws {
        try await TestApp.story { app in
            let token = try await bearer(app, Browser(app), client: "strict")
            let me = try await app.me(token)
            #expect(me.status == .unauthorized && me.error == "invalid_token")
        }
    }

    @Test("not after it has expired")
    func expired() async throws {
        try await TestApp.story { app in
            let token = try await bearer(app, Browser(app))
            app.clock.advance(by: 3599)
            #expect(try await app.me(token).status == .ok)
            app.clock.advance(by: 1)
            #expect(try await app.me(token).status == .unauthorized)
        }
    }

    @Test("not after its session has ended, nor after it ran out")
    func sessionEnded() async throws {
        try await TestApp.story { yaml in
            yaml.replacing("client_id: web,", with: "client_id: web, id_token_lifetime: 48h,")
        } _: { app in
            let token = try await bearer(app, Browser(app))
            app.clock.advance(by: 86_399)
            #expect(try await app.me(token).status == .ok)
            app.clock.advance(by: 1)
            #expect(try await app.me(token).status == .unauthorized)
            let other = try await bearer(app, Browser(app))
            #expect(try await app.me(other).status == .ok)
            try await app.execute("DELETE FROM sessions")
            #expect(try await app.me(other).status == .unauthorized)
        }
    }

    @Test("not after another account has taken the web view over")
    func accountChanged() async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app, person: "xiaoming"))
            let browser = Browser(app)
            let token = try await bearer(app, browser)
            browser.person = "xiaoming"
            app.clock.advance(by: 901)
            let other = try await bearer(app, browser)
            #expect(try await app.me(token).status == .unauthorized)
            #expect(try await app.me(other).status == .ok)
        }
    }

    @Test("still after the same person signed in anew in the same browser")
    func signedInAnew() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let token = try await bearer(app, browser)
            _ = try await browser.pressOn(try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url))
            #expect(try await app.me(token).status == .ok)
        }
    }

    @Test("the ID token of the code flow is refused, session or not")
    func codeFlow() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await bearer(app, browser)
            let tokens = try await app.tokens(in: browser)
            #expect(try await app.me(tokens.field("id_token")).status == .unauthorized)
        }
    }

    @Test("a blocked person's is refused")
    func blocked() async throws {
        try await TestApp.story { app in
            let token = try await bearer(app, Browser(app))
            try await app.execute("UPDATE users SET blocked = 1")
            #expect(try await app.me(token).status == .unauthorized)
        }
    }
}
