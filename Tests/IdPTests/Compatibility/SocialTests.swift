import Foundation
import HTTPTypes
import JWT
import Testing
import WeChatSimulator

@testable import IdP

@Suite("Sign-ins as Authing's SDKs start them")
struct SocialTests {
    /// The addresses that the published generations of the SDK build, all for the application `web`.
    static let shapes = [
        "/oauth/wechatmp/url/default",
        "/oauth/wechatmp/url/default?redirectUrl=https%3A%2F%2Fevil.example%2F",
        "/connections/social/wechat:webpage-authorization?app_id=web&redirect_url=https%3A%2F%2Fapp.example.com%2Fcb",
        "/connections/social/wechat%3Awebpage-authorization?app_id=web&redirect_url=https%3A%2F%2Fapp.example.com%2Fcb",
        "/connections/social/mp?app_id=web&redirect_url=https%3A%2F%2Fapp.example.com%2Fcb",
        "/connections/social/mp?redirect_url=https%3A%2F%2Fapp.example.com%2Fcb&app_id=web",
        "//connections/social/mp?app_id=web&redirect_url=https%3A%2F%2Fapp.example.com%2Fcb",
        "/connections/social/%6Dp?app_id=web&redirect_url=https%3A%2F%2Fapp.example.com%2Fcb",
        "/connections/social/mp?app_id=web&redirect_url=https://app.example.com/cb&from_guard=0&x=y&lang=zh-CN",
    ]

    /// One address is given, so that a start without `redirect_url` knows where to return.
    private static func oneRedirect(_ yaml: String) -> String {
        yaml.replacing(#", "https://app.example.com/cb?x=1""#, with: "")
    }

    @Test("every published shape works", arguments: shapes)
    func shape(_ address: String) async throws {
        try await TestApp.story(yaml: Self.oneRedirect) { app in
            let browser = Browser(app)
            // A doubled slash cannot be told from another host by a browser that resolves it, so it is asked as it is.
            let answer = try await app.finishSocial(try await browser.open(app.publicURL + address), in: browser)
            #expect(
                answer.answer.location?.hasPrefix("https://app.example.com/cb#") == true, "\(answer.answer.page ?? "")")
            #expect(answer.code == "200" && answer.message?.isEmpty == false)
            #expect(answer.data["nickname"]?.stringValue == "Alice")
            let claims = try await app.verified(answer.token, type: .jwt)
            #expect(claims.audience == ["web"] && claims.issuer == "https://id.example.com/oidc")
        }
    }

    @Test("without redirect_url: the application's only address", arguments: ["mp", "wechat:webpage-authorization"])
    func withoutRedirect(_ identifier: String) async throws {
        try await TestApp.story(yaml: Self.oneRedirect) { app in
            let browser = Browser(app)
            let start = try await browser.open("/connections/social/\(identifier)?app_id=web")
            let answer = try await app.finishSocial(start, in: browser)
            #expect(answer.answer.location?.hasPrefix("https://app.example.com/cb#") == true)
        }
    }

    @Test("without redirect_url where several are registered: a page")
    func ambiguousRedirect() async throws {
        try await TestApp.story { app in
            for address in ["/connections/social/mp?app_id=web", "/oauth/wechatmp/url/default"] {
                let browser = Browser(app)
                let page = try await browser.request(address)
                #expect(page.location == nil && page.status.code < 500 && page.page != nil)
                #expect(browser.wechatVisits.isEmpty)
            }
        }
    }

