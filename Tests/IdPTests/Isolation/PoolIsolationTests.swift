import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("What one pool made is worth nothing at the other")
struct PoolIsolationTests {
    private static let other = "/pools/other"

    /// The same person, signed in at both pools through the same open platform.
    private func both(_ app: TestApp) async throws -> (here: Answer, there: Answer) {
        (try await app.tokens(in: Browser(app)), try await app.tokens("other-web", in: Browser(app)))
    }

    private func isInvalid(_ answer: Answer) -> Bool {
        answer.status == .unauthorized && answer.error == "invalid_token" && answer.json["sub"] == nil
    }

    @Test("access tokens")
    func accessTokens() async throws {
        try await TestApp.story { app in
            let (here, there) = try await both(app)
            for (answer, own, foreign) in [(here, "", Self.other), (there, Self.other, "")] {
                let token = answer.field("access_token")
                #expect(try await app.me(token, pool: own).status == .ok)
                #expect(try await isInvalid(app.me(token, pool: foreign)))
                let posted = try await app.send(.post, foreign + "/oidc/me", form: ["access_token": token])
                #expect(isInvalid(posted))
            }
        }
    }

    @Test("ID tokens, of the code flow and of the social flow")
    func idTokens() async throws {
        try await TestApp.story { app in
            let (here, there) = try await both(app)
            #expect(try await isInvalid(app.me(here.field("id_token"), pool: Self.other)))
            #expect(try await isInvalid(app.me(there.field("id_token"))))
            let social = try await app.social("mp", in: Browser(app))
            let foreign = try await app.social("mp", client: "other-web", in: Browser(app))
            #expect(try await app.me(social.token).status == .ok)
            #expect(try await app.me(foreign.token, pool: Self.other).status == .ok)
            #expect(try await isInvalid(app.me(social.token, pool: Self.other)))
            #expect(try await isInvalid(app.me(foreign.token)))
        }
    }

