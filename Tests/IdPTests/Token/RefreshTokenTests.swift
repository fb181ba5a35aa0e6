import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("Refresh tokens rotate; at any time one successor lives")
struct RefreshTokenTests {
    private func refused(_ answer: Answer) -> Bool {
        answer.status == .badRequest && answer.error == "invalid_grant" && answer.json["access_token"] == nil
    }

    private func start(_ app: TestApp, _ client: String = "web") async throws -> String {
        let token = try await app.tokens(client, in: Browser(app)).field("refresh_token")
        #expect(token.utf8.count >= 43)
        return token
    }

    @Test("given only with offline_access")
    func onlyWhenAsked() async throws {
        try await TestApp.story { app in
            let tokens = try await app.tokens(scope: "openid profile", in: Browser(app))
            #expect(tokens.json["refresh_token"] == nil)
            #expect(try await app.count("refresh_tokens") == 0)
        }
    }

    @Test("rotated at each use, down a long line")
    func rotation() async throws {
        try await TestApp.story { app in
            var token = try await start(app)
            var seen: Set<String> = [token]
            for _ in 0..<5 {
                app.clock.advance(by: 3600)
                let answer = try await app.refresh(token)
                #expect(answer.status == .ok && answer.headers[.cacheControl] == "no-store")
                #expect(try await app.me(answer.field("access_token")).status == .ok)
                token = answer.field("refresh_token")
                let isNew = seen.insert(token).inserted
                #expect(isNew)
            }
        }
    }

    @Test("a lost answer: within the grace the previous one gets the same successor again", arguments: [0.0, 9, 10])
    func grace(after seconds: Double) async throws {
        try await TestApp.story { app in
            let first = try await start(app)
            let one = try await app.refresh(first)
            app.clock.advance(by: seconds)
            let two = try await app.refresh(first)
            #expect(two.status == .ok && two.field("refresh_token") == one.field("refresh_token"))
            #expect(two.field("refresh_token") != first)
            #expect(try await app.refresh(two.field("refresh_token")).status == .ok)
        }
    }

    @Test("in parallel: all get one and the same successor")
    func parallel() async throws {
        try await TestApp.story { app in
            let first = try await start(app)
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<20 { group.addTask { try await app.refresh(first) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == .ok })
            #expect(Set(answers.map { $0.field("refresh_token") }).count == 1)
            #expect(try await app.count("refresh_tokens", where: "rotated_at IS NULL") == 1)
        }
    }

    @Test("reused after the grace: the whole family ends, access tokens included", arguments: [11.0, 3000])
    func reuseAfterGrace(after seconds: Double) async throws {
        try await TestApp.story { app in
            let first = try await start(app)
            let one = try await app.refresh(first)
            app.clock.advance(by: seconds)
            #expect(try await refused(app.refresh(first)))
            #expect(try await refused(app.refresh(one.field("refresh_token"))))
            #expect(try await app.me(one.field("access_token")).status == .unauthorized)
        }
    }

    @Test("reused within the grace, but its successor was used already: the whole family ends")
    func reuseAfterSuccessor() async throws {
        try await TestApp.story { app in
            let first = try await start(app)
            let one = try await app.refresh(first)
            let two = try await app.refresh(one.field("refresh_token"))
            #expect(two.status == .ok)
            #expect(try await refused(app.refresh(first)))
            #expect(try await refused(app.refresh(two.field("refresh_token"))))
            #expect(try await app.me(two.field("access_token")).status == .unauthorized)
        }
    }

    @Test("another sign-in's family is not touched by it")
    func otherFamily() async throws {
        try await TestApp.story { app in
            let (first, other) = (try await start(app), try await start(app))
            _ = try await app.refresh(first)
            app.clock.advance(by: 60)
            #expect(try await refused(app.refresh(first)))
            #expect(try await app.refresh(other).status == .ok)
        }
    }

    @Test("no grace at all where the application has none")
    func withoutGrace() async throws {
        try await TestApp.story { yaml in
            yaml.replacing("client_id: web,", with: "client_id: web, refresh_token_reuse_grace: 0s,")
        } _: { app in
            let first = try await start(app)
            _ = try await app.refresh(first)
            app.clock.advance(by: 1)
            #expect(try await refused(app.refresh(first)))
        }
    }

    static let others = ["strict", "basic", "post", "native", "third"]

    @Test("another client gets nothing for it and ends nothing", arguments: others)
    func otherClient(_ client: String) async throws {
        try await TestApp.story { app in
            let first = try await start(app)
            #expect(try await refused(app.refresh(first, client)))
            let one = try await app.refresh(first)
            #expect(one.status == .ok)
            app.clock.advance(by: 60)
            #expect(try await refused(app.refresh(first, client)))
            #expect(try await app.refresh(one.field("refresh_token")).status == .ok)
        }
    }

