import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Modules about whole flows, tokens and userinfo.
extension ConformanceRun {
    /// The whole flow with two clients.
    func server(_ clients: [ConformanceClient] = [.one, .two]) async throws {
        var subjects: Set<String?> = []
        for client in clients {
            let signedIn = try await signIn(client)
            // A profile that nobody asked for stays out of the ID token.
            #expect(signedIn.idToken["name"] == nil && signedIn.idToken["nickname"] == nil)
            #expect(signedIn.idToken["at_hash"] != nil)
            _ = try await userInfo(signedIn)
            subjects.insert(signedIn.idToken.subject)
        }
        #expect(subjects.count == 1)
        let method = clients == [.post] ? "client_secret_post" : "client_secret_basic"
        #expect(supported("token_endpoint_auth_methods_supported").contains(method))
    }

    func responseTypeMissing() async throws {
        let answer = try await authorize(.one, ["response_type": nil])
        #expect(["unsupported_response_type", "invalid_request"].contains(answer.error))
        #expect(answer.pages == 0)
    }

    func idTokenSignature() async throws {
        let signedIn = try await signIn()
        let jws = try UnverifiedJWS(signedIn.tokens.idToken)
        #expect(jws.header["alg"] == "RS256" && jws.kid != nil)
        #expect(supported("id_token_signing_alg_values_supported").contains("RS256"))
    }

    func idTokenUnsigned() async throws {
        for name in ["id_token", "userinfo", "token_endpoint_auth"] {
            #expect(!supported("\(name)_signing_alg_values_supported").contains("none"))
        }
        let signedIn = try await signIn()
        #expect(!signedIn.tokens.idToken.hasSuffix("."))
    }

    func userInfoGet() async throws {
        _ = try await userInfo(try await signIn())
    }

    func userInfoPostHeader() async throws {
        _ = try await userInfo(try await signIn(), .post)
    }

    func userInfoPostBody() async throws {
        _ = try await userInfo(try await signIn(), inBody: true)
    }

    func withoutNonce() async throws {
        let signedIn = try await signIn(.one, ["nonce": nil])
        #expect(signedIn.idToken["nonce"] == nil)
    }

    /// The claims of scopes, from userinfo and not in the ID token.
    func scope(_ names: String) async throws {
        try await signIn()
        try await app.execute(
            """
            UPDATE users SET email = 'alice@example.com', email_verified = 1, phone_number = '+8613800000000',
                phone_number_verified = 1, address = '{"country":"CN","locality":"深圳"}'
            """)
        let signedIn = try await signIn(.one, ["scope": "openid \(names)"])
        let info = try await userInfo(signedIn)
        let claims = [
            "profile": ["name", "nickname", "picture", "updated_at"], "email": ["email", "email_verified"],
            "address": ["address"], "phone": ["phone_number", "phone_number_verified"],
        ]
        let asked = Set(names.split(separator: " ").map(String.init))
        for (scope, claims) in claims {
            #expect(supported("scopes_supported").contains(scope))
            for claim in claims {
                #expect((info[claim] != nil) == asked.contains(scope), "\(claim) with scope \(names)")
                #expect(signedIn.idToken[claim] == nil, "\(claim)")
            }
        }
    }

    /// Scopes and parameters the other way round.
    func alternateHappyFlow() async throws {
        let parameters = parameters(.one, ["scope": "email openid profile"]).reversed()
        let address = try path("authorization_endpoint") + "?" + PercentEncoding.query(Array(parameters))
        let answer = try await finish(try await browser.open(address), .one)
        let tokens = try await redeem(answer)
        _ = try await idToken(tokens.idToken, for: .one, nonce: Self.nonce, accessToken: tokens.accessToken)
    }

    /// A request that is to be treated like any other.
    func succeeds(with extra: [String: String?]) async throws {
        _ = try await userInfo(try await signIn(.one, extra))
        // The same without a person's help.
        let quiet = extra.merging(["prompt": "none"]) { $1 }
        #expect(try await authorize(.one, quiet).code != nil)
    }

