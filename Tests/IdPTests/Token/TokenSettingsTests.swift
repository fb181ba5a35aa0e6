import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// What an application can choose about its tokens, and clients that act for themselves.
@Suite("Token settings of an application")
struct TokenSettingsTests {
    /// The common configuration, where the application `second` has these keys too.
    static func yaml(_ keys: String) -> (String) -> String {
        {
            $0.replacing(
                "{client_id: second, redirect_uris", with: "{client_id: second, \(keys), redirect_uris")
        }
    }

    private static let secret = "client_secret: \(TestConfiguration.postSecret.filter(\.isLetter))"
    private static let secretValue = TestConfiguration.postSecret.filter(\.isLetter)

    @Test("an opaque access token is random, stored hashed, and works until its grant ends")
    func opaque() async throws {
        try await TestApp.story(yaml: Self.yaml("access_token_format: opaque")) { app in
            let answer = try await app.tokens("second")
            let token = answer.field("access_token")
            #expect(token.utf8.count == 43 && !token.contains("."))
            #expect(try await app.me(token).status == .ok)
            #expect(try await app.me(token + "x").status == .unauthorized)
            #expect(try await app.me(token, pool: "/pools/other").status == .unauthorized)
            let stored = try await app.database.query("SELECT * FROM access_tokens", [])
            #expect(stored.count == 1 && !"\(stored)".contains(token))
            // Refreshing makes another, and both work.
            let refreshed = try await app.refresh(answer.field("refresh_token"), "second")
            #expect(try await app.me(refreshed.field("access_token")).status == .ok)
            try await app.execute("UPDATE grants SET revoked_at = 1")
            #expect(try await app.me(token).status == .unauthorized)
        }
    }

    @Test("an opaque access token expires")
    func opaqueExpires() async throws {
        try await TestApp.story(yaml: Self.yaml("access_token_format: opaque, access_token_lifetime: 60s")) { app in
            let token = try await app.tokens("second").field("access_token")
            app.clock.advance(by: 59)
            #expect(try await app.me(token).status == .ok)
            app.clock.advance(by: 1)
            #expect(try await app.me(token).status == .unauthorized)
        }
    }

    @Test("tokens are signed as the application wants", arguments: SignatureAlgorithm.allCases)
    func algorithms(_ algorithm: SignatureAlgorithm) async throws {
        let keys = [
            "id_token_signed_response_alg", "access_token_signed_response_alg", "userinfo_signed_response_alg",
        ].map { "\($0): \(algorithm.rawValue)" }.joined(separator: ", ")
        try await TestApp.story(yaml: Self.yaml(keys)) { app in
            let answer = try await app.tokens("second")
            for (name, type) in [("id_token", TokenType.jwt), ("access_token", .accessToken)] {
                let unverified = try UnverifiedJWS(answer.field(name))
                #expect(unverified.algorithm == algorithm && unverified.kid != nil)
                let claims = try await app.verified(answer.field(name), type: type)
                if name == "id_token" {
                    let hash = TokenHash.value(of: answer.field("access_token"), for: algorithm)
                    #expect(claims["at_hash"]?.stringValue == hash)
                }
            }
            let userInfo = try await app.me(answer.field("access_token"))
            #expect(userInfo.headers[.contentType] == "application/jwt")
            let keys = try JWKSet(parsing: Array(try await app.send("/oidc/.well-known/jwks.json").text.utf8))
            let claims = try RegisteredClaims(parsing: try JWS.verify(userInfo.text, with: keys).payload)
            #expect(claims.issuer == "https://id.example.com/oidc" && claims.audience == ["second"])
            #expect(claims["nonce"] == nil)
            #expect(claims.subject == (try await app.verified(answer.field("id_token"), type: .jwt).subject))
            // An RS256 application of the same pool goes on with RS256.
            let other = try await app.tokens("web")
            #expect(try UnverifiedJWS(other.field("id_token")).algorithm == .rs256)
        }
    }