    @Test("scope may shrink for one answer and grow back, never beyond what was granted")
    func scopes() async throws {
        try await TestApp.story { app in
            var token = try await start(app)
            let less = try await app.refresh(token, scope: "openid")
            #expect(less.field("scope") == "openid")
            #expect(try await app.me(less.field("access_token")).json["nickname"] == nil)
            token = less.field("refresh_token")
            let back = try await app.refresh(token)
            #expect(back.field("scope") == "openid profile offline_access")
            token = back.field("refresh_token")
            let without = try await app.refresh(token, scope: "profile")
            #expect(without.status == .ok && without.json["id_token"] == nil)
            token = without.field("refresh_token")
            for scope in ["openid email", "openid phone profile", "admin", "OPENID"] {
                let more = try await app.refresh(token, scope: scope)
                #expect(more.status == .badRequest && more.error == "invalid_scope", "\(scope)")
            }
            // What was asked wrongly has not used the token up, however late it is asked rightly.
            app.clock.advance(by: 60)
            #expect(try await app.refresh(token).status == .ok)
        }
    }

    @Test("scopes that were not granted at first are not granted later")
    func scopeNotGranted() async throws {
        try await TestApp.story { app in
            let tokens = try await app.tokens(scope: "openid offline_access", in: Browser(app))
            let more = try await app.refresh(tokens.field("refresh_token"), scope: "openid profile")
            #expect(more.error == "invalid_scope")
        }
    }

    @Test("a blocked person's is refused, and works again when the block is lifted or not at all")
    func blocked() async throws {
        try await TestApp.story { app in
            let first = try await start(app)
            try await app.execute("UPDATE users SET blocked = 1")
            #expect(try await refused(app.refresh(first)))
            #expect(try await refused(app.refresh(first)))
        }
    }

    static let lives: [(Double, Bool)] = [(2_591_999, true), (2_592_000, false), (5_000_000, false)]

    @Test("lives 30 days since it was issued, and outlives the browser's session", arguments: lives)
    func life(_ seconds: Double, isGood: Bool) async throws {
        try await TestApp.story { app in
            let first = try await start(app)
            app.clock.advance(by: seconds)
            let answer = try await app.refresh(first)
            #expect(isGood ? answer.status == .ok : refused(answer), "\(answer.text)")
        }
    }

    static let mangled = ["", "x", "made-up-token", "' OR 1=1 --", "\u{301}", String(repeating: "a", count: 60_000)]

    @Test("made-up ones get an error", arguments: mangled)
    func madeUp(_ token: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.refresh(token)
            #expect(answer.status == .badRequest)
            #expect(answer.error == (token.isEmpty ? "invalid_request" : "invalid_grant"))
        }
    }

    @Test("other tokens are no refresh tokens")
    func otherTokens() async throws {
        try await TestApp.story { app in
            let code = try await app.code(scope: "openid offline_access", in: Browser(app))
            #expect(try await refused(app.refresh(code)))
            let tokens = try await app.redeem(code)
            for name in ["access_token", "id_token"] {
                #expect(try await refused(app.refresh(tokens.field(name))))
            }
        }
    }

    @Test(
        "the new ID token tells the same sign-in: sub, auth_time, acr, sid, aud; no nonce", arguments: ["web", "basic"])
    func claims(_ client: String) async throws {
        try await TestApp.story { app in
            let tokens = try await app.tokens(client, in: Browser(app))
            let old = try await app.verified(tokens.field("id_token"), type: .jwt)
            app.clock.advance(by: 1000)
            let answer = try await app.refresh(tokens.field("refresh_token"), client)
            let new = try await app.verified(answer.field("id_token"), type: .jwt)
            #expect(new.subject == old.subject && new.audience == [client] && new.issuer == old.issuer)
            for name in ["auth_time", "acr", "sid"] {
                #expect(new[name] != nil && new[name] == old[name], "\(name)")
            }
            #expect(new["nonce"] == nil && new.jwtID != old.jwtID)
            #expect(new.issuedAt == old.issuedAt?.addingTimeInterval(1000))
        }
    }

    @Test("is stored neither in the clear nor in a form that a copy of the database opens")
    func stored() async throws {
        try await TestApp.story { app in
            let first = try await start(app)
            let next = try await app.refresh(first).field("refresh_token")
            let rows = try await app.database.query(
                "SELECT token_hash, successor_hash, successor_sealed FROM refresh_tokens", [])
            for row in rows {
                let hash = try row.text("token_hash")
                #expect(hash != first && hash != next)
                let sealed = try row.optionalBlob("successor_sealed") ?? []
                #expect(sealed.firstRange(of: Array(next.utf8)) == nil)
            }
        }
    }
}
