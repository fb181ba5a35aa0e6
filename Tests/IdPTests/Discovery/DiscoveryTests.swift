import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("Discovery and keys")
struct DiscoveryTests {
    static let documents = [
        ("/oidc/.well-known/openid-configuration", "https://id.example.com/oidc"),
        ("/.well-known/oauth-authorization-server/oidc", "https://id.example.com/oidc"),
        ("/pools/other/oidc/.well-known/openid-configuration", "https://id.example.com/pools/other/oidc"),
        ("/.well-known/oauth-authorization-server/pools/other/oidc", "https://id.example.com/pools/other/oidc"),
    ]

    @Test("each document names its own issuer, and addresses below it", arguments: documents)
    func document(path: String, issuer: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.send(path)
            #expect(answer.status == .ok && answer.headers[.contentType] == "application/json")
            #expect(answer.field("issuer") == issuer)
            let endpoints = [
                "authorization_endpoint": "/auth", "token_endpoint": "/token", "userinfo_endpoint": "/me",
                "jwks_uri": "/.well-known/jwks.json",
            ]
            for (name, suffix) in endpoints {
                #expect(answer.field(name) == issuer + suffix)
            }
            #expect(answer.json["response_types_supported"] == ["code"])
            #expect(answer.json["code_challenge_methods_supported"] == ["S256"])
            #expect(answer.json["id_token_signing_alg_values_supported"] == ["RS256", "PS256", "ES256", "EdDSA"])
            #expect(answer.json["subject_types_supported"] == ["public", "pairwise"])
            #expect(answer.json["authorization_response_iss_parameter_supported"] == true)
            #expect(answer.json["request_uri_parameter_supported"] == false)
            #expect(answer.json["token_endpoint_auth_methods_supported"]?.arrayValue?.count == 4)
            // What is not there is not advertised.
            for absent in ["registration_endpoint", "pushed_authorization_request_endpoint"] {
                #expect(answer.json[absent] == nil)
            }
        }
    }

    @Test("every advertised address is answered by somebody")
    func advertised() async throws {
        try await TestApp.story { app in
            for pool in ["", "/pools/other"] {
                let document = try await app.send(pool + "/oidc/.well-known/openid-configuration")
                for (name, value) in try #require(document.json.objectValue) {
                    guard name.hasSuffix("_endpoint") || name == "jwks_uri", let url = value.stringValue else {
                        continue
                    }
                    let path = url.replacing(app.publicURL, with: "")
                    let posts = ["token", "introspection", "revocation", "device_authorization"].map {
                        $0 + "_endpoint"
                    }
                    let answer =
                        posts.contains(name) ? try await app.send(.post, path, form: [:]) : try await app.send(path)
                    #expect(answer.status != .notFound && answer.status.code < 500, "\(name)")
                }
            }
        }
    }

    static let keySets = [
        ("/oidc/.well-known/jwks.json", ["/web/oidc/.well-known/jwks.json", "/basic/oidc/.well-known/jwks.json"]),
        (
            "/pools/other/oidc/.well-known/jwks.json",
            ["/pools/other/other-web/oidc/.well-known/jwks.json"]
        ),
    ]

    @Test("both key addresses serve the same public keys", arguments: keySets)
    func keySet(path: String, others: [String]) async throws {
        try await TestApp.story { app in
            let answer = try await app.send(path)
            #expect(answer.status == .ok && answer.headers[.contentType]?.hasPrefix("application/") == true)
            let keys = try #require(answer.json["keys"]?.arrayValue)
            #expect(!keys.isEmpty)
            for key in keys {
                #expect(Set(key.objectValue?.keys ?? []) == ["kty", "use", "alg", "kid", "n", "e"])
                #expect(key["kty"]?.stringValue == "RSA" && key["use"]?.stringValue == "sig")
                #expect(key["alg"]?.stringValue == "RS256")
            }
            for other in others {
                #expect(try await app.send(other).text == answer.text)
            }
            #expect(!answer.text.contains("PRIVATE"))
        }
    }

    static let unknown = [
        "/nobody/oidc/.well-known/jwks.json", "/other-web/oidc/.well-known/jwks.json",
        "/pools/other/web/oidc/.well-known/jwks.json", "/pools/nowhere/oidc/.well-known/jwks.json",
        "/pools/default/oidc/.well-known/openid-configuration", "/pools/OTHER/oidc/.well-known/openid-configuration",
        "/pools//oidc/.well-known/openid-configuration", "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/pools/nowhere/oidc",
        "/.well-known/oauth-authorization-server/pools/default/oidc", "/oidc/.well-known/jwks.json/", "/oidc", "/",
    ]

    @Test("what is not there is 404", arguments: unknown)
    func notThere(_ path: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.send(path)
            // A trailing slash may be the same resource.
            let isSame = path.hasSuffix("jwks.json/") && answer.status == .ok
            #expect(answer.status == .notFound || isSame, "\(answer.status)")
            let page = try await Browser(app).request(path)
            #expect(isSame || page.page == "not-found")
        }
    }

    @Test("keys stay the same over a restart, and are another pool's never")
    func keysStay() async throws {
        try await TestApp.story { app in
            let mine = try await app.send("/oidc/.well-known/jwks.json").json["keys"]?.arrayValue ?? []
            let others = try await app.send("/pools/other/oidc/.well-known/jwks.json").json["keys"]?.arrayValue ?? []
            let ids = Set(mine.compactMap { $0["kid"]?.stringValue })
            #expect(ids.isDisjoint(with: others.compactMap { $0["kid"]?.stringValue }))
            let again = try await Provider(
                configuration: app.provider.configuration, database: app.database, transport: app.bridge,
                surroundings: Surroundings(now: { app.clock.now }, randomBytes: { SecureRandom.bytes($0) }),
                logger: app.log.logger("again"))
            _ = again
            #expect(try await app.count("signing_keys", where: "pool = 'default'") == mine.count)
        }
    }
}