    @Test("pairwise subjects differ by sector, stay, and name nobody's own id")
    func pairwise() async throws {
        try await TestApp.story(yaml: Self.yaml("subject_type: pairwise")) { app in
            let browser = Browser(app)
            let first = try await app.tokens("second", in: browser)
            let subject = try await app.verified(first.field("id_token"), type: .jwt).subject
            let publicSubject = try await app.verified(
                try await app.tokens("web", in: browser).field("id_token"), type: .jwt
            ).subject
            #expect(subject != nil && subject != publicSubject)
            #expect(try await app.verified(first.field("access_token"), type: .accessToken).subject == subject)
            #expect(try await app.me(first.field("access_token")).field("sub") == subject)
            let again = try await app.tokens("second", in: browser)
            #expect(try await app.verified(again.field("id_token"), type: .jwt).subject == subject)
            let users = try await app.database.query("SELECT id FROM users", [])
            #expect(try users.allSatisfy { try $0.text("id") != subject })
        }
    }

    @Test("client credentials: a token for the client itself, of its own scopes only")
    func clientCredentials() async throws {
        let keys = "\(Self.secret), grant_types: [client_credentials], scope: 'reports:read reports:write'"
        try await TestApp.story(yaml: Self.yaml(keys)) { app in
            let headers: HTTPFields = [.authorization: TestApp.basic("second", Self.secretValue)]
            func ask(_ scope: String?) async throws -> Answer {
                var form = ["grant_type": "client_credentials"]
                form["scope"] = scope
                return try await app.send(.post, "/oidc/token", headers: headers, form: form)
            }
            let answer = try await ask("reports:read")
            #expect(answer.status == .ok && answer.field("scope") == "reports:read")
            #expect(answer.json["id_token"] == nil && answer.json["refresh_token"] == nil)
            let claims = try await app.verified(answer.field("access_token"), type: .accessToken)
            #expect(claims.subject == "second" && claims["client_id"]?.stringValue == "second")
            #expect(claims["auth_time"] == nil && claims["acr"] == nil)
            #expect(try await ask(nil).field("scope") == "reports:read reports:write")
            #expect(try await ask("openid").error == "invalid_scope")
            // It is nobody, so there is no userinfo.
            #expect(try await app.me(answer.field("access_token")).status == .unauthorized)
            // Others may not.
            let refused = try await app.send(
                .post, "/oidc/token", headers: app.headers("basic"), form: ["grant_type": "client_credentials"])
            #expect(refused.error == "unauthorized_client" && refused.status == .badRequest)
        }
    }

    @Test("resource indicators: the audience is what was asked for and granted, never more")
    func resources() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let api = "https://api.example.com/v1"
            let code = try await app.code(
                scope: "openid offline_access", in: browser, ["resource": api])
            var form = app.redemption(code)
            form["resource"] = "https://evil.example.com/"
            // Refused before the code is spent.
            #expect(try await app.token(form).error == "invalid_target")
            form["resource"] = nil
            let answer = try await app.token(form)
            let claims = try await app.verified(answer.field("access_token"), type: .accessToken)
            #expect(claims.audience == [api])
            // It is for the API and not for us.
            #expect(try await app.me(answer.field("access_token")).status == .unauthorized)
            let refreshed = try await app.refresh(answer.field("refresh_token"))
            #expect(
                try await app.verified(refreshed.field("access_token"), type: .accessToken).audience == [api])
            let many = (0..<9).map { "https://api.example.com/\($0)" }
            let tooMany = many.reduce(AuthorizationRequest()) { $0.adding("resource", $1) }
            #expect(try await browser.request(tooMany.url).query["error"] == "invalid_target")
            for bad in ["api", "https://a.example/#f", "web", "https://a b/"] {
                let refused = try await browser.request(AuthorizationRequest("web", ["resource": bad]).url)
                #expect(refused.query["error"] == "invalid_target", "\(bad)")
            }
        }
    }
}