    @Test("keys: a token of one verifies with no key of the other, and the issuers differ")
    func keys() async throws {
        try await TestApp.story { app in
            let (here, there) = try await both(app)
            for (answer, own, foreign) in [(here, "", Self.other), (there, Self.other, "")] {
                for (name, type) in [("id_token", TokenType.jwt), ("access_token", .accessToken)] {
                    let claims = try await app.verified(answer.field(name), type: type, pool: own)
                    #expect(claims.issuer == app.publicURL + own + "/oidc")
                    await #expect(throws: JWTError.self) {
                        _ = try await app.verified(answer.field(name), type: type, pool: foreign)
                    }
                }
            }
        }
    }

    @Test("a kid of the other pool in the header does not bring its key")
    func keyID() async throws {
        try await TestApp.story { app in
            let (here, there) = try await both(app)
            let parts = here.field("access_token").split(separator: ".").map(String.init)
            let header = there.field("access_token").prefix { $0 != "." }
            let mixed = "\(header).\(parts[1]).\(parts[2])"
            #expect(try await isInvalid(app.me(mixed)))
            #expect(try await isInvalid(app.me(mixed, pool: Self.other)))
        }
    }

    @Test("refresh tokens")
    func refreshTokens() async throws {
        try await TestApp.story { app in
            let (here, there) = try await both(app)
            let mine = here.field("refresh_token")
            let form = ["grant_type": "refresh_token", "refresh_token": mine]
            for client in ["web", "other-web"] {
                let answer = try await app.token(
                    form.merging(["client_id": client]) { _, new in new }, client, pool: Self.other)
                #expect(answer.json["access_token"] == nil)
                #expect(["invalid_grant", "invalid_client"].contains(answer.error))
            }
            #expect(try await app.refresh(there.field("refresh_token")).error == "invalid_grant")
            // Trying them has ended neither.
            #expect(try await app.refresh(mine).status == .ok)
            #expect(try await app.refresh(there.field("refresh_token"), "other-web").status == .ok)
        }
    }

    @Test("codes")
    func codes() async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            for client in ["web", "other-web"] {
                var form = app.redemption(code)
                form["client_id"] = client
                let answer = try await app.token(form, client, pool: Self.other)
                #expect(answer.json["access_token"] == nil)
                #expect(["invalid_grant", "invalid_client"].contains(answer.error))
            }
            let foreign = try await app.code("other-web", in: Browser(app))
            var form = app.redemption(foreign, "other-web")
            form["client_id"] = "web"
            #expect(try await app.token(form).error == "invalid_grant")
            #expect(try await app.redeem(code).status == .ok)
            #expect(try await app.redeem(foreign, "other-web").status == .ok)
        }
    }

    @Test("clients: neither their names nor their secrets")
    func clients() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            for (client, pool) in [("other-web", ""), ("web", Self.other), ("basic", Self.other)] {
                let query = PercentEncoding.query(AuthorizationRequest(client).parameters.map { ($0.0, $0.1) })
                let page = try await browser.request("\(pool)/oidc/auth?\(query)")
                #expect(page.page == "unknown-client" && page.location == nil)
            }
            for (client, secret, pool) in [
                ("basic", TestConfiguration.clientSecret, Self.other),
                ("other-basic", TestConfiguration.otherSecret, ""),
            ] {
                let answer = try await app.send(
                    .post, pool + "/oidc/token", headers: [.authorization: TestApp.basic(client, secret)],
                    form: ["grant_type": "refresh_token", "refresh_token": "x"])
                #expect(answer.status == .unauthorized && answer.error == "invalid_client")
            }
        }
    }

    @Test("session cookies, under their own name and under the other's")
    func sessions() async throws {
        try await TestApp.story { app in
            let here = Browser(app)
            _ = try await app.code(in: here)
            let there = Browser(app)
            _ = try await app.code("other-web", in: there)
            let mine = try #require(here.cookies["__Host-wxidp-session-default"])
            let foreign = try #require(there.cookies["__Host-wxidp-session-other"])
            for (client, cookies) in [
                ("other-web", here.cookies), ("web", there.cookies),
                ("other-web", ["__Host-wxidp-session-other": mine]), ("web", ["__Host-wxidp-session-default": foreign]),
            ] {
                let browser = Browser(app)
                browser.cookies = cookies
                let answer = try await browser.open(AuthorizationRequest(client, ["prompt": "none"]).url)
                #expect(answer.query["error"] == "login_required")
            }
        }
    }

    @Test("binding cookies, under their own name and under the other's")
    func bindings() async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app))
            let browser = Browser(app)
            let callback = try await browser.callback(AuthorizationRequest().url)
            let binding = try #require(browser.cookies["__Host-wxidp-signin-default"])
            let before = app.bridge.exchanges
            let thief = Browser(app)
            thief.cookies = ["__Host-wxidp-signin-other": binding]
            #expect(try await thief.request(callback).page == "one-more-tap")
            #expect(app.bridge.exchanges == before)
            // A sign-in begun at the other pool with this binding does not share it.
            thief.cookies = ["__Host-wxidp-signin-other": binding]
            _ = try await thief.request(AuthorizationRequest("other-web").url)
            #expect(thief.cookies["__Host-wxidp-signin-other"] != binding)
        }
    }

    @Test("handles of sign-ins under way")
    func handles() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let link = try #require(browser.mainLink(page))
            #expect(link.hasPrefix("/oidc/auth/"))
            browser.cookies["__Host-wxidp-signin-other"] = browser.cookies["__Host-wxidp-signin-default"]
            for method in [HTTPRequest.Method.get, .post] {
                let answer = try await browser.request(
                    method, Self.other + link, form: method == .post ? ["decision": "allow"] : nil)
                #expect(answer.page == "start-again" && answer.location == nil)
            }
            #expect(try await browser.pressOn(page).query["code"] != nil)
        }
    }

    @Test("people: the same unionid makes one account in each pool, with its own sub")
    func people() async throws {
        try await TestApp.story { app in
            let (here, there) = try await both(app)
            let mine = try await app.verified(here.field("id_token"), type: .jwt)
            let foreign = try await app.verified(there.field("id_token"), type: .jwt, pool: Self.other)
            #expect(mine.subject != foreign.subject)
            #expect(try await app.count("users", where: "pool = 'default'") == 1)
            #expect(try await app.count("users", where: "pool = 'other'") == 1)
            // Blocking the one leaves the other.
            try await app.execute("UPDATE users SET blocked = 1 WHERE pool = 'default'")
            #expect(try await app.me(here.field("access_token")).status == .unauthorized)
            #expect(try await app.me(there.field("access_token"), pool: Self.other).status == .ok)
        }
    }

    @Test("a known person of one pool is unknown at the other")
    func unknownThere() async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app))
            let page = try await Browser(app).open(AuthorizationRequest("other-web").url)
            #expect(page.page == "sign-in")
        }
    }

    @Test("grants: a jti of the other pool's grant in a forged place is nothing")
    func grants() async throws {
        try await TestApp.story { app in
            let (here, _) = try await both(app)
            try await app.execute(
                "INSERT INTO grants (pool, id, kind, client_id, user_id, sid, created_at, expires_at) SELECT 'other', id, "
                    + "kind, client_id, (SELECT id FROM users WHERE pool = 'other'), sid, created_at, expires_at "
                    + "FROM grants WHERE pool = 'default'")
            try await app.execute("DELETE FROM grants WHERE pool = 'default'")
            #expect(try await isInvalid(app.me(here.field("access_token"))))
        }
    }

    @Test("the default pool has no second address")
    func oneAddress() async throws {
        try await TestApp.story { app in
            let token = try await app.tokens(in: Browser(app)).field("access_token")
            for pool in ["/pools/default", "/pools/nowhere", "/pools/Other", "/pools/%6Fther%00"] {
                let answer = try await app.me(token, pool: pool)
                #expect(answer.status == .notFound && answer.json["sub"] == nil, "\(pool)")
            }
        }
    }
}