    func uiLocales() async throws {
        for (asked, language) in [("se", nil), ("en", "en"), ("zh-CN", "zh"), ("se en", "en")] as [(String, String?)] {
            let page = try await browser.open(try request(.one, ["ui_locales": asked, "prompt": "login"]))
            #expect(page.status == .ok && page.page != nil)
            let spoken = try #require(page.text.value(of: "lang", after: "<html"))
            #expect(language.map { spoken.hasPrefix($0) } ?? true, "\(spoken) for \(asked)")
        }
        try await succeeds(with: ["ui_locales": "se"])
    }

    func acrValues() async throws {
        let values = supported("acr_values_supported")
        let signedIn = try await signIn(.one, ["acr_values": values.joined(separator: " ")])
        #expect(values.contains(signedIn.idToken["acr"]?.stringValue ?? ""))
        try await succeeds(with: ["acr_values": "1 2"])
    }

    func claimsEssential() async throws {
        #expect(metadata["claims_parameter_supported"] == true)
        let signedIn = try await signIn(.one, ["claims": #"{"userinfo":{"name":{"essential":true}}}"#])
        let info = try await userInfo(signedIn)
        #expect(info["name"]?.stringValue?.isEmpty == false)
        #expect(signedIn.idToken["name"] == nil)
    }

    func validPKCE() async throws {
        #expect(supported("code_challenge_methods_supported") == ["S256"])
        let extra: [String: String?] = [
            "code_challenge": AuthorizationRequest.challenge, "code_challenge_method": "S256",
        ]
        let answer = try await authorize(.one, extra)
        let tokens = try await redeem(answer, .one, ["code_verifier": AuthorizationRequest.verifier])
        _ = try await idToken(tokens.idToken, for: .one, nonce: Self.nonce, accessToken: tokens.accessToken)
        let unproven = try await authorize(.one, extra)
        let refused = try await token([
            "grant_type": "authorization_code", "code": try #require(unproven.code),
            "redirect_uri": ConformanceClient.one.redirectURI,
        ])
        expectError(refused, "invalid_grant")
    }

    /// A code that is used twice, and the access token that the first use gave.
    func codeReuse(after seconds: Double) async throws {
        let answer = try await authorize()
        let tokens = try await redeem(answer)
        app.clock.advance(by: seconds)
        let form = [
            "grant_type": "authorization_code", "code": try #require(answer.code),
            "redirect_uri": ConformanceClient.one.redirectURI,
        ]
        expectError(try await token(form), "invalid_grant")
        let refused = try await app.send(
            .get, try path("userinfo_endpoint"), headers: [.authorization: "Bearer \(tokens.accessToken)"])
        #expect(refused.status == .unauthorized)
    }

    func refreshToken() async throws {
        #expect(supported("grant_types_supported").contains("refresh_token"))
        #expect(supported("scopes_supported").contains("offline_access"))
        let extra: [String: String?] = ["scope": "openid offline_access", "prompt": "consent"]
        let first = try await signIn(.one, extra)
        let second = try await signIn(.two, extra)
        let theirs = try #require(second.tokens.refreshToken)
        app.clock.advance(by: 10)
        expectError(
            try await token(["grant_type": "refresh_token", "refresh_token": theirs]), "invalid_grant")
        for (signedIn, client) in [(first, ConformanceClient.one), (second, .two)] {
            let old = try #require(signedIn.tokens.refreshToken)
            let raw = try await token(["grant_type": "refresh_token", "refresh_token": old], client)
            let tokens = try TokenAnswer(raw)
            #expect(tokens.accessToken != signedIn.tokens.accessToken)
            let idToken = try await idToken(
                tokens.idToken, for: client, nonce: nil, accessToken: tokens.accessToken)
            for claim in ["iss", "sub", "aud", "auth_time", "azp"] {
                #expect(idToken[claim] == signedIn.idToken[claim], "\(claim)")
            }
            #expect(idToken.issuedAt.map { $0 > (signedIn.idToken.issuedAt ?? $0) } == true)
        }
    }
}
