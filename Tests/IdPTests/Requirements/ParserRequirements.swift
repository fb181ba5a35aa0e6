import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Tokens, parsers and robustness: B5.
enum ParserRequirements {
    @Sendable static func algorithms() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            let tokens = try await app.tokens("basic", in: browser)
            let keySet = try await app.send("/oidc/.well-known/jwks.json").text
            let (access, id) = (tokens.field("access_token"), tokens.field("id_token"))
            for (name, token) in try ForgedToken.all(of: access, keySet: keySet) {
                #expect(try await app.me(token).status == .unauthorized, "\(name)")
                #expect(try await introspect(token, app).isInactive, "\(name)")
            }
            for (name, token) in try ForgedToken.all(of: id, keySet: keySet) {
                #expect(try await introspect(token, app).isInactive, "\(name)")
                let asked = try await browser.request(
                    AuthorizationRequest("basic", ["id_token_hint": token, "prompt": "none"]).url)
                #expect(asked.query["error"] == "invalid_request", "\(name)")
                let ended = try await browser.request(
                    LogoutStand.url([
                        "id_token_hint": token, "post_logout_redirect_uri": "https://basic.example.com/bye",
                    ]))
                #expect(ended.location == nil, "\(name)")
            }
            #expect(try await app.me(access).status == .ok)
            #expect(try await app.isSignedIn(browser, "basic"))
            let ended = try await browser.request(LogoutStand.url(["id_token_hint": id]))
            #expect(ended.status == .ok && ended.page == PageText.signedOut.rawValue)
        }
        try await assertions()
    }

    /// The same of client assertions.
    private static func assertions() async throws {
        let client = WalkClient.signing(.es256)
        let line = try client.yaml()
        try await TestApp.story(yaml: { $0.addingApplications([line]) }) { app in
            var (form, headers) = (["grant_type": "client_credentials"], HTTPFields())
            try client.prove(&form, &headers, audience: "https://id.example.com/oidc", now: app.clock.now)
            let genuine = try #require(form["client_assertion"])
            let keySet = try await app.send("/oidc/.well-known/jwks.json").text
            for (name, token) in try ForgedToken.all(of: genuine, keySet: keySet) {
                form["client_assertion"] = token
                let answer = try await app.send(.post, "/oidc/token", form: form)
                #expect(answer.error == "invalid_client", "\(name): \(answer.text)")
            }
            form["client_assertion"] = genuine
            #expect(try await app.send(.post, "/oidc/token", form: form).status == .ok)
        }
    }

    private static func introspect(_ token: String, _ app: TestApp) async throws -> Answer {
        try await app.send(
            .post, "/oidc/token/introspection", headers: app.headers("basic"), form: ["token": token])
    }

    @Sendable static func bombs() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code("basic", in: browser)
            let header = { (text: String) in Base64URL.encode(Array(text.utf8)) }
            let deep = String(repeating: "[", count: 8000) + String(repeating: "]", count: 8000)
            let bombs = [
                header(#"{"alg":"dir","enc":"A256GCM","zip":"DEF"}"#) + "..AAAA.AAAA.AAAA",
                header(#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AAAA"}"#)
                    + ".AAAA.AAAA.AAAA.AAAA",
                header(#"{"alg":"RS256","x":"# + deep + "}") + ".e30.AAAA",
                header(#"{"alg":"RS256"}"#) + "." + header(deep) + ".AAAA",
                String(repeating: "A", count: 17 << 10) + ".e30.AAAA", String(repeating: ".", count: 5000),
            ]
            for bomb in bombs {
                #expect(try await app.me(bomb).status == .unauthorized)
                #expect(try await introspect(bomb, app).isInactive)
                let hint = try await browser.request(
                    AuthorizationRequest("basic", ["id_token_hint": bomb, "prompt": "none"]).url)
                #expect(hint.query["error"] == "invalid_request")
            }
            let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
            for (depth, isTaken) in [(3, true), (200, false), (900, false), (8000, false)] {
                // Well-formed, and such that nobody looks into it but the parser.
                let claims = #"{"userinfo":{"name":{"value":"# + nested(depth) + "}}}"
                let answer = try await browser.request(
                    AuthorizationRequest("basic", ["claims": claims, "prompt": "none"]).url)
                #expect((answer.query["code"] != nil) == isTaken, "\(depth)")
                #expect((answer.query["error"] == "invalid_request") == !isTaken, "\(depth)")
            }
        }
    }

    @Sendable static func fuzz() async throws {
        try await TestApp.story { app in
            var fuzz = EndpointFuzz(seed: 20_261_123)
            try await fuzz.run(app, rounds: 30)
            try await EndpointFuzz.largeBodies(app)
        }
    }

    /// What is listening takes TLS 1.2 and 1.3, and nothing older.
    @Sendable static func tls() async throws {
        try await TLSListener.with { port in
            for (version, isTaken) in [("-tls1", false), ("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
                // At security level 0 the client itself would take anything.
                let answer = try await TLSListener.openssl([
                    "s_client", "-connect", "127.0.0.1:\(port)", version, "-cipher", "DEFAULT:@SECLEVEL=0",
                    "-servername", "id.example.com",
                ])
                #expect(answer.contains("BEGIN CERTIFICATE") == isTaken, "\(version): \(answer)")
                #expect(isTaken || answer.contains("alert protocol version"), "\(version): \(answer)")
            }
            let cipher = try await TLSListener.openssl([
                "s_client", "-connect", "127.0.0.1:\(port)", "-tls1_2", "-cipher", "DEFAULT:@SECLEVEL=0",
            ])
            #expect(cipher.contains("ECDHE-ECDSA-AES") && cipher.contains("GCM"), "\(cipher)")
        }
    }
}