    @Test("without app_id: only where the connection serves exactly one application")
    func withoutApplication() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let start = try await browser.open(
                TestApp.socialStart("wild", client: nil, redirectURL: "https://www.example.com/x"))
            let answer = try await app.finishSocial(start, in: browser)
            #expect(try await app.verified(answer.token, type: .jwt).audience == ["second"])
            let several = try await Browser(app).request(
                TestApp.socialStart("mp", client: nil, redirectURL: "https://app.example.com/cb"))
            #expect(several.page == "unknown-client" && several.location == nil)
        }
    }

    @Test("the answer stands in the fragment, in the query only where the connection says so")
    func fragmentOrQuery() async throws {
        try await TestApp.story { app in
            let answer = try await app.social("mp", in: Browser(app))
            #expect(answer.answer.location?.hasPrefix("https://app.example.com/cb#code=200&") == true)
            #expect(answer.answer.location?.contains("?") == false)
            let old = try await app.social("legacy", client: "old", in: Browser(app))
            #expect(old.answer.location?.hasPrefix("https://legacy.example.com/back?keep=1&code=200&") == true)
            #expect(old.answer.location?.contains("#") == false)
            #expect(old.data["nickname"]?.stringValue == "Alice")
        }
    }

    @Test("the user object: names of the published samples, nothing invented, never undefined")
    func userObject() async throws {
        try await TestApp.story { app in
            let answer = try await app.social("mp", in: Browser(app))
            let data = answer.data
            let claims = try await app.verified(answer.token, type: .jwt)
            let rows = try await app.database.query("SELECT openid, unionid FROM wechat_openids", [])
            let row = try #require(rows.first)
            #expect(data["openid"]?.stringValue == (try row.text("openid")))
            #expect(data["unionid"]?.stringValue == (try row.text("unionid")))
            #expect(data["_id"]?.stringValue == claims.subject && data["id"]?.stringValue == claims.subject)
            #expect(data["userPoolId"]?.stringValue == "default" && data["email"]?.isNull == true)
            #expect(data["emailVerified"] == false && data["blocked"] == false && data["isDeleted"] == false)
            #expect(data["photo"]?.stringValue?.hasPrefix("https://") == true)
            #expect(data["loginsCount"]?.integerValue == 1)
            let oauth = try JSON.parse(Array((data["oauth"]?.stringValue ?? "").utf8))
            #expect(oauth["nickname"]?.stringValue == "Alice" && oauth["openid"] == data["openid"])
            for name in ["tokenExpiredAt", "lastLogin", "signedUp", "createdAt", "updatedAt", "registerMethod"] {
                #expect(data[name]?.stringValue?.isEmpty == false, "\(name)")
            }
            #expect(answer.answer.location?.contains("undefined") == false)
            // Authing's old back ends read `data` of the token.
            #expect(claims["data"]?["id"]?.stringValue == claims.subject)
            #expect(claims["data"]?["clientId"]?.stringValue == "web")
            #expect(claims["data"]?["unionid"] == data["unionid"])
        }
    }

    @Test(
        "the token is an ID token for the application: short-lived, bound to a session, verifiable at both key addresses"
    )
    func token() async throws {
        try await TestApp.story { app in
            let answer = try await app.social("mp", in: Browser(app))
            let claims = try await app.verified(answer.token, type: .jwt)
            let now = app.clock.now
            #expect(claims.expiresAt == now.addingTimeInterval(3600) && claims.issuedAt == now)
            #expect(claims["sid"] != nil && claims.audience == ["web"])
            let set = try JWKSet(parsing: Array(try await app.send("/web/oidc/.well-known/jwks.json").text.utf8))
            _ = try JWS.verify(answer.token, with: set, type: .jwt)
            await #expect(throws: JWTError.self) { _ = try await app.verified(answer.token, type: .accessToken) }
            // It opens nothing else.
            #expect(try await app.redeem(answer.token).error == "invalid_grant")
            #expect(try await app.refresh(answer.token).error == "invalid_grant")
        }
    }

    @Test("switched off, the token carries no member `data`")
    func withoutLegacyClaims() async throws {
        try await TestApp.story(yaml: TestApp.withoutAuthing) { app in
            let answer = try await app.social("mp", in: Browser(app))
            #expect(try await app.verified(answer.token, type: .jwt)["data"] == nil)
            #expect(answer.code == "200" && answer.data["unionid"]?.stringValue?.isEmpty == false)
        }
    }

    static let names = ["a+b c&d=e#f%", "小明🐧👨‍👩‍👧‍👦", "\"<'>\\", "%2B", "x\u{301}\u{200D}\u{FE0F}"]

    @Test("`+`, emoji and everything else survive URLSearchParams", arguments: names)
    func survives(_ name: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let hex = Array(name.utf8).hex
            try await app.execute("UPDATE users SET nickname = CAST(x'\(hex)' AS TEXT)")
            let answer = try await app.social("mp", state: name, in: browser)
            #expect(answer.data["nickname"]?.stringValue.map { Array($0.utf8) } == Array(name.utf8))
            #expect(answer.parameters["state"].map { Array($0.utf8) } == Array(name.utf8))
            let location = try #require(answer.answer.location)
            #expect(location.utf8.allSatisfy { (0x21...0x7E).contains($0) })
            #expect(!location.contains("+") && !location.contains("\""))
        }
    }

    @Test("no state sent, none answered")
    func withoutState() async throws {
        try await TestApp.story { app in
            let answer = try await app.social("mp", in: Browser(app))
            #expect(answer.parameters["state"] == nil)
            let long = try await Browser(app).request(
                TestApp.socialStart(
                    "mp", client: "web", redirectURL: "https://app.example.com/cb",
                    state: String(repeating: "s", count: 2049)))
            #expect(long.page == "bad-request" && long.location == nil)
        }
    }

    @Test("a refusal: code other than 200, a message, no data, the state", arguments: ["mp", "legacy"])
    func refusal(_ identifier: String) async throws {
        try await TestApp.story { app in
            await app.simulator.setBehaviour { $0.refusal = .stateOnly }
            let client = identifier == "mp" ? "web" : "old"
            for languages in ["zh-CN", "en"] {
                let browser = Browser(app, languages: languages)
                let start = TestApp.socialStart(
                    identifier, client: client, redirectURL: AuthorizationRequest.redirectURI(client), state: "s+1")
                let consent = try await browser.press(try await browser.open(start))
                let answer = try await browser.refuse(consent)
                let parameters = answer.fragment.isEmpty ? answer.query : answer.fragment
                #expect(parameters["code"] == "403", "\(answer.location ?? "")")
                #expect(parameters["message"]?.contains(languages == "en" ? "cancel" : "取消") == true)
                #expect(parameters["data"] == nil && parameters["state"] == "s+1")
                #expect(try await app.isUntouched())
            }
        }
    }

    @Test("a known person sees nothing, and a session answers at once")
    func silent() async throws {
        try await TestApp.story { app in
            _ = try await app.social("mp", in: Browser(app))
            let browser = Browser(app)
            let start = TestApp.socialStart("mp", client: "web", redirectURL: "https://app.example.com/cb")
            #expect(try await browser.open(start).fragment["code"] == "200")
            #expect(browser.pages.isEmpty && browser.wechatVisits.count == 1)
            #expect(try await browser.open(start).fragment["code"] == "200")
            #expect(browser.wechatVisits.count == 1)
        }
    }

    @Test("a session older than the application's default_max_age is not enough here either")
    func defaultMaxAge() async throws {
        try await TestApp.story(yaml: { $0.replacing("client_id: web,", with: "client_id: web, default_max_age: 60s,") }
        ) {
            app in
            let browser = Browser(app)
            _ = try await app.social("mp", in: browser)
            let start = TestApp.socialStart("mp", client: "web", redirectURL: "https://app.example.com/cb")
            app.clock.advance(by: 60)
            #expect(try await browser.open(start).fragment["code"] == "200")
            app.clock.advance(by: 1)
            let page = try await browser.open(start)
            #expect(page.page == "sign-in-again" && page.location == nil)
            #expect(try await app.finishSocial(page, in: browser).code == "200")
        }
    }

    @Test("native and third-party applications confirm here too")
    func confirms() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let start = TestApp.socialStart("mp", client: "third", redirectURL: "https://third.example.net/cb")
            let page = try await browser.open(start)
            #expect(page.page == "confirm")
            #expect(try await browser.refuse(page).fragment["code"] == "403")
        }
    }

    @Test("the callback twice: the same answer while it is young, then a harmless page")
    func twice() async throws {
        try await TestApp.story { app in
            _ = try await app.social("mp", in: Browser(app))
            let browser = Browser(app)
            let start = TestApp.socialStart("mp", client: "web", redirectURL: "https://app.example.com/cb")
            let callback = try await browser.callback(start)
            let before = app.bridge.exchanges
            let first = try await browser.open(callback)
            #expect(try await browser.open(callback).location == first.location)
            let stranger = try await Browser(app).request(callback)
            #expect(stranger.location == nil && !stranger.text.contains("token"))
            app.clock.advance(by: 61)
            let late = try await browser.open(callback)
            #expect(late.page == "already-finished" && late.location == nil)
            #expect(app.bridge.exchanges == before + 1)
        }
    }

    @Test("trouble at WeChat is a page here too, never an answer with a token")
    func trouble() async throws {
        try await TestApp.story { app in
            await app.simulator.setBehaviour { $0.faults["exchange"] = .error(40029) }
            let browser = Browser(app)
            let page = try await browser.open(
                TestApp.socialStart("mp", client: "web", redirectURL: "https://app.example.com/cb"))
            #expect(page.page == "code-refused" && page.location == nil)
            #expect(try await app.isUntouched())
        }
    }

    @Test("the other pool has its own door, below its path")
    func otherPool() async throws {
        try await TestApp.story { app in
            let answer = try await app.social("mp", client: "other-web", in: Browser(app))
            let claims = try await app.verified(answer.token, type: .jwt, pool: "/pools/other")
            #expect(claims.issuer == "https://id.example.com/pools/other/oidc" && claims.audience == ["other-web"])
            #expect(answer.data["userPoolId"]?.stringValue == "other")
        }
    }

    static let unknown = [
        "/connections/social/nobody?app_id=web", "/connections/social/mini?app_id=web",
        "/connections/social/?app_id=web",
        "/connections/social/MP?app_id=web", "/connections/social/mp%00?app_id=web",
        "/connections/social/%zz?app_id=web",
        "/connections/social/mp/x?app_id=web", "/oauth/wechatmp/url/nowhere", "/oauth/wechatmp/url/",
        "/oauth/wechatmp/url/DEFAULT",
        "/pools/other/oauth/wechatmp/url/other", "/pools/nowhere/connections/social/mp?app_id=web",
        "/pools/other/connections/social/wild?app_id=second", "/connections/social/..%2Fmp?app_id=web",
    ]

    @Test("an unknown connection or pool is a page", arguments: unknown)
    func notThere(_ address: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.request(address)
            #expect(page.status == .notFound && page.location == nil && page.page == "not-found", "\(page.status)")
        }
    }
}
