import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Parameters of OpenID Connect Core beyond the first few: `claims`, `id_token_hint`, `response_mode=form_post`, consent.
@Suite("Parameters of an authorization request")
struct RequestParameterTests {
    @Test("claims asked for one by one come where they were asked for, and unknown ones not at all")
    func claims() async throws {
        try await TestApp.story { app in
            let claims =
                #"{"userinfo":{"name":{"essential":true},"email":null,"made_up":null},"id_token":{"picture":null}}"#
            let browser = Browser(app)
            _ = try await app.tokens(in: browser)
            let code = try await app.code(scope: "openid", in: browser, ["claims": claims])
            let answer = try await app.redeem(code)
            let idToken = try await app.verified(answer.field("id_token"), type: .jwt)
            #expect(idToken["picture"] != nil && idToken["name"] == nil)
            let me = try await app.me(answer.field("access_token")).json
            #expect(me["name"] != nil && me["picture"] == nil && me["email"] == nil && me["made_up"] == nil)
            for bad in ["[]", "{", #"{"userinfo":[]}"#, #"{"id_token":{"acr":3}}"#] {
                let refused = try await browser.request(AuthorizationRequest("web", ["claims": bad]).url)
                #expect(refused.query["error"] == "invalid_request", "\(bad)")
            }
        }
    }

