import Foundation
import HTTPTypes
import JWT
import Testing
import WeChatSimulator

@testable import IdP

/// What a drop-in replacement must accept, one function a number.
enum AuthingDropIn {
    private static let back = "https://app.example.com/cb"

    /// The only address of `web`, so that starts without `redirect_url` know where to return.
    private static func oneRedirect(_ yaml: String) -> String {
        yaml.replacing(#", "https://app.example.com/cb?x=1""#, with: "")
    }

    // MARK: 1

    /// `host`, `appId`, `identifier` and `redirectUrl` as each generation puts them together; `URLSearchParams` writes `+`
    /// for a space.
    static func constructors() async throws {
        let encoded = "https%3A%2F%2Fapp.example.com%2Fcb"
        let type = "wechat:webpage-authorization"
        let built = [
            // 1.0: { userPoolId, host: { oauth } }
            "/oauth/wechatmp/url/default",
            // 1.1.0: { appId, host }
            "/connections/social/\(type)?app_id=web",
            // 1.1.0 and 1.2.0: { appId, host, redirectUrl }
            "/connections/social/\(type)?app_id=web&redirect_url=\(encoded)",
            // 1.3: { appId, host, identifier }, with and without redirectUrl
            "/connections/social/mp?app_id=web",
            "/connections/social/mp?app_id=web&redirect_url=\(encoded)",
        ]
        for address in built {
            try await TestApp.story(yaml: oneRedirect) { app in
                let browser = Browser(app)
                let answer = try await app.finishSocial(try await browser.open(address), in: browser)
                #expect(answer.answer.location?.hasPrefix(back + "#code=200&") == true, "\(address)")
                #expect(answer.data["nickname"]?.stringValue == "Alice")
            }
        }
    }

    // MARK: 2

    static func addresses() async throws {
        let ignored = [
            "from_hosted_guard=1", "redirected=1", "guard_version=4.5.0", "tenant_id=t", "context=%7B%7D",
            "authorization_params=%7B%22scope%22%3A%22snsapi_userinfo%22%7D", "custom_data=%7B%22a%22%3A1%7D",
            "with_custom_data=1", "protocol=oidc", "uuid=0f8fad5b-d9cb-469f-a165-70867728950e", "x=y", "x=z",
        ].joined(separator: "&")
        try await TestApp.story { app in
            for path in ["/connections/social/wechat:webpage-authorization", "//connections/social/mp"] {
                let browser = Browser(app)
                let query = PercentEncoding.query([("app_id", "web"), ("redirect_url", back)])
                let start = try await browser.open("\(app.publicURL)\(path)?\(query)&\(ignored)")
                let answer = try await app.finishSocial(start, in: browser)
                #expect(answer.answer.location?.hasPrefix(back + "#code=200&") == true, "\(path)")
                #expect(answer.data["customData"] == nil && answer.data["identities"] == nil)
            }
            try await identities(app)
            try await userPool(app)
        }
    }

    /// `with_identities=1`: the accounts at the application's own connections.
    private static func identities(_ app: TestApp) async throws {
        let browser = Browser(app)
        // The person is known at `wild` too, which `web` may not use.
        _ = try await app.code("second", in: browser)
        let start = TestApp.socialStart("mp", client: "web", redirectURL: back) + "&with_identities=1"
        let answer = try await app.finishSocial(try await Browser(app).open(start), in: browser)
        let identities = answer.data["identities"]?.arrayValue ?? []
        #expect(identities.count == 1)
        #expect(identities.first?["originConnIds"] == ["mp"])
        #expect(identities.first?["openid"] == answer.data["openid"])
        #expect(identities.first?["accessToken"]?.isNull == true)
        #expect(try await app.count("wechat_openids") == 2)
    }

    /// `userpool_id` in place of `app_id`: the pool's default application, and no other pool.
    private static func userPool(_ app: TestApp) async throws {
        let browser = Browser(app)
        let start = TestApp.socialStart("mp", client: nil, redirectURL: back)
        let answer = try await app.finishSocial(try await browser.open(start + "&userpool_id=default"), in: browser)
        #expect(try await app.verified(answer.token, type: .jwt).audience == ["web"])
        let foreign = try await browser.open(start + "&userpool_id=other")
        #expect(foreign.page == "unknown-client")
    }

    // MARK: 3

    static func answer() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.social("legacy", client: "old", in: browser)
            try await app.execute("UPDATE users SET nickname = 'a+b c&d=e#f%2B小明'")
            let good = try await app.social("legacy", client: "old", in: browser)
            let location = try #require(good.answer.location)
            let query = location.drop { $0 != "?" }
            #expect(!query.contains("+") && !query.contains("#") && !location.contains("undefined"))
            #expect(good.parameters["keep"] == "1" && good.code == "200" && good.message?.isEmpty == false)
            #expect(good.data["nickname"]?.stringValue == "a+b c&d=e#f%2B小明")
        }
        try await TestApp.story { app in
            await app.simulator.setBehaviour { $0.refusal = .stateOnly }
            let stranger = Browser(app)
            let start = TestApp.socialStart("legacy", client: "old", redirectURL: nil)
            let consent = try await stranger.press(try await stranger.open(start))
            let refused = try await stranger.refuse(consent)
            #expect(refused.query["code"] == "403" && refused.query["message"]?.isEmpty == false)
            #expect(refused.query["data"] == nil && refused.location?.contains("data") == false)
        }
    }

    // MARK: 4 and 5

    static func token() async throws {
        try await TestApp.story { app in
            let answer = try await app.social("mp", in: Browser(app))
            #expect(try UnverifiedJWS(answer.token).algorithm == .rs256)
            for path in ["/oidc/.well-known/jwks.json", "/web/oidc/.well-known/jwks.json"] {
                let set = try JWKSet(parsing: Array(try await app.send(path).text.utf8))
                let claims = try RegisteredClaims(parsing: try JWS.verify(answer.token, with: set, type: .jwt).payload)
                #expect(claims.issuer == app.publicURL + "/oidc" && claims.audience == ["web"])
                #expect(claims.expiresAt.map { $0 > app.clock.now } == true)
            }
        }
    }

    static func legacyClaims() async throws {
        try await TestApp.story { app in
            let answer = try await app.social("mp", in: Browser(app))
            let claims = try await app.verified(answer.token, type: .jwt)
            #expect(claims["data"]?["id"]?.stringValue == claims.subject)
            #expect(claims["data"]?["clientId"]?.stringValue == "web")
            #expect(claims["data"]?["unionid"] == answer.data["unionid"])
        }
    }

    // MARK: 6

    static func popup() async throws {
        try await TestApp.story { app in
            let popup = try await app.popup(in: try await app.desktop())
            #expect(popup.targets == ["https://app.example.com"] && popup.code == 200)
            #expect(popup.message["event"] == ["source": "authing", "eventType": "socialLogin"])
        }
    }

    // MARK: 7

    static func proofFile() async throws {
        try await TestApp.story { app in
            let answer = try await app.send("/MP_verify_abcdefgh12345678.txt")
            #expect(answer.status == .ok && answer.text == "abcdefgh12345678")
            #expect(answer.headers[.contentType]?.hasPrefix("text/plain") == true)
            for path in ["/MP_verify_x.txt", "/mp_verify_abcdefgh12345678.txt", "/pools/other/MP_verify_other000.txt"] {
                #expect(try await app.send(path).status == .notFound, "\(path)")
            }
        }
    }

    // MARK: 8

    static func redirectGuard() async throws {
        let cases: [(connection: String, client: String, address: String, isAllowed: Bool)] = [
            ("wild", "second", "https://forum.example.com/t/topic/1234", true),
            ("wild", "second", "https://a.b.example.com/x", true),
            ("wild", "second", "https://example.com/t", false),
            ("wild", "second", "http://forum.example.com/t", false),
            ("wild", "second", "https://forum.example.com:8443/t", false),
            ("wild", "second", "https://forum.example.com.evil.example/t", false),
            ("wild", "second", "https://evilexample.com/t", false),
            ("wild", "second", "https://forum.example.com/t#x", false),
            ("mp", "web", "https://app.example.com/cb", true),
            ("mp", "web", "https://app.example.com/cb/", false),
            ("mp", "web", "https://basic.example.com/cb", false),
            ("mp", "basic", "https://basic.example.com/cb", true),
            ("base", "based", "https://base.example.com/back", true),
            ("base", "based", "https://base.example.com/back/", false),
        ]
        for row in cases {
            try await TestApp.story { app in
                let browser = Browser(app)
                let start = TestApp.socialStart(row.connection, client: row.client, redirectURL: row.address)
                let first = try await browser.request(start)
                if row.isAllowed {
                    #expect(first.location?.contains(TestApp.wechatHost) == true, "\(row.address)")
                } else {
                    #expect(first.page == "redirect-not-allowed" && browser.wechatVisits.isEmpty, "\(row.address)")
                }
            }
        }
    }

    // MARK: 9

    static func endpoints() async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("basic", in: Browser(app))
            for name in ["access_token", "refresh_token"] {
                #expect(try await app.introspect(tokens.field(name), as: "basic").isActive, "\(name)")
            }
            #expect(try await app.introspect("x.y.z", as: "basic").isInactive)
            let access = tokens.field("access_token")
            #expect(try await app.me(access).status == .ok)
            #expect(try await app.send(.post, "/oidc/me", form: ["access_token": access]).status == .ok)
            // In the query it gets into logs and histories: RFC 6750 section 2.3, and RFC 9700 section 4.3.2 forbids it.
            let inQuery = try await app.send("/oidc/me?access_token=\(access)")
            #expect(inQuery.status == .unauthorized && inQuery.json["sub"] == nil)
            // A page has no secret; it redeems and revokes all the same.
            let page = try await app.tokens("web", in: Browser(app)).field("access_token")
            #expect(try await app.revoke(page, as: "web").status == .ok)
            #expect(try await app.me(page).status == .unauthorized)
        }
    }

    // MARK: 10

    static func state() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let start = TestApp.socialStart("mp", client: "web", redirectURL: back)
            let callback = try await browser.callback(start)
            let state = try #require(Address.parameters(callback, after: "?")["state"])
            #expect(state.utf8.count == 32 && state.utf8.allSatisfy(\.isLowerHexDigit))
            // Somebody else's browser gets nothing from it, and takes nothing away.
            let thief = try await Browser(app).request(callback)
            #expect(thief.location == nil && app.bridge.exchanges == 0)
            let own = try await app.finishSocial(try await browser.open(callback), in: browser)
            #expect(own.code == "200" && own.parameters["state"] == nil)
            let again = try await Browser(app).callback(start)
            #expect(Address.parameters(again, after: "?")["state"] != state)
        }
    }
}
