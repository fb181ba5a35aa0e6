import HTTPTypes
import JWT
import Testing

@testable import IdP

/// How each member of the discovery document is used.
enum DiscoveryUses {
    /// Uses one value of a member; of a list, one after the other.
    typealias Use = @Sendable (DiscoveryWalk, String) async throws -> Void

    static let table: [String: Use] = [
        "issuer": { walk, value in
            let claims = try await walk.idToken(try await walk.tokens()).claims
            #expect(claims.issuer == value)
        },
        "authorization_endpoint": { walk, _ in
            let answer = try await walk.answer(.withoutSecret)
            #expect(answer.query["code"] != nil)
        },
        "token_endpoint": { walk, _ in _ = try await walk.tokens(.withoutSecret) },
        "userinfo_endpoint": { walk, _ in
            let answer = try await walk.userInfo(try await walk.tokens())
            #expect(answer.status == .ok)
        },
        "jwks_uri": { walk, _ in _ = try await walk.idToken(try await walk.tokens()) },
        "end_session_endpoint": endSession,
        "introspection_endpoint": { walk, _ in try await introspects(walk, .secretInHeader) },
        "introspection_endpoint_auth_methods_supported": { walk, value in
            try await introspects(walk, try client(value))
        },
        "introspection_endpoint_auth_signing_alg_values_supported": { walk, value in
            try await introspects(walk, try signing(value))
        },
        "revocation_endpoint": { walk, _ in try await revokes(walk, .secretInHeader) },
        "revocation_endpoint_auth_methods_supported": { walk, value in try await revokes(walk, try client(value)) },
        "revocation_endpoint_auth_signing_alg_values_supported": { walk, value in
            try await revokes(walk, try signing(value))
        },
        "device_authorization_endpoint": { walk, _ in
            let tokens = try await walk.deviceTokens(.withoutSecret)
            #expect(tokens.status == .ok, "\(tokens.text)")
        },
        "scopes_supported": { walk, value in
            let tokens = try await walk.tokens(.secretInHeader, ["scope": "openid \(value)"])
            #expect(tokens.field("scope").split(separator: " ").contains(Substring(value)))
            #expect((tokens.json["refresh_token"] != nil) == (value == "offline_access"))
        },
        "response_types_supported": { walk, value in
            let answer = try await walk.answer(.secretInHeader, ["response_type": value])
            #expect(answer.query["code"] != nil)
        },
        "response_modes_supported": responseMode,
        "grant_types_supported": grantType,
        "acr_values_supported": { walk, value in
            // A person who has just confirmed; who is also recognised silently in a browser that is new.
            let known = DiscoveryWalk(walk.run)
            _ = try await known.tokens()
            let claims = #"{"id_token":{"acr":{"essential":true,"value":"\#(value)"}}}"#
            for walk in [known, walk] {
                let tokens = try await walk.tokens(.secretInHeader, ["claims": claims])
                let answered = try await walk.idToken(tokens).claims["acr"]?.stringValue
                #expect(answered == value)
            }
        },
        "subject_types_supported": { walk, value in
            let own = try await walk.idToken(try await walk.tokens(value == "pairwise" ? .pairwise : .secretInBody))
            let theirs = try await walk.idToken(try await walk.tokens(.secretInHeader))
            #expect((own.claims.subject == theirs.claims.subject) == (value == "public"))
        },
        "id_token_signing_alg_values_supported": { walk, value in
            let tokens = try await walk.tokens(try signing(value))
            #expect(try await walk.idToken(tokens).algorithm == value)
        },
        "userinfo_signing_alg_values_supported": { walk, value in
            let answer = try await walk.userInfo(try await walk.tokens(try signing(value)))
            #expect(answer.headers[.contentType] == "application/jwt")
            let (algorithm, claims) = try await walk.verified(answer.text, type: nil)
            let client = try signing(value)
            #expect(algorithm == value && claims.audience == [client.id])
        },
        "token_endpoint_auth_methods_supported": { walk, value in _ = try await walk.tokens(try client(value)) },
        "token_endpoint_auth_signing_alg_values_supported": { walk, value in
            _ = try await walk.tokens(try signing(value))
        },
        "code_challenge_methods_supported": { walk, value in
            let answer = try await walk.answer(.withoutSecret, ["code_challenge_method": value])
            #expect(answer.query["code"] != nil)
        },
        "claims_supported": claim,
        "ui_locales_supported": { walk, value in
            for language in [value, "xx \(value)"] {
                let query = "?client_id=nobody&ui_locales=" + PercentEncoding.encode(language)
                let page = try await walk.browser.open(try walk.run.path("end_session_endpoint") + query)
                #expect(page.text.value(of: "lang", after: "<html") == value)
            }
        },
        "prompt_values_supported": prompt,
        "display_values_supported": { walk, value in
            let answer = try await walk.answer(.secretInHeader, ["display": value])
            #expect(answer.query["code"] != nil)
        },
        "claims_parameter_supported": { walk, value in
            let claims = #"{"userinfo":{"nickname":null},"id_token":{"nickname":null}}"#
            let tokens = try await walk.tokens(.secretInHeader, ["claims": claims])
            let inUserInfo = try await walk.userInfo(tokens).json["nickname"] != nil
            let inIDToken = try await walk.idToken(tokens).claims["nickname"] != nil
            #expect(inUserInfo == (value == "true") && inIDToken == (value == "true"))
        },
        "request_parameter_supported": { walk, value in
            let answer = try await walk.answer(.secretInHeader, ["request": "e30.e30."])
            #expect((answer.query["error"] == "request_not_supported") == (value == "false"))
        },
        "request_uri_parameter_supported": { walk, value in
            let answer = try await walk.answer(.secretInHeader, ["request_uri": "https://a.example/r"])
            #expect((answer.query["error"] == "request_uri_not_supported") == (value == "false"))
        },
        "authorization_response_iss_parameter_supported": { walk, value in
            let answers = [
                try await walk.answer(.secretInHeader), try await walk.answer(.secretInHeader, ["prompt": "x"]),
            ]
            for answer in answers { #expect((answer.query["iss"] == walk.run.issuer) == (value == "true")) }
        },
        "backchannel_logout_supported": { walk, value in try await isNotified(walk, of: "sub", value) },
        "backchannel_logout_session_supported": { walk, value in try await isNotified(walk, of: "sid", value) },
    ]

    // MARK: Clients

    private static func client(_ method: String) throws -> WalkClient {
        let clients: [String: WalkClient] = [
            "client_secret_basic": .secretInHeader, "client_secret_post": .secretInBody,
            "private_key_jwt": .signing(.rs256), "none": .withoutSecret,
        ]
        return try #require(clients[method], "\(method) is used by no client")
    }

    private static func signing(_ algorithm: String) throws -> WalkClient {
        .signing(try #require(SignatureAlgorithm(rawValue: algorithm)))
    }

    // MARK: Uses that take several steps

    private static func introspects(_ walk: DiscoveryWalk, _ client: WalkClient) async throws {
        let token = try await walk.tokens(client).field("access_token")
        let answer = try await walk.post(["token": token], to: "introspection_endpoint", as: client)
        #expect(answer.status == .ok && answer.json["active"] == true, "\(client.id): \(answer.text)")
    }

    private static func revokes(_ walk: DiscoveryWalk, _ client: WalkClient) async throws {
        let tokens = try await walk.tokens(client)
        let answer = try await walk.post(
            ["token": tokens.field("access_token")], to: "revocation_endpoint", as: client)
        #expect(answer.status == .ok, "\(client.id): \(answer.text)")
        #expect(try await walk.userInfo(tokens).status == .unauthorized)
    }

    private static let endSession: Use = { walk, _ in
        let tokens = try await walk.tokens()
        let target = WalkClient.secretInHeader.redirectURI + "/bye"
        let query = PercentEncoding.query([
            ("id_token_hint", tokens.field("id_token")), ("post_logout_redirect_uri", target),
        ])
        let answer = try await walk.browser.open(try walk.run.path("end_session_endpoint") + "?" + query)
        #expect(answer.location == target)
        #expect(try await walk.answer(.secretInHeader, ["prompt": "none"]).query["error"] == "login_required")
    }

    private static let responseMode: Use = { walk, value in
        let answer = try await walk.answer(.secretInHeader, ["response_mode": value])
        let delivered: [String: String?] = [
            "query": answer.query["code"], "fragment": answer.fragment["code"],
            "form_post": HTMLForm(answer.text)?.fields["code"],
        ]
        #expect(delivered.filter { $0.value != nil }.map(\.key) == [value])
    }

    private static let grantType: Use = { walk, value in
        let tokens: Answer
        switch value {
        case "authorization_code": tokens = try await walk.tokens()
        case "refresh_token":
            let first = try await walk.tokens(.secretInHeader, ["scope": "openid offline_access"])
            tokens = try await walk.post(
                ["grant_type": value, "refresh_token": first.field("refresh_token")], to: "token_endpoint",
                as: .secretInHeader)
        case "client_credentials":
            tokens = try await walk.post(
                ["grant_type": value, "scope": "things:read"], to: "token_endpoint", as: .secretInHeader)
        case Application.GrantType.deviceCode.rawValue: tokens = try await walk.deviceTokens(.secretInHeader)
        case Application.GrantType.tokenExchange.rawValue:
            walk.run.app.bridge.script(AppCodes.session())
            tokens = try await walk.post(
                AppCodes.exchange("code-of-wx-login", scope: "openid"), to: "token_endpoint", as: .secretInHeader)
        default: tokens = try await walk.post(["grant_type": value], to: "token_endpoint", as: .secretInHeader)
        }
        #expect(tokens.status == .ok && !tokens.field("access_token").isEmpty, "\(value): \(tokens.text)")
    }

    /// Asked for by name in both places, with everything known that can be known.
    private static let claim: Use = { walk, value in
        _ = try await walk.tokens()
        try await walk.run.app.execute(
            """
            UPDATE users SET email = 'a@example.com', email_verified = 1, phone_number = '+8613800000000',
                phone_number_verified = 0, address = '{"country":"CN"}', roles = '["staff"]'
            """)
        let claims = #"{"userinfo":{"\#(value)":null},"id_token":{"\#(value)":null}}"#
        let tokens = try await walk.tokens(.secretInHeader, ["claims": claims, "nonce": "n"])
        let inIDToken = try await walk.idToken(tokens).claims[value] != nil
        let inUserInfo = try await walk.userInfo(tokens).json[value] != nil
        #expect(inIDToken || inUserInfo, "\(value)")
        if UserClaims.names.contains(value) { #expect(inIDToken && inUserInfo, "\(value)") }
    }

    private static let prompt: Use = { walk, value in
        _ = try await walk.tokens()
        let pages = walk.browser.pages.count
        #expect(try await walk.answer(.secretInHeader, ["prompt": value]).query["code"] != nil)
        #expect((walk.browser.pages.count == pages) == (value == "none"), "\(value)")
    }

    private static func isNotified(_ walk: DiscoveryWalk, of claim: String, _ value: String) async throws {
        try await walk.run.backChannelLogout()
        let token = try #require(walk.run.recorder.notices.last?.fields.first?.value)
        let claims = try await walk.verified(token, type: .logout).claims
        #expect((claims[claim] != nil) == (value == "true"))
    }
}