    @Test("scopes bring what is known, and leave out what is not")
    func scopes() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let scope = "openid profile email phone address roles wechat"
            let first = try await app.redeem(try await app.code(scope: scope, in: browser))
            let unknown = try await app.me(first.field("access_token")).json
            for absent in ["email", "email_verified", "phone_number", "address", "roles"] {
                #expect(unknown[absent] == nil)
            }
            #expect(unknown["wechat"]?["openid"]?.stringValue?.isEmpty == false)
            try await app.execute(
                """
                UPDATE users SET email = 'a@b.example', email_verified = 1, phone_number = '+8613800000000',
                    address = '{"country":"CN"}', roles = 'editor admin'
                """)
            let known = try await app.me(first.field("access_token")).json
            #expect(known["email"]?.stringValue == "a@b.example" && known["email_verified"] == .bool(true))
            #expect(known["phone_number_verified"] == .bool(false))
            #expect(known["address"]?["country"]?.stringValue == "CN" && known["roles"]?.arrayValue?.count == 2)
            #expect(known["updated_at"]?.integerValue != nil)
        }
    }

    @Test("an id_token_hint: the person it names, or nobody")
    func hint() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let token = try await app.tokens(in: browser).field("id_token")
            func ask(_ hint: String, _ client: String = "web") async throws -> Answer {
                try await browser.request(
                    AuthorizationRequest(client, ["prompt": "none", "id_token_hint": hint]).url)
            }
            #expect(try await ask(token).query["code"] != nil)
            // Expired tokens will do.
            app.clock.advance(by: 600)
            #expect(try await ask(token).query["code"] != nil)
            #expect(try await ask(token + "x").query["error"] == "invalid_request")
            #expect(try await ask(token, "basic").query["error"] == "invalid_request")
            let access = try await app.tokens(in: browser).field("access_token")
            #expect(try await ask(access).query["error"] == "invalid_request")
            // Somebody else has this phone now.
            let other = Browser(app, person: "xiaoming")
            _ = try await app.tokens(in: other)
            let refused = try await other.request(
                AuthorizationRequest("web", ["prompt": "none", "id_token_hint": token]).url)
            #expect(refused.query["error"] == "login_required")
            let asked = try await other.pressOn(
                try await other.open(AuthorizationRequest("web", ["id_token_hint": token]).url))
            #expect(asked.query["code"] == nil && asked.query["error"] == "login_required")
        }
    }

    @Test("an essential acr that a silent sign-in can't meet asks for a tap")
    func essentialContext() async throws {
        try await TestApp.story { app in
            _ = try await app.tokens(in: Browser(app))
            let browser = Browser(app)
            let claims = #"{"id_token":{"acr":{"essential":true,"values":["urn:wxidp:acr:confirmed"]}}}"#
            let page = try await browser.open(AuthorizationRequest("web", ["claims": claims]).url)
            let again = page.page == nil ? page : try await browser.pressOn(page)
            let answer = try await app.redeem(try #require(again.query["code"]))
            let idToken = try await app.verified(answer.field("id_token"), type: .jwt)
            #expect(idToken["acr"]?.stringValue == "urn:wxidp:acr:confirmed")
            let unknown = #"{"id_token":{"acr":{"essential":true,"value":"gold"}}}"#
            let refused = try await browser.request(AuthorizationRequest("web", ["claims": unknown]).url)
            #expect(refused.query["error"] == "unmet_authentication_requirements")
        }
    }

    @Test("form_post: success and error travel in a form, hostile states unharmed, and only our script runs")
    func formPost() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.tokens(in: browser)
            let state = "\"><script>alert(1)</script>&é"
            for extra in [["response_mode": "form_post"], ["response_mode": "form_post", "response_type": "token"]] {
                var request: [String: String?] = extra.mapValues { $0 }
                request["state"] = state
                let answer = try await browser.request(AuthorizationRequest("web", request).url)
                #expect(answer.status == .ok && answer.location == nil && answer.page == "returning")
                #expect(answer.headers[.cacheControl] == "no-store")
                #expect(answer.text.contains("method=\"post\" action=\"https://app.example.com/cb\""))
                #expect(answer.text.value(of: "value", after: "name=\"state\"") == state)
                #expect(answer.text.value(of: "value", after: "name=\"iss\"") == "https://id.example.com/oidc")
                #expect(!answer.text.contains("<script>alert"))
                let policy = try #require(answer.headers[.contentSecurityPolicy])
                #expect(policy.contains("script-src 'sha256-") && !policy.contains("unsafe"))
                let name = extra["response_type"] == nil ? "code" : "error"
                #expect(answer.text.value(of: "value", after: "name=\"\(name)\"")?.isEmpty == false)
            }
        }
    }

    @Test("consent covers a request without any scope, and claims asked for one by one")
    func consentForEverything() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            func page(_ scope: String, _ extra: [String: String?] = [:]) async throws -> Answer {
                try await browser.open(AuthorizationRequest("third", scope: scope, extra).url)
            }
            #expect(try await page("nonsense", ["prompt": "none"]).query["error"] == "consent_required")
            _ = try await browser.pressOn(try await page("openid"))
            #expect(try await page("openid").query["code"] != nil)
            let claims: [String: String?] = ["claims": #"{"userinfo":{"phone_number":null}}"#]
            let asked = try await page("openid", claims)
            #expect(asked.page == "confirm" && asked.text.contains("手机号"))
            _ = try await browser.pressOn(asked)
            #expect(try await page("openid", claims).query["code"] != nil)
            let control = try await page("openid", ["nonce": "\u{1}"])
            #expect(control.query["error"] == "invalid_request")
        }
    }

    @Test("consent is remembered for what was allowed, asked again for more, and always with prompt=consent")
    func consent() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let first = try await browser.open(AuthorizationRequest("third", scope: "openid").url)
            let asked = first.page == "confirm" ? first : try await browser.press(first)
            _ = try await browser.pressOn(asked)
            #expect(try await app.count("consents") == 1)
            func page(_ scope: String, _ extra: [String: String?] = [:]) async throws -> Answer {
                try await browser.open(AuthorizationRequest("third", scope: scope, extra).url)
            }
            #expect(try await page("openid").query["code"] != nil)
            let more = try await page("openid email")
            #expect(more.page == "confirm" && more.text.contains("邮箱"))
            #expect(try await page("openid email", ["prompt": "none"]).query["error"] == "consent_required")
            _ = try await browser.pressOn(more)
            #expect(try await page("openid email").query["code"] != nil)
            #expect(try await page("openid", ["prompt": "consent"]).page == "confirm")
        }
    }
}
