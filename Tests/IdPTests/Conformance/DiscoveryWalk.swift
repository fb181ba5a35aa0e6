import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Uses what the discovery document advertises, one value after the other.
struct DiscoveryWalk: Sendable {
    let run: ConformanceRun
    /// Each value gets a browser that has never been here.
    let browser: Browser

    init(_ run: ConformanceRun) {
        self.run = run
        browser = Browser(run.app)
    }

    /// Sends an authorization request and presses on; the answer as the browser got it.
    func answer(_ client: WalkClient, _ extra: [String: String?] = [:]) async throws -> Answer {
        var parameters: [String: String?] = [
            "client_id": client.id, "response_type": "code", "scope": "openid", "state": "s",
            "redirect_uri": client.redirectURI, "code_challenge": AuthorizationRequest.challenge,
            "code_challenge_method": "S256",
        ]
        for (name, value) in extra { parameters[name] = .some(value) }
        let query = PercentEncoding.query(parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        var answer = try await browser.open(try run.path("authorization_endpoint") + "?" + query)
        for _ in 0..<8 where answer.location == nil && answer.page != PageText.returning.rawValue {
            answer = try await browser.press(answer)
        }
        return answer
    }

    /// Posts a form to an endpoint, the client proven.
    func post(_ form: [String: String], to endpoint: String, as client: WalkClient) async throws -> Answer {
        var (form, headers) = (form, HTTPFields())
        try client.prove(&form, &headers, audience: run.issuer, now: run.app.clock.now)
        return try await run.app.send(.post, try run.path(endpoint), headers: headers, form: form)
    }

    /// Signs in and redeems; what the token endpoint said.
    func tokens(_ client: WalkClient = .secretInHeader, _ extra: [String: String?] = [:]) async throws -> Answer {
        let code = try #require(try await answer(client, extra).query["code"])
        let form = [
            "grant_type": "authorization_code", "code": code, "redirect_uri": client.redirectURI,
            "code_verifier": AuthorizationRequest.verifier,
        ]
        let answer = try await post(form, to: "token_endpoint", as: client)
        #expect(answer.status == .ok, "\(client.id): \(answer.text)")
        return answer
    }

    func userInfo(_ tokens: Answer) async throws -> Answer {
        try await run.app.send(
            .get, try run.path("userinfo_endpoint"),
            headers: [.authorization: "Bearer \(tokens.field("access_token"))"])
    }

    /// The claims of a token by our key, with its algorithm.
    func verified(_ token: String, type: TokenType?) async throws -> (algorithm: String, claims: RegisteredClaims) {
        let set = try await run.app.send(try run.path("jwks_uri"))
        let jws = try JWS.verify(token, with: try JWKSet(parsing: Array(set.text.utf8)), type: type)
        return (jws.header["alg"]?.stringValue ?? "", try RegisteredClaims(parsing: jws.payload))
    }

    func idToken(_ tokens: Answer) async throws -> (algorithm: String, claims: RegisteredClaims) {
        try await verified(tokens.field("id_token"), type: .jwt)
    }

    /// Signs a device in, with a person who confirms; what the device is told at last.
    func deviceTokens(_ client: WalkClient) async throws -> Answer {
        let started = try await post(["scope": "openid"], to: "device_authorization_endpoint", as: client)
        #expect(started.status == .ok, "\(started.text)")
        let address = started.field("verification_uri_complete")
        #expect(address.hasPrefix(run.issuer + "/"))
        var page = try await browser.open(address)
        for _ in 0..<10 where page.page != PageText.deviceDone.rawValue {
            page = try await press(page)
        }
        return try await post(
            [
                "grant_type": Application.GrantType.deviceCode.rawValue,
                "device_code": started.field("device_code"),
            ], to: "token_endpoint", as: client)
    }

    /// Presses a page's main control: its link, or its form with everything that is in it.
    private func press(_ page: Answer) async throws -> Answer {
        guard let form = HTMLForm(page.text), !page.url.contains(TestApp.wechatHost) else {
            return try await browser.press(page)
        }
        return try await browser.follow(
            try await browser.request(.post, form.action, form: form.fields.merging(["decision": "allow"]) { $1 }))
    }
}
