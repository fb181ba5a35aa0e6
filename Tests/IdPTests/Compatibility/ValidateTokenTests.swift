import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("Authing's validate_token answers a good token with its payload, another one in Authing's words")
struct ValidateTokenTests {
    private func ask(_ app: TestApp, _ pairs: [(String, String)], pool: String = "") async throws -> Answer {
        try await app.send(
            pool + "/api/v2/oidc/validate_token?" + PercentEncoding.query(pairs.map { ($0.0, Optional($0.1)) }))
    }

    private func isRefused(_ answer: Answer, _ message: String) -> Bool {
        answer.status == .badRequest && answer.json["code"] == 400 && answer.field("message") == message
    }

    @Test("what is no token has a wrong form", arguments: ["id_token", "access_token"])
    func malformed(_ name: String) async throws {
        try await TestApp.tokenStory { app in
            for token in ["x", "a.b", "a.b.c", "....", "%", "\u{7F}"] {
                let answer = try await ask(app, [(name, token)])
                #expect(isRefused(answer, "\(name) 格式有误"), "\(token) \(answer.text)")
            }
        }
    }

    @Test("a forged, foreign, expired, revoked or exchanged token does not hold", arguments: ["basic", "opaque"])
    func invalid(_ client: String) async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            let tokens =
                client == "basic"
                ? try await app.tokens("basic", in: browser) : try await app.moreTokens(client, in: browser)
            let (id, access) = (tokens.field("id_token"), tokens.field("access_token"))
            let parts = id.split(separator: ".")
            let forged = "\(parts[0]).\(parts[1]).\(Base64URL.encode([UInt8](repeating: 1, count: 256)))"
            #expect(isRefused(try await ask(app, [("id_token", forged)]), "id_token 不合法"))
            #expect(isRefused(try await ask(app, [("access_token", id)]), "access_token 不合法"))
            if client == "basic" { #expect(isRefused(try await ask(app, [("id_token", access)]), "id_token 不合法")) }
            for (name, token) in [("id_token", id), ("access_token", access)] {
                #expect(isRefused(try await ask(app, [(name, token)], pool: "/pools/other"), "\(name) 不合法"))
                #expect(try await ask(app, [(name, token)]).status == .ok)
            }
            #expect(try await app.revoke(access, as: client).status == .ok)
            #expect(isRefused(try await ask(app, [("access_token", access)]), "access_token 不合法"))
            app.clock.advance(by: 3600)
            #expect(isRefused(try await ask(app, [("id_token", id)]), "id_token 不合法"))
        }
    }

    @Test("neither, both or one twice is refused")
    func number() async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens(in: Browser(app))
            let (id, access) = (("id_token", tokens.field("id_token")), ("access_token", tokens.field("access_token")))
            for pairs in [[], [id, access], [id, id], [access, access]] {
                let answer = try await ask(app, pairs)
                #expect(answer.status == .badRequest && answer.json["code"] == 400 && answer.json["sub"] == nil)
            }
        }
    }

    @Test("a token that holds is answered with its payload", arguments: ["basic", "opaque"])
    func valid(_ client: String) async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            let tokens =
                client == "basic"
                ? try await app.tokens("basic", in: browser) : try await app.moreTokens(client, in: browser)
            let claims = try await app.verified(tokens.field("id_token"), type: .jwt)
            let id = try await ask(app, [("id_token", tokens.field("id_token"))])
            #expect(id.status == .ok && id.json == .object(claims.all))
            let access = try await ask(app, [("access_token", tokens.field("access_token"))])
            #expect(access.status == .ok && access.field("sub") == claims.subject)
            #expect(access.field("client_id") == client && access.json["active"] == nil)
        }
    }
}
