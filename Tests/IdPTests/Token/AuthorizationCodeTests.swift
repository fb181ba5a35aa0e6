import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("A code is good once, for a minute, for its client, address and verifier")
struct AuthorizationCodeTests {
    private func refused(_ answer: Answer) -> Bool {
        answer.status == .badRequest && answer.error == "invalid_grant" && answer.json["access_token"] == nil
            && answer.json["id_token"] == nil
    }

    @Test("of many that redeem it at once exactly one succeeds")
    func parallel() async throws {
        try await TestApp.story { app in
            let code = try await app.code(scope: "openid offline_access", in: Browser(app))
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<50 { group.addTask { try await app.redeem(code) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0.status == .ok } == 1)
            #expect(answers.count { refused($0) } == 49)
            #expect(try await app.count("refresh_tokens") == 1)
        }
    }

    @Test("used a second time, everything issued for it ends at once")
    func reuse() async throws {
        try await TestApp.story { app in
            let code = try await app.code(scope: "openid profile offline_access", in: Browser(app))
            let tokens = try await app.redeem(code)
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
            let rotated = try await app.refresh(tokens.field("refresh_token"))
            #expect(rotated.status == .ok)
            #expect(try await refused(app.redeem(code)))
            for token in [tokens.field("access_token"), rotated.field("access_token")] {
                let me = try await app.me(token)
                #expect(me.status == .unauthorized && me.error == "invalid_token")
            }
            for token in [tokens.field("refresh_token"), rotated.field("refresh_token")] {
                #expect(try await refused(app.refresh(token)))
            }
        }
    }

    @Test("a second use by another client ends nothing")
    func reuseByAnother() async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            let tokens = try await app.redeem(code)
            var form = app.redemption(code, "strict")
            form["redirect_uri"] = AuthorizationRequest.redirectURI("web")
            #expect(try await refused(app.token(form, "strict")))
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
        }
    }

    @Test("one code's reuse leaves another sign-in of the same person alone")
    func reuseOfOneOnly() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let first = try await app.code(in: browser)
            let other = try await app.tokens(in: browser)
            #expect(try await app.redeem(first).status == .ok)
            #expect(try await refused(app.redeem(first)))
            #expect(try await app.me(other.field("access_token")).status == .ok)
        }
    }

    static let others = ["strict", "basic", "post", "native", "third", "codeonly"]

    @Test("another client gets nothing for it, and does not spend it", arguments: others)
    func otherClient(_ client: String) async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            for address in [AuthorizationRequest.redirectURI("web"), AuthorizationRequest.redirectURI(client)] {
                var form = app.redemption(code, client)
                form["redirect_uri"] = address
                #expect(try await refused(app.token(form, client)))
            }
            #expect(try await app.redeem(code).status == .ok)
        }
    }

    static let addresses = [
        "https://app.example.com/cb?x=1", "https://app.example.com/cb/", "https://APP.example.com/cb",
        "https://app.example.com/cb\u{301}", "https://app.example.com:443/cb", "https://evil.example/cb", "x",
    ]

    @Test("another redirect_uri, even a registered one", arguments: addresses)
    func otherRedirectURI(_ address: String) async throws {
        try await TestApp.story { app in
            var form = app.redemption(try await app.code(in: Browser(app)))
            form["redirect_uri"] = address
            #expect(try await refused(app.token(form)))
        }
    }

    static let verifiers: [String?] = [
        nil, "", "x", AuthorizationRequest.challenge, String(AuthorizationRequest.verifier.dropLast()),
        AuthorizationRequest.verifier + "A", AuthorizationRequest.verifier + " ",
        AuthorizationRequest.verifier.uppercased(), String(repeating: "a", count: 43),
        String(repeating: "a", count: 129), AuthorizationRequest.verifier + "\u{301}",
    ]

    @Test("another verifier, or none", arguments: verifiers)
    func otherVerifier(_ verifier: String?) async throws {
        try await TestApp.story { app in
            var form = app.redemption(try await app.code(in: Browser(app)))
            form["code_verifier"] = verifier
            #expect(try await refused(app.token(form)))
        }
    }

    struct Proof: Sendable, CustomTestStringConvertible {
        let hasChallenge: Bool
        let hasVerifier: Bool
        var testDescription: String { "challenge \(hasChallenge), verifier \(hasVerifier)" }
    }

    static let proofs = [true, false].flatMap { challenge in
        [true, false].map { Proof(hasChallenge: challenge, hasVerifier: $0) }
    }

    @Test("PKCE of a client with a secret: taken when sent, and neither end may drop it", arguments: proofs)
    func proofKey(_ proof: Proof) async throws {
        try await TestApp.story { app in
            let none: [String: String?] = ["code_challenge": nil, "code_challenge_method": nil]
            let code = try await app.code("basic", in: Browser(app), proof.hasChallenge ? [:] : none)
            var form = app.redemption(code, "basic")
            if !proof.hasVerifier { form["code_verifier"] = nil }
            let answer = try await app.token(form, "basic")
            if proof.hasChallenge == proof.hasVerifier {
                #expect(answer.status == .ok)
            } else {
                #expect(refused(answer))
            }
        }
    }

    @Test("a code presented wrongly once is worth nothing more")
    func wrongOnce() async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            var form = app.redemption(code)
            form["code_verifier"] = String(repeating: "a", count: 43)
            #expect(try await refused(app.token(form)))
            #expect(try await refused(app.redeem(code)))
        }
    }

    static let lives: [(Double, Bool)] = [(59, true), (60, false), (61, false), (86_400, false)]

    @Test("after a minute it is over", arguments: lives)
    func life(_ seconds: Double, isGood: Bool) async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            app.clock.advance(by: seconds)
            let answer = try await app.redeem(code)
            #expect(isGood ? answer.status == .ok : refused(answer))
        }
    }

    static let mangled: [@Sendable (String) -> String] = [
        { $0 + "A" }, { String($0.dropLast()) }, { $0.uppercased() }, { " " + $0 }, { $0 + "\u{301}" },
        { _ in "' OR 1=1 --" },
        { _ in String(repeating: "a", count: 60_000) },
    ]

    @Test("mangled, it is invalid_grant, and the true one stays good", arguments: mangled.indices)
    func mangledCode(_ index: Int) async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            #expect(try await refused(app.redeem(Self.mangled[index](code))))
            #expect(try await app.redeem(code).status == .ok)
        }
    }

    @Test("of somebody blocked since then")
    func blocked() async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            try await app.execute("UPDATE users SET blocked = 1")
            #expect(try await refused(app.redeem(code)))
        }
    }

    @Test("is random, long, and stored as a hash only")
    func shape() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            var codes: Set<String> = []
            for _ in 0..<4 { codes.insert(try await app.code(in: browser)) }
            #expect(codes.count == 4 && codes.allSatisfy { $0.utf8.count >= 43 })
            let rows = try await app.database.query("SELECT code_hash FROM authorization_codes", [])
            let hashes = try rows.map { try $0.text("code_hash") }
            #expect(hashes.count == 4 && codes.isDisjoint(with: hashes))
        }
    }
}
