import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("/oidc/me takes one token, in the header or in a form body")
struct UserInfoTests {
    private func isInvalid(_ answer: Answer) -> Bool {
        let challenge = answer.headers[.wwwAuthenticate] ?? ""
        return answer.status == .unauthorized && answer.error == "invalid_token"
            && challenge.hasPrefix("Bearer ") && challenge.contains("error=\"invalid_token\"")
            && answer.json["sub"] == nil
    }

    private func isBare(_ answer: Answer) -> Bool {
        answer.status == .unauthorized && answer.headers[.wwwAuthenticate] == "Bearer realm=\"wxidp\""
    }

    @Test("no token: 401 and a bare challenge")
    func noToken() async throws {
        try await TestApp.story { app in
            let basic: HTTPFields = [.authorization: TestApp.basic("basic", TestConfiguration.clientSecret)]
            for answer in [
                try await app.send("/oidc/me"), try await app.send(.post, "/oidc/me", form: [:]),
                try await app.send(.post, "/oidc/me", form: ["access_token": ""]),
                try await app.send("/oidc/me", headers: basic),
            ] {
                #expect(isBare(answer))
            }
        }
    }

    @Test("a token in the address does not count")
    func query() async throws {
        try await TestApp.story { app in
            let token = try await app.tokens(in: Browser(app)).field("access_token")
            #expect(try await isBare(app.send("/oidc/me?access_token=\(token)")))
            #expect(try await isBare(app.send(.post, "/oidc/me?access_token=\(token)", form: [:])))
        }
    }

    @Test("header, lower-case scheme, POST header, POST body: the same answer")
    func places() async throws {
        try await TestApp.story { app in
            let token = try await app.tokens(in: Browser(app)).field("access_token")
            let bearer: HTTPFields = [.authorization: "Bearer \(token)"]
            var texts: Set<String> = []
            for answer in [
                try await app.send("/oidc/me", headers: bearer),
                try await app.send("/oidc/me", headers: [.authorization: "bearer \(token)"]),
                try await app.send(.post, "/oidc/me", headers: bearer),
                try await app.send(.post, "/oidc/me", headers: bearer, form: ["x": "y"]),
                try await app.send(.post, "/oidc/me", form: ["access_token": token]),
            ] {
                #expect(answer.status == .ok && answer.headers[.contentType] == "application/json")
                #expect(answer.headers[.cacheControl] == "no-store")
                texts.insert(answer.text)
            }
            #expect(texts.count == 1)
        }
    }

    @Test("two tokens are invalid_request, even the same one twice")
    func ambiguous() async throws {
        try await TestApp.story { app in
            let token = try await app.tokens(in: Browser(app)).field("access_token")
            let bearer: HTTPFields = [.authorization: "Bearer \(token)"]
            var twice = bearer
            twice.append(HTTPField(name: .authorization, value: "Bearer \(token)"))
            let repeated = "access_token=\(token)&access_token=\(token)"
            for answer in [
                try await app.send(.post, "/oidc/me", headers: bearer, form: ["access_token": token]),
                try await app.send("/oidc/me", headers: twice),
                try await app.send(
                    .post, "/oidc/me", headers: [.contentType: "application/x-www-form-urlencoded"], body: repeated),
            ] {
                #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(answer.text)")
                #expect(answer.headers[.wwwAuthenticate]?.contains("error=\"invalid_request\"") == true)
            }
        }
    }

    static let mangled = [
        "x", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", "null", "' OR 1=1 --", String(repeating: "a", count: 20_000),
    ]

