import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("Introspection tells a client about its own tokens, and anybody else nothing")
struct IntrospectionTests {
    // MARK: Who may ask

    @Test("a client that can't prove itself is refused", arguments: ["nothing", "public", "wrong", "other pool"])
    func refused(_ how: String) async throws {
        try await TestApp.tokenStory { app in
            let token = try await app.tokens("basic", in: Browser(app)).field("access_token")
            let wrong = TestApp.basic("basic", TestConfiguration.postSecret)
            let answer =
                switch how {
                case "nothing": try await app.send(.post, "/oidc/token/introspection", form: ["token": token])
                case "public": try await app.introspect(token, as: "web")
                case "wrong":
                    try await app.send(
                        .post, "/oidc/token/introspection", headers: [.authorization: wrong], form: ["token": token])
                default: try await app.introspect(token, as: "other-basic", pool: "")
                }
            #expect(answer.status == .unauthorized && answer.error == "invalid_client", "\(answer.text)")
            #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Basic") == true)
            #expect(answer.json["active"] == nil)
        }
    }

    @Test("a request without one token is invalid_request")
    func malformed() async throws {
        try await TestApp.tokenStory { app in
            let none = try await app.post("/oidc/token/introspection", as: "basic", [:])
            #expect(none.status == .badRequest && none.error == "invalid_request")
            let twice = try await app.send(
                .post, "/oidc/token/introspection",
                headers: [
                    .authorization: TestApp.basic("basic", TestConfiguration.clientSecret),
                    .contentType: "application/x-www-form-urlencoded",
                ], body: "token=a&token=b")
            #expect(twice.status == .badRequest && twice.error == "invalid_request")
            #expect(try await app.send(.get, "/oidc/token/introspection?token=a").status != .ok)
        }
    }

    // MARK: Inactive

    @Test("whatever is no token of ours is inactive, and no more is said")
    func rubbish() async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("basic", in: Browser(app))
            let code = try await app.code("basic", in: Browser(app))
            let access = tokens.field("access_token")
            let parts = access.split(separator: ".").map(String.init)
            let forged = "\(parts[0]).\(parts[1]).\(String(parts[2].reversed()))"
            let unsigned = Base64URL.encode("{\"alg\":\"none\"}".utf8) + ".\(parts[1])."
            for token in ["x", "a.b.c", String(repeating: "A", count: 43), code, forged, unsigned, access + "A"] {
                let answer = try await app.introspect(token, as: "basic")
                #expect(answer.isInactive, "\(answer.text)")
                #expect(answer.headers[.cacheControl] == "no-store")
            }
        }
    }

    @Test("tokens of another client and of another pool are inactive")
    func foreign() async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("basic", in: Browser(app))
            let opaque = try await app.moreTokens("opaque", in: Browser(app))
            for name in ["access_token", "refresh_token", "id_token"] {
                #expect(try await app.introspect(tokens.field(name), as: "api").isInactive, "\(name)")
                #expect(try await app.introspect(opaque.field(name), as: "basic").isInactive, "\(name)")
                #expect(try await app.introspect(tokens.field(name), as: "other-basic").isInactive, "\(name)")
                #expect(try await app.introspect(opaque.field(name), as: "other-basic").isInactive, "\(name)")
                #expect(try await app.introspect(tokens.field(name), as: "basic").isActive, "\(name)")
            }
        }
    }

    @Test(
        "tokens end with their time, their grant and their person",
        arguments: ["time", "grant", "person"], ["basic", "opaque"])
    func ended(_ by: String, _ client: String) async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            let tokens =
                client == "basic"
                ? try await app.tokens("basic", in: browser) : try await app.moreTokens(client, in: browser)
            let names = ["access_token", "refresh_token", "id_token"]
            for name in names { #expect(try await app.introspect(tokens.field(name), as: client).isActive) }
            switch by {
            case "time": app.clock.advance(by: 31 * 86_400)
            case "grant": try await app.execute("UPDATE grants SET revoked_at = 1")
            default: try await app.execute("UPDATE users SET blocked = 1")
            }
            for name in names {
                #expect(try await app.introspect(tokens.field(name), as: client).isInactive, "\(name)")
            }
        }
    }

    @Test("a refresh token that was exchanged is inactive, its successor is active")
    func rotated() async throws {
        try await TestApp.tokenStory { app in
            let first = try await app.tokens("basic", in: Browser(app)).field("refresh_token")
            let second = try await app.refresh(first, "basic").field("refresh_token")
            #expect(try await app.introspect(first, as: "basic").isInactive)
            #expect(try await app.introspect(second, as: "basic").isActive)
        }
    }

    // MARK: Active

    @Test("an access token of either form has the members of RFC 7662 section 2.2", arguments: ["basic", "opaque"])
    func access(_ client: String) async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            let tokens =
                client == "basic"
                ? try await app.tokens("basic", scope: "openid offline_access", in: browser)
                : try await app.moreTokens(client, in: browser)
            let answer = try await app.introspect(tokens.field("access_token"), as: client)
            let now = Int64(app.clock.now.timeIntervalSince1970)
            let subject = try await app.verified(tokens.field("id_token"), type: .jwt).subject
            #expect(answer.isActive)
            #expect(answer.field("client_id") == client && answer.field("token_type") == "Bearer")
            #expect(answer.field("token_use") == "access_token")
            #expect(answer.field("scope") == "openid offline_access")
            #expect(answer.field("iss") == "https://id.example.com/oidc")
            #expect(answer.field("aud") == "https://id.example.com/oidc")
            #expect(answer.field("sub") == subject && !answer.field("jti").isEmpty)
            #expect(answer.json["iat"] == .integer(now) && answer.json["exp"] == .integer(now + 3600))
        }
    }

    @Test("refresh tokens and ID tokens are told about, and pass for no access token")
    func others() async throws {
        try await TestApp.tokenStory { app in
            let tokens = try await app.tokens("basic", in: Browser(app))
            let refresh = try await app.introspect(tokens.field("refresh_token"), as: "basic")
            #expect(refresh.isActive && refresh.field("token_use") == "refresh_token")
            #expect(refresh.json["token_type"] == nil && refresh.field("client_id") == "basic")
            let id = try await app.introspect(tokens.field("id_token"), as: "basic")
            #expect(id.isActive && id.field("token_use") == "id_token" && id.field("aud") == "basic")
            #expect(id.json["token_type"] == nil && id.field("sub") == refresh.field("sub"))
            #expect(id.json["nonce"] == nil && id.json["nickname"] == nil)
        }
    }

    @Test("a resource server is told about tokens for its own origin, and about no other")
    func resource() async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            for (resource, isSeen) in [
                ("https://api.example.com/v1", true), ("https://api.example.com:8443/v1", false),
                ("https://api.example.com.evil.example/v1", false), ("urn:example:api", false),
            ] {
                let tokens = try await app.moreTokens("opaque", in: browser, ["resource": resource])
                let answer = try await app.introspect(tokens.field("access_token"), as: "api")
                #expect(answer.isActive == isSeen && answer.isInactive == !isSeen, "\(resource) \(answer.text)")
                if isSeen { #expect(answer.field("aud") == resource && answer.field("client_id") == "opaque") }
                #expect(try await app.introspect(tokens.field("refresh_token"), as: "api").isInactive)
            }
        }
    }
}
