import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// `private_key_jwt` (RFC 7523): the client signs, each assertion counts once.
@Suite("Client assertions")
struct ClientAssertionTests {
    private struct Client {
        let key: SigningKey

        init(_ algorithm: SignatureAlgorithm = .es256) throws { key = try SigningKey.generate(algorithm) }

        var yaml: (String) -> String {
            let jwks = JWKSet([key.verificationKey]).json.text
            return TokenSettingsTests.yaml(
                "token_endpoint_auth_method: private_key_jwt, jwks: \(jwks), scope: a, grant_types: [client_credentials]"
            )
        }

        func assertion(
            _ app: TestApp, id: String = "j1", type: TokenType? = nil, _ change: (inout JSONObject) -> Void = { _ in }
        ) throws -> String {
            let now = Int64(app.clock.now.timeIntervalSince1970)
            var claims: JSONObject = [
                "iss": "second", "sub": "second", "aud": "https://id.example.com/oidc/token", "iat": .integer(now),
                "exp": .integer(now + 60), "jti": .string(id),
            ]
            change(&claims)
            return try JWS.sign(JSON.object(claims).encoded(), type: type, with: key)
        }
    }

    private func ask(_ app: TestApp, _ assertion: String, _ extra: [String: String] = [:]) async throws -> Answer {
        let form = [
            "grant_type": "client_credentials", "client_assertion": assertion,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ]
        return try await app.send(.post, "/oidc/token", form: form.merging(extra) { _, new in new })
    }

    @Test(
        "a genuine one is accepted, with the issuer or the endpoint as audience", arguments: SignatureAlgorithm.allCases
    )
    func genuine(_ algorithm: SignatureAlgorithm) async throws {
        let client = try Client(algorithm)
        try await TestApp.story(yaml: client.yaml) { app in
            #expect(try await ask(app, try client.assertion(app)).status == .ok)
            let toIssuer = try client.assertion(app, id: "j2") { $0["aud"] = ["https://id.example.com/oidc"] }
            #expect(try await ask(app, toIssuer, ["client_id": "second"]).status == .ok)
            #expect(try await ask(app, try client.assertion(app, id: "j3", type: .jwt)).status == .ok)
        }
    }

    @Test("anything else about it is refused alike")
    func refused() async throws {
        let (client, stranger) = (try Client(), try Client())
        try await TestApp.story(yaml: client.yaml) { app in
            let now = Int64(app.clock.now.timeIntervalSince1970)
            let changes: [(String, (inout JSONObject) -> Void)] = [
                ("issuer", { $0["iss"] = "web" }), ("no issuer", { $0["iss"] = nil }),
                ("subject", { $0["sub"] = "web" }), ("audience", { $0["aud"] = "https://elsewhere.example/token" }),
                ("no audience", { $0["aud"] = nil }), ("expired", { $0["exp"] = .integer(now - 31) }),
                ("no expiry", { $0["exp"] = nil }), ("valid for too long", { $0["exp"] = .integer(now + 4000) }),
                ("from the future", { $0["iat"] = .integer(now + 600) }),
                ("not yet", { $0["nbf"] = .integer(now + 600) }), ("no name", { $0["jti"] = nil }),
                ("empty name", { $0["jti"] = "" }),
            ]
            for (name, change) in changes {
                let answer = try await ask(app, try client.assertion(app, id: "x", change))
                #expect(answer.error == "invalid_client" && answer.status == .unauthorized, "\(name)")
            }
            #expect(try await ask(app, try stranger.assertion(app)).error == "invalid_client")
            #expect(try await ask(app, try client.assertion(app, type: .accessToken)).error == "invalid_client")
            #expect(try await ask(app, try client.assertion(app), ["client_id": "web"]).error == "invalid_client")
            #expect(try await ask(app, try client.assertion(app), ["client_secret": "s"]).error == "invalid_request")
            #expect(
                try await ask(app, try client.assertion(app), ["client_assertion_type": "x"]).error == "invalid_client")
            #expect(try await ask(app, "a.b.c").error == "invalid_client")
            // None of these used the name up.
            #expect(try await ask(app, try client.assertion(app, id: "x")).status == .ok)
        }
    }

    @Test("each counts once, also of fifty sent at the same time")
    func replay() async throws {
        let client = try Client()
        try await TestApp.story(yaml: client.yaml) { app in
            let assertion = try client.assertion(app)
            let accepted = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 { group.addTask { try await ask(app, assertion).status == .ok } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(accepted == 1)
        }
    }

    @Test("a client with keys can't come with nothing or with a secret")
    func otherMethods() async throws {
        let client = try Client()
        try await TestApp.story(yaml: client.yaml) { app in
            for form in [["client_id": "second"], ["client_id": "second", "client_secret": ""]] {
                let answer = try await app.send(
                    .post, "/oidc/token", form: form.merging(["grant_type": "client_credentials"]) { _, new in new })
                #expect(answer.error == "invalid_client")
            }
        }
    }
}
