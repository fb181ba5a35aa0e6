import HTTPTypes
import JWT
import Testing

@testable import IdP

/// An application's authorization request, written down once; tests change what they are about.
struct AuthorizationRequest {
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    private static let redirects = [
        "web": "https://app.example.com/cb", "strict": "https://strict.example.com/cb",
        "basic": "https://basic.example.com/cb", "post": "https://post.example.com/cb",
        "codeonly": "https://codeonly.example.com/cb", "native": "com.example.app:/cb",
        "third": "https://third.example.net/cb", "second": "https://second.example.com/cb",
        "based": "https://base.example.com/back", "full": "https://full.example.com/cb",
        "site": "https://site.example.com/cb", "both": "https://both.example.com/cb",
        "old": "https://legacy.example.com/back?keep=1", "other-web": "https://other.example.org/cb",
        "other-basic": "https://otherbasic.example.org/cb",
    ]

    static func redirectURI(_ client: String) -> String { redirects[client] ?? "" }
    static func prefix(_ client: String) -> String { client.hasPrefix("other") ? "/pools/other" : "" }

    private(set) var parameters: [(String, String)]
    private let path: String

    init(
        _ client: String = "web", scope: String = "openid profile", state: String? = "st.A_te~1",
        _ extra: [String: String?] = [:]
    ) {
        var all: [String: String?] = [
            "client_id": client, "redirect_uri": Self.redirectURI(client), "response_type": "code", "scope": scope,
            "state": state, "nonce": "n-0nce", "code_challenge": Self.challenge, "code_challenge_method": "S256",
        ]
        for (name, value) in extra { all[name] = .some(value) }
        parameters = all.compactMap { name, value in value.map { (name, $0) } }.sorted { $0.0 < $1.0 }
        path = Self.prefix(client) + "/oidc/auth"
    }

    /// Adds a parameter even if it is there already.
    func adding(_ name: String, _ value: String) -> Self {
        var copy = self
        copy.parameters.append((name, value))
        return copy
    }

    var url: String { path + "?" + PercentEncoding.query(parameters.map { ($0.0, $0.1) }) }
    var endpoint: String { path }
    var form: [String: String] { Dictionary(parameters) { _, last in last } }
}

extension TestApp {
    /// Signs in with everything the pages ask for; the code.
    func code(
        _ client: String = "web", scope: String = "openid profile", in browser: Browser,
        _ extra: [String: String?] = [:]
    ) async throws -> String {
        let answer = try await browser.pressOn(
            try await browser.open(AuthorizationRequest(client, scope: scope, extra).url))
        return try #require(answer.query["code"], "\(answer.status) \(answer.location ?? answer.page ?? "")")
    }

    /// The form that redeems a code.
    func redemption(_ code: String, _ client: String = "web") -> [String: String] {
        var form = [
            "grant_type": "authorization_code", "code": code,
            "redirect_uri": AuthorizationRequest.redirectURI(client), "code_verifier": AuthorizationRequest.verifier,
        ]
        authenticate(client, &form)
        return form
    }

    private func authenticate(_ client: String, _ form: inout [String: String]) {
        switch client {
        case "basic", "other-basic", "codeonly": break
        case "post": (form["client_id"], form["client_secret"]) = (client, TestConfiguration.postSecret)
        default: form["client_id"] = client
        }
    }

    static func basic(_ id: String, _ secret: String) -> String {
        let text = "\(PercentEncoding.encode(id)):\(PercentEncoding.encode(secret))"
        return "Basic " + (Array(text.utf8)).base64
    }

    func headers(_ client: String) -> HTTPFields {
        switch client {
        case "basic", "codeonly": [.authorization: Self.basic(client, TestConfiguration.clientSecret)]
        case "other-basic": [.authorization: Self.basic(client, TestConfiguration.otherSecret)]
        default: [:]
        }
    }

    func token(_ form: [String: String], _ client: String = "web", pool: String? = nil) async throws -> Answer {
        try await send(
            .post, (pool ?? AuthorizationRequest.prefix(client)) + "/oidc/token", headers: headers(client), form: form)
    }

    func redeem(_ code: String, _ client: String = "web") async throws -> Answer {
        try await token(redemption(code, client), client)
    }

    func refresh(_ token: String, _ client: String = "web", scope: String? = nil) async throws -> Answer {
        var form = ["grant_type": "refresh_token", "refresh_token": token]
        form["scope"] = scope
        authenticate(client, &form)
        return try await self.token(form, client)
    }

    /// Signs in and redeems.
    func tokens(
        _ client: String = "web", scope: String = "openid profile offline_access", in browser: Browser? = nil
    ) async throws -> Answer {
        let browser = browser ?? Browser(self)
        let answer = try await redeem(try await code(client, scope: scope, in: browser), client)
        #expect(answer.status == .ok, "\(answer.text)")
        return answer
    }

    func me(_ token: String, pool: String = "") async throws -> Answer {
        try await send(.get, pool + "/oidc/me", headers: [.authorization: "Bearer \(token)"])
    }

    /// The claims of a token, verified with the keys that the pool serves.
    func verified(_ token: String, type: TokenType, pool: String = "") async throws -> RegisteredClaims {
        let set = try await send(.get, pool + "/oidc/.well-known/jwks.json")
        let keys = try JWKSet(parsing: Array(set.text.utf8))
        return try RegisteredClaims(parsing: try JWS.verify(token, with: keys, type: type).payload)
    }
}

extension [UInt8] {
    /// Standard base64 with padding.
    var base64: String {
        let text = Base64URL.encode(self).replacing("-", with: "+").replacing("_", with: "/")
        return text + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }
}