    @Test("what is no token of ours is invalid_token", arguments: mangled)
    func notOurs(_ token: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.me(token)
            #expect(isInvalid(answer), "\(answer.status) \(answer.text)")
            #expect(!answer.text.contains("OR 1=1"))
        }
    }

    @Test("changed anywhere, a token is worth nothing")
    func changed() async throws {
        try await TestApp.story { app in
            let token = try await app.tokens(in: Browser(app)).field("access_token")
            let parts = token.split(separator: ".").map(String.init)
            let header = Base64URL.encode(Array(#"{"alg":"none","typ":"at+jwt"}"#.utf8))
            let payload = Base64URL.encode(
                Array(
                    String(decoding: try Base64URL.decode(parts[1]), as: UTF8.self).replacing(
                        "\"web\"", with: "\"basic\""
                    ).utf8))
            for bad in [
                "\(parts[0]).\(payload).\(parts[2])", "\(header).\(parts[1]).", "\(header).\(parts[1]).\(parts[2])",
                "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1])", token + ".", token + "A",
                String(token.dropLast(2)),
            ] {
                #expect(try await isInvalid(app.me(bad)))
            }
            #expect(try await app.me(token).status == .ok)
        }
    }

    @Test("other artefacts are no access tokens")
    func otherArtefacts() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let code = try await app.code(scope: "openid offline_access", in: browser)
            #expect(try await isInvalid(app.me(code)))
            let tokens = try await app.redeem(code)
            #expect(try await isInvalid(app.me(tokens.field("refresh_token"))))
            #expect(try await isInvalid(app.me(tokens.field("id_token"))))
            for cookie in browser.cookies.values { #expect(try await isInvalid(app.me(cookie))) }
        }
    }

    static let lives: [(Double, Bool)] = [(3599, true), (3600, false), (3601, false)]

    @Test("expires after its hour", arguments: lives)
    func life(_ seconds: Double, isGood: Bool) async throws {
        try await TestApp.story { app in
            let token = try await app.tokens(in: Browser(app)).field("access_token")
            app.clock.advance(by: seconds)
            let answer = try await app.me(token)
            #expect(isGood ? answer.status == .ok : isInvalid(answer))
        }
    }

    @Test("of a blocked person, of a revoked grant, of a person merged away")
    func ended() async throws {
        try await TestApp.story { app in
            let token = try await app.tokens(in: Browser(app)).field("access_token")
            try await app.execute("UPDATE users SET blocked = 1")
            #expect(try await isInvalid(app.me(token)))
            try await app.execute("UPDATE users SET blocked = 0")
            #expect(try await app.me(token).status == .ok)
            try await app.execute("UPDATE grants SET revoked_at = 1")
            #expect(try await isInvalid(app.me(token)))
        }
    }

    @Test("answers what the scopes allow, and invents nothing")
    func scopes() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let less = try await app.me(try await app.tokens(scope: "openid", in: browser).field("access_token"))
            #expect(Set(less.json.objectValue?.keys ?? []) == ["sub"])
            let more = try await app.me(
                try await app.tokens(scope: "openid profile", in: browser).field("access_token"))
            #expect(more.field("name") == "Alice" && more.field("nickname") == "Alice")
            #expect(more.field("picture").hasPrefix("https://"))
            #expect(more.json["updated_at"]?.integerValue != nil)
            #expect(Set(more.json.objectValue?.keys ?? []) == ["sub", "name", "nickname", "picture", "updated_at"])
            #expect(more.field("sub") == less.field("sub"))
        }
    }

    @Test("sub is the ID token's")
    func subject() async throws {
        try await TestApp.story { app in
            let tokens = try await app.tokens(in: Browser(app))
            let claims = try await app.verified(tokens.field("id_token"), type: .jwt)
            #expect(try await app.me(tokens.field("access_token")).field("sub") == claims.subject)
        }
    }

    static let methods: [HTTPRequest.Method] = [.put, .delete, .patch]

    @Test("other methods are refused", arguments: methods)
    func method(_ method: HTTPRequest.Method) async throws {
        try await TestApp.story { app in
            let token = try await app.tokens(in: Browser(app)).field("access_token")
            let answer = try await app.send(method, "/oidc/me", headers: [.authorization: "Bearer \(token)"])
            #expect([404, 405].contains(answer.status.code) && answer.json["sub"] == nil)
        }
    }
}
