import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("What the token endpoint answers")
struct TokenAnswerTests {
    @Test("the shape of the answer, which nobody may keep")
    func shape() async throws {
        try await TestApp.story { app in
            let answer = try await app.tokens(in: Browser(app))
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.headers[.cacheControl] == "no-store" && answer.headers[.pragma] == "no-cache")
            #expect(answer.json["token_type"]?.stringValue == "Bearer")
            #expect(answer.json["expires_in"]?.integerValue == 3600)
            #expect(answer.field("scope") == "openid profile offline_access")
            let names = Set(answer.json.objectValue?.keys ?? [])
            #expect(names == ["access_token", "token_type", "expires_in", "scope", "id_token", "refresh_token"])
            #expect(answer.setCookies.isEmpty)
        }
    }

    @Test(
        "the ID token verifies with the served keys and holds what it must, nothing about WeChat",
        arguments: ["web", "basic"])
    func idToken(_ client: String) async throws {
        try await TestApp.story { app in
            let now = Int64(app.clock.now.timeIntervalSince1970)
            let answer = try await app.tokens(client, in: Browser(app))
            let claims = try await app.verified(answer.field("id_token"), type: .jwt)
            #expect(claims.issuer == "https://id.example.com/oidc" && claims.audience == [client])
            #expect(claims.subject?.isEmpty == false && claims["nonce"]?.stringValue == "n-0nce")
            #expect(claims["iat"]?.integerValue == now && claims["exp"]?.integerValue == now + 3600)
            #expect(claims["auth_time"]?.integerValue == now && claims.jwtID != nil && claims["sid"] != nil)
            let rows = try await app.database.query("SELECT openid, unionid FROM wechat_openids", [])
            let payload = try JWS.verify(
                answer.field("id_token"), with: try JWKSet(parsing: Array(try await jwks(app).utf8)), type: .jwt
            ).payload
            let text = String(decoding: payload, as: UTF8.self)
            for row in rows {
                let openID = try row.text("openid")
                #expect(!text.contains(openID) && claims.subject != openID)
            }
            for absent in ["email", "phone_number", "gender", "openid", "unionid", "data"] {
                #expect(claims[absent] == nil)
            }
        }
    }

    private func jwks(_ app: TestApp) async throws -> String {
        try await app.send("/oidc/.well-known/jwks.json").text
    }

    @Test("the access token: RFC 9068, its audience is the issuer and never a client")
    func accessToken() async throws {
        try await TestApp.story { app in
            let answer = try await app.tokens(in: Browser(app))
            let token = answer.field("access_token")
            let header = try JSON.parse(try Base64URL.decode(token.prefix { $0 != "." }))
            #expect(header["typ"]?.stringValue == "at+jwt" && header["alg"]?.stringValue == "RS256")
            let claims = try await app.verified(token, type: .accessToken)
            #expect(claims.issuer == "https://id.example.com/oidc")
            #expect(claims.audience == ["https://id.example.com/oidc"])
            #expect(claims["client_id"]?.stringValue == "web")
            #expect(claims["scope"]?.stringValue == "openid profile offline_access")
            for name in ["exp", "iat", "jti", "sub", "auth_time", "acr"] { #expect(claims[name] != nil, "\(name)") }
            let id = try await app.verified(answer.field("id_token"), type: .jwt)
            #expect(id.subject == claims.subject && id.jwtID != claims.jwtID)
        }
    }

    @Test("neither token passes for the other")
    func confusion() async throws {
        try await TestApp.story { app in
            let answer = try await app.tokens(in: Browser(app))
            await #expect(throws: JWTError.self) {
                _ = try await app.verified(answer.field("access_token"), type: .jwt)
            }
            await #expect(throws: JWTError.self) {
                _ = try await app.verified(answer.field("id_token"), type: .accessToken)
            }
            #expect(try await app.me(answer.field("id_token")).status == .unauthorized)
        }
    }

    @Test("without openid it is plain OAuth: no ID token, no userinfo")
    func withoutOpenID() async throws {
        try await TestApp.story { app in
            let answer = try await app.tokens(scope: "profile", in: Browser(app))
            #expect(answer.json["id_token"] == nil && answer.json["access_token"] != nil)
            let me = try await app.me(answer.field("access_token"))
            #expect(me.status == .forbidden && me.error == "insufficient_scope")
        }
    }

    @Test("unknown scopes are ignored and the answer says what was granted")
    func unknownScopes() async throws {
        try await TestApp.story { app in
            let answer = try await app.tokens(scope: "openid nonsense ADMIN openid", in: Browser(app))
            #expect(answer.field("scope") == "openid")
        }
    }

    @Test("without a nonce the ID token has none")
    func withoutNonce() async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app), ["nonce": nil])
            let answer = try await app.redeem(code)
            #expect(try await app.verified(answer.field("id_token"), type: .jwt)["nonce"] == nil)
        }
    }

    static let nonces = [
        "\"}<script>", "状态🐧", "x\u{301}\u{200D}\u{FE0F}", "\\u0000", String(repeating: "n", count: 2048),
    ]

    @Test("the nonce comes back byte for byte", arguments: nonces)
    func nonce(_ nonce: String) async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app), ["nonce": nonce])
            let answer = try await app.redeem(code)
            let claims = try await app.verified(answer.field("id_token"), type: .jwt)
            #expect(claims["nonce"]?.stringValue.map { Array($0.utf8) } == Array(nonce.utf8))
        }
    }

    @Test("lifetimes are the application's own")
    func lifetimes() async throws {
        try await TestApp.story { yaml in
            yaml.replacing(
                "client_id: web,", with: "client_id: web, id_token_lifetime: 5m, access_token_lifetime: 2m,")
        } _: { app in
            let now = Int64(app.clock.now.timeIntervalSince1970)
            let answer = try await app.tokens(in: Browser(app))
            #expect(answer.json["expires_in"]?.integerValue == 120)
            let id = try await app.verified(answer.field("id_token"), type: .jwt)
            let access = try await app.verified(answer.field("access_token"), type: .accessToken)
            #expect(id["exp"]?.integerValue == now + 300 && access["exp"]?.integerValue == now + 120)
        }
    }

    @Test("one person has one sub at every application of the pool, and another person another")
    func subjects() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            var subjects: Set<String> = []
            for client in ["web", "basic", "post", "native", "third"] {
                let answer = try await app.tokens(client, in: browser)
                subjects.insert(try await app.verified(answer.field("id_token"), type: .jwt).subject ?? "")
            }
            #expect(subjects.count == 1)
            let other = try await app.tokens(in: Browser(app, person: "xiaoming"))
            #expect(try await app.verified(other.field("id_token"), type: .jwt).subject != subjects.first)
        }
    }
}
