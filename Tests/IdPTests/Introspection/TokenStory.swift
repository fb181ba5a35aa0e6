import HTTPTypes
import JWT
import Testing

@testable import IdP

extension TestApp {
    /// Applications that the tests of tokens and devices need beside the usual ones.
    static func withMoreApplications(_ yaml: String) -> String {
        let device = "urn:ietf:params:oauth:grant-type:device_code"
        let secret = TestConfiguration.clientSecret
        let added = """
                  - {client_id: api, client_secret: \(secret), redirect_uris: ["https://api.example.com/cb"],
                     connections: [mp]}
                  - {client_id: opaque, client_secret: \(secret), access_token_format: opaque, connections: [mp],
                     redirect_uris: ["https://opaque.example.com/cb"]}
                  - {client_id: tv, grant_types: ["\(device)", refresh_token], connections: [mp]}
                  - {client_id: box, client_secret: \(secret), grant_types: ["\(device)"], connections: [mp]}
                  - {client_id: stranger, client_name: "Stranger <i>TV</i>", first_party: false,
                     grant_types: ["\(device)"], connections: [mp]}

            """
        return yaml.replacing("      - {client_id: old,", with: added + "      - {client_id: old,")
    }

    /// Tells a story with them.
    static func tokenStory(_ body: @escaping @Sendable (TestApp) async throws -> Void) async throws {
        try await story(yaml: withMoreApplications, body)
    }

    private func proof(_ client: String) -> HTTPFields {
        switch client {
        case "other-basic": [.authorization: Self.basic(client, TestConfiguration.otherSecret)]
        case "web", "tv", "stranger", "other-web": [:]
        default: [.authorization: Self.basic(client, TestConfiguration.clientSecret)]
        }
    }

    /// Sends a form as a client.
    func post(_ path: String, as client: String, _ form: [String: String], pool: String? = nil) async throws -> Answer {
        var form = form
        let headers = proof(client)
        if headers[.authorization] == nil { form["client_id"] = client }
        return try await send(
            .post, (pool ?? AuthorizationRequest.prefix(client)) + path, headers: headers, form: form)
    }

    func introspect(_ token: String, as client: String, pool: String? = nil) async throws -> Answer {
        try await post("/oidc/token/introspection", as: client, ["token": token], pool: pool)
    }

    func revoke(_ token: String, as client: String, hint: String? = nil, pool: String? = nil) async throws -> Answer {
        var form = ["token": token]
        form["token_type_hint"] = hint
        return try await post("/oidc/token/revocation", as: client, form, pool: pool)
    }

    /// Signs in to a client that only these tests know, and redeems.
    func moreTokens(
        _ client: String, scope: String = "openid offline_access", in browser: Browser,
        _ extra: [String: String?] = [:]
    ) async throws -> Answer {
        let redirect = "https://\(client).example.com/cb"
        var asked = extra
        asked["redirect_uri"] = redirect
        let answer = try await browser.pressOn(
            try await browser.open(AuthorizationRequest(client, scope: scope, asked).url))
        let code = try #require(answer.query["code"], "\(answer.status) \(answer.location ?? answer.page ?? "")")
        let tokens = try await post(
            "/oidc/token", as: client,
            [
                "grant_type": "authorization_code", "code": code, "redirect_uri": redirect,
                "code_verifier": AuthorizationRequest.verifier,
            ])
        #expect(tokens.status == .ok, "\(tokens.text)")
        return tokens
    }
}

extension Answer {
    /// True for the one answer that tells nothing.
    var isInactive: Bool { status == .ok && text == "{\"active\":false}" }
    var isActive: Bool { status == .ok && json["active"] == .bool(true) }
}
