import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("Revocation ends what it says, for whom it belongs to, and never pretends")
struct RevocationTests {
    private static let names = ["access_token", "refresh_token"]

    // MARK: Who may revoke

    @Test("a client that can't prove itself ends nothing")
    func unproven() async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("basic", in: Browser(app))
            for name in Self.names {
                for form in [["token": tokens.field(name)], ["token": tokens.field(name), "client_id": "basic"]] {
                    let answer = try await app.send(.post, "/oidc/token/revocation", form: form)
                    #expect(answer.status == .unauthorized && answer.error == "invalid_client")
                }
            }
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
            #expect(try await app.refresh(tokens.field("refresh_token"), "basic").status == .ok)
        }
    }

    @Test("a token of another client is refused and goes on working", arguments: ["web", "api"])
    func otherClient(_ client: String) async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("basic", in: Browser(app))
            let opaque = try await app.moreTokens("opaque", in: Browser(app))
            for name in Self.names {
                for token in [tokens.field(name), opaque.field(name)] {
                    let answer = try await app.revoke(token, as: client)
                    #expect(answer.status == .badRequest && answer.error == "invalid_grant", "\(name)")
                    #expect(!answer.text.contains(token))
                }
            }
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
            #expect(try await app.me(opaque.field("access_token")).status == .ok)
            #expect(try await app.refresh(tokens.field("refresh_token"), "basic").status == .ok)
            #expect(try await app.introspect(opaque.field("refresh_token"), as: "opaque").isActive)
        }
    }

    @Test("a token of another pool is unknown here and goes on working there")
    func otherPool() async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("other-basic", in: Browser(app))
            for name in Self.names {
                #expect(try await app.revoke(tokens.field(name), as: "basic").status == .ok)
            }
            #expect(try await app.me(tokens.field("access_token"), pool: "/pools/other").status == .ok)
            #expect(try await app.refresh(tokens.field("refresh_token"), "other-basic").status == .ok)
        }
    }

    // MARK: When the storage fails

    @Test("a storage failure is a 503 that a client can read, never a silent 200", arguments: names)
    func storage(_ name: String) async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("basic", in: Browser(app))
            for trouble in [WatchedDatabase.Trouble.writes, .everything] {
                app.storage.trouble = trouble
                let answer = try await app.revoke(tokens.field(name), as: "basic")
                #expect(answer.status == .serviceUnavailable && answer.error == "temporarily_unavailable")
                #expect(answer.headers[.retryAfter] != nil)
            }
            app.storage.trouble = .nothing
            #expect(try await app.introspect(tokens.field(name), as: "basic").isActive)
            #expect(try await app.revoke(tokens.field(name), as: "basic").status == .ok)
            #expect(try await app.introspect(tokens.field(name), as: "basic").isInactive)
        }
    }

    // MARK: What it ends

    @Test("an access token of either form ends alone", arguments: ["basic", "opaque"])
    func access(_ client: String) async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            let tokens =
                client == "basic"
                ? try await app.tokens("basic", in: browser) : try await app.moreTokens(client, in: browser)
            let refreshed = try await app.post(
                "/oidc/token", as: client,
                ["grant_type": "refresh_token", "refresh_token": tokens.field("refresh_token")])
            let answer = try await app.revoke(tokens.field("access_token"), as: client, hint: "access_token")
            #expect(answer.status == .ok && answer.text.isEmpty)
            #expect(try await app.me(tokens.field("access_token")).status == .unauthorized)
            #expect(try await app.introspect(tokens.field("access_token"), as: client).isInactive)
            #expect(try await app.me(refreshed.field("access_token")).status == .ok)
            #expect(try await app.introspect(refreshed.field("refresh_token"), as: client).isActive)
        }
    }

    @Test("a refresh token ends its whole family, also one that was used before", arguments: [false, true])
    func refresh(_ isUsed: Bool) async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            let tokens = try await app.tokens("basic", in: browser)
            let sibling = try await app.tokens("basic", in: browser)
            let refreshed = try await app.refresh(tokens.field("refresh_token"), "basic")
            let token = isUsed ? tokens.field("refresh_token") : refreshed.field("refresh_token")
            #expect(try await app.revoke(token, as: "basic").status == .ok)
            for access in [tokens, refreshed] {
                #expect(try await app.me(access.field("access_token")).status == .unauthorized)
            }
            let again = try await app.refresh(refreshed.field("refresh_token"), "basic")
            #expect(again.status == .badRequest && again.error == "invalid_grant")
            // Another sign-in of the same person at the same application is another grant.
            #expect(try await app.me(sibling.field("access_token")).status == .ok)
        }
    }

    @Test("a public client revokes its own by client_id")
    func publicClient() async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("web", in: Browser(app))
            #expect(try await app.revoke(tokens.field("refresh_token"), as: "web").status == .ok)
            #expect(try await app.me(tokens.field("access_token")).status == .unauthorized)
        }
    }

    @Test("unknown, malformed and ended tokens are 200; a hint may be wrong or unknown")
    func unknown() async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("basic", in: Browser(app))
            for token in ["x", "a.b.c", String(repeating: "A", count: 43)] {
                #expect(try await app.revoke(token, as: "basic").status == .ok)
            }
            let access = tokens.field("access_token")
            #expect(try await app.revoke(access, as: "basic", hint: "refresh_token").status == .ok)
            #expect(try await app.me(access).status == .unauthorized)
            #expect(try await app.revoke(access, as: "basic", hint: "made_up").status == .ok)
            let none = try await app.post("/oidc/token/revocation", as: "basic", [:])
            #expect(none.status == .badRequest && none.error == "invalid_request")
        }
    }

    @Test("an ID token can't be revoked, and the client is told")
    func idToken() async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("basic", in: Browser(app))
            let answer = try await app.revoke(tokens.field("id_token"), as: "basic")
            #expect(answer.status == .badRequest && answer.error == "unsupported_token_type")
            #expect(try await app.revoke(tokens.field("id_token"), as: "api").error == "invalid_grant")
        }
    }

    // MARK: From a page

    @Test("pages of registered origins may revoke, others may not read the answer")
    func cors() async throws {
        try await TestApp.tokenStory { app in
            for (origin, isAllowed) in [("https://app.example.com", true), ("https://evil.example", false)] {
                let preflight = try await app.send(
                    .options, "/oidc/token/revocation", headers: [.origin: origin, .accessControlRequestMethod: "POST"])
                #expect(preflight.status == (isAllowed ? .noContent : .forbidden))
                let answer = try await app.send(
                    .post, "/oidc/token/revocation", headers: [.origin: origin],
                    form: ["client_id": "web", "token": "x"])
                #expect(answer.headers[.accessControlAllowOrigin] == (isAllowed ? origin : nil))
                #expect(answer.headers[.accessControlAllowCredentials] == nil)
            }
        }
    }
}
