import BearerAuth
import Foundation
import JWT
import Testing

@Suite struct BearerTokenVerifierTests {
    @Test("what is wrong with a token is found, whatever it is")
    func refused() async throws {
        let stand = try TokenStand()
        let verifier = stand.verifier()
        let now = Int64(stand.time.now.timeIntervalSince1970)
        let stranger = try SigningKey.generate(.es256)
        let cases: [(token: String, error: JWTError)] = [
            (try stand.token(["iss": "https://id.example.com/pools/x/oidc"]), .wrongIssuer),
            (try stand.token(["iss": JSON?.none]), .wrongIssuer),
            (try stand.token(["aud": "web"]), .wrongAudience),
            (try stand.token(["aud": JSON?.none]), .wrongAudience),
            (try stand.token(["exp": .integer(now - 5)]), .expired),
            (try stand.token(["exp": JSON?.none]), .missingExpiry),
            (try stand.token(["nbf": .integer(now + 6)]), .notYetValid),
            (try stand.token(["sub": JSON?.none]), .invalidClaim(.subject)),
            (try stand.token(["client_id": JSON?.none]), .invalidClaim(.subject)),
            (try stand.token(type: .jwt), .unexpectedType), (try stand.token(type: .logout), .unexpectedType),
            (try stand.token(type: nil), .unexpectedType), (try stand.token(by: stranger), .unknownKeyID),
            ("", .wrongNumberOfParts), ("a.b", .wrongNumberOfParts),
            (String(repeating: "a", count: 20_000), .tokenTooLarge),
        ]
        for (token, error) in cases {
            #expect(await refusal { try await verifier.verify(token) } == .invalidToken(error), "\(error)")
        }
        let good = try stand.token()
        let parts = good.split(separator: ".")
        let forged = "\(parts[0]).\(parts[1]).\(parts[2].first == "A" ? "B" : "A")\(parts[2].dropFirst())"
        #expect(await refusal { try await verifier.verify(forged) } == .invalidToken(.invalidSignature))
        #expect(await refusal { try await verifier.verify(good) } == nil)
    }

    @Test("the key fixes the algorithm, whatever the token says")
    func algorithm() async throws {
        let stand = try TokenStand()
        let verifier = stand.verifier()
        let payload = try stand.token().split(separator: ".")[1]
        for alg in ["none", "HS256", "RS256", "EdDSA"] {
            let header = Base64URL.encode(
                Array(#"{"alg":"\#(alg)","kid":"\#(stand.key.kid.rawValue)","typ":"at+jwt"}"#.utf8))
            let token = "\(header).\(payload).\(Base64URL.encode([UInt8](repeating: 1, count: 64)))"
            guard case .invalidToken? = await refusal({ try await verifier.verify(token) }) else {
                Issue.record("\(alg) was not refused")
                continue
            }
        }
    }

    @Test("a good token says who calls, through which application, and what it may")
    func principal() async throws {
        let stand = try TokenStand()
        let principal = try await stand.verifier().verify(
            try stand.token(["aud": ["other", .string(TokenStand.audience)]]))
        #expect(principal.subject == "person")
        #expect(principal.clientID == "web")
        #expect(principal.scopes == ["openid", "orders:read"])
        #expect(principal.expiresAt == stand.time.now + 600)
        #expect(principal.claims.jwtID == "g.1")
    }

    @Test("an ID token is no access token, and the other way round")
    func kinds() async throws {
        let stand = try TokenStand()
        let (access, id) = (try stand.token(), try stand.token(["client_id": JSON?.none], type: .jwt))
        #expect(await refusal { try await stand.verifier().verify(id) } == .invalidToken(.unexpectedType))
        #expect(await refusal { try await stand.verifier(.idToken).verify(access) } == .invalidToken(.unexpectedType))
        #expect(try await stand.verifier(.idToken).verify(id).clientID == nil)
    }
}

@Suite struct KeySetCacheTests {
    @Test("a hundred first tokens ask for the keys once, and later ones not at all")
    func singleFlight() async throws {
        let stand = try TokenStand()
        stand.provider.isSlow = true
        let verifier = stand.verifier()
        let token = try stand.token()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { _ = try await verifier.verify(token) } }
            try await group.waitForAll()
        }
        stand.time.advance(by: .seconds(500))
        _ = try await verifier.verify(token)
        #expect(stand.provider.keyQuestions == 1)
    }

    @Test("a new key is found at once; made-up ones make nobody ask more than once in half a minute")
    func rotation() async throws {
        let stand = try TokenStand()
        let verifier = stand.verifier()
        _ = try await verifier.verify(try stand.token())
        stand.time.advance(by: .seconds(31))
        let next = try SigningKey.generate(.edDSA)
        stand.provider.publish(stand.key, next)
        _ = try await verifier.verify(try stand.token(by: next))
        #expect(stand.provider.keyQuestions == 2)
        for _ in 0..<5 {
            let stranger = try SigningKey.generate(.es256)
            let token = try stand.token(by: stranger)
            #expect(await refusal { try await verifier.verify(token) } == .invalidToken(.unknownKeyID))
        }
        #expect(stand.provider.keyQuestions == 2)
        stand.time.advance(by: .seconds(31))
        let stranger = try stand.token(by: try SigningKey.generate(.es256))
        #expect(await refusal { try await verifier.verify(stranger) } == .invalidToken(.unknownKeyID))
        #expect(stand.provider.keyQuestions == 3)
    }

    @Test("a key that was withdrawn is refused when the set is read again")
    func withdrawal() async throws {
        let stand = try TokenStand()
        let verifier = stand.verifier()
        _ = try await verifier.verify(try stand.token())
        stand.provider.publish(try SigningKey.generate(.es256))
        stand.time.advance(by: .seconds(600))
        let token = try stand.token()
        #expect(await refusal { try await verifier.verify(token) } == .invalidToken(.unknownKeyID))
    }

    @Test("while the provider is down known keys go on for a day, unknown ones can't be judged")
    func outage() async throws {
        let stand = try TokenStand()
        let verifier = stand.verifier()
        _ = try await verifier.verify(try stand.token())
        stand.provider.isDown = true
        stand.time.advance(by: .seconds(86_399))
        #expect(try await verifier.verify(try stand.token()).subject == "person")
        let asked = stand.provider.keyQuestions
        let stranger = try stand.token(by: try SigningKey.generate(.es256))
        #expect(await refusal { try await verifier.verify(stranger) } == .providerUnavailable)
        #expect(stand.provider.keyQuestions == asked, "asked again within two seconds")
        stand.time.advance(by: .seconds(2))
        let old = try stand.token()
        #expect(await refusal { try await verifier.verify(old) } == .providerUnavailable)
        stand.provider.isDown = false
        stand.time.advance(by: .seconds(2))
        #expect(try await verifier.verify(try stand.token()).subject == "person")
    }

    @Test(
        "a discovery document of another issuer, or keys without TLS, are not believed",
        arguments: [
            [
                "issuer": "https://evil.example.com/oidc",
                "jwks_uri": "https://id.example.com/oidc/.well-known/jwks.json",
            ],
            ["issuer": "https://id.example.com/oidc", "jwks_uri": "http://id.example.com/oidc/.well-known/jwks.json"],
            ["issuer": "https://id.example.com/oidc"], [],
        ] as [JSON])
    func discovery(_ document: JSON) async throws {
        let stand = try TokenStand()
        stand.provider.say(document)
        let token = try stand.token()
        #expect(await refusal { try await stand.verifier().verify(token) } == .providerUnavailable)
    }
}
