import Foundation
import HTTPTypes
import HummingbirdTesting
import JWT
import Testing

@testable import IdP

/// One run of a module: the provider, a person's browser, and how the client wants its answers.
///
/// Every answer that passes through here gets the suite's checks that run inside all modules.
struct ConformanceRun: Sendable {
    /// How answers come: with the Basic plan, or with the Form Post plan.
    enum Mode: Sendable {
        case query, formPost
    }

    /// Escaped wrongly anywhere, it comes back changed or breaks the page.
    static let state = "st \"<é>' &+=%25"
    static let nonce = "n-\"<0>é"

    let app: TestApp
    let mode: Mode
    let browser: Browser
    let recorder: NoticeRecorder
    let metadata: JSON

    static func start(_ mode: Mode, _ module: Module) async throws {
        try await with(mode) { try await module.check($0) }
    }

    /// Runs something over real connections against a fresh provider with the suite's clients.
    static func with(
        _ mode: Mode = .query, yaml change: (String) -> String = { $0 },
        _ body: @escaping @Sendable (ConformanceRun) async throws -> Void
    ) async throws {
        let recorder = NoticeRecorder()
        try await TestApp.story(
            outbound: recorder, over: .live, yaml: { change(ConformanceClient.added(to: $0)) }
        ) { app in
            let metadata = try await app.send("/oidc/.well-known/openid-configuration")
            try await body(
                ConformanceRun(
                    app: app, mode: mode, browser: Browser(app), recorder: recorder, metadata: metadata.json))
        }
    }

    var issuer: String { metadata["issuer"]?.stringValue ?? "" }

    /// The path of an endpoint as the discovery document names it.
    func path(_ endpoint: String) throws -> String {
        let address = try #require(metadata[endpoint]?.stringValue, "\(endpoint) is not advertised")
        #expect(address.hasPrefix("\(app.publicURL)/"))
        return String(address.dropFirst(app.publicURL.count))
    }

    func supported(_ name: String) -> [String] {
        metadata[name]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    // MARK: Authorization

    /// The parameters of an ordinary request.
    func parameters(_ client: ConformanceClient, _ extra: [String: String?] = [:]) -> [(String, String?)] {
        var all: [(String, String?)] = [
            ("client_id", client.id), ("response_type", "code"), ("scope", "openid"),
            ("redirect_uri", client.redirectURI), ("state", Self.state), ("nonce", Self.nonce),
        ]
        if mode == .formPost { all.append(("response_mode", "form_post")) }
        all.removeAll { extra.keys.contains($0.0) }
        return all + extra.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The address of an authorization request.
    func request(_ client: ConformanceClient, _ extra: [String: String?] = [:]) throws -> String {
        try path("authorization_endpoint") + "?" + PercentEncoding.query(parameters(client, extra))
    }

    /// Sends a request and presses on until there is an answer for the client.
    func authorize(
        _ client: ConformanceClient = .one, _ extra: [String: String?] = [:]
    ) async throws -> AuthorizationAnswer {
        try await finish(try await browser.open(try request(client, extra)), client, extra)
    }

    /// Presses on from the first answer.
    func finish(
        _ first: Answer, _ client: ConformanceClient, _ extra: [String: String?] = [:]
    ) async throws -> AuthorizationAnswer {
        var answer = first
        var pages = 0
        while pages < 8, answer.location == nil, answer.page != PageText.returning.rawValue {
            pages += 1
            answer = try await browser.press(answer)
        }
        let state = extra.keys.contains("state") ? extra["state"] ?? nil : Self.state
        return try AuthorizationAnswer(answer, mode: mode, client: client, state: state, issuer: issuer, pages: pages)
    }

    // MARK: Tokens

    /// Redeems the code of an answer.
    func redeem(
        _ answer: AuthorizationAnswer, _ client: ConformanceClient = .one, _ extra: [String: String] = [:]
    ) async throws -> TokenAnswer {
        let code = try #require(answer.code, "\(answer.parameters)")
        let raw = try await token(
            [
                "grant_type": "authorization_code", "code": code, "redirect_uri": client.redirectURI,
            ].merging(extra) { $1 }, client)
        return try TokenAnswer(raw)
    }

    /// Sends a form to the token endpoint, the client proven in its own way.
    func token(_ form: [String: String], _ client: ConformanceClient = .one) async throws -> Answer {
        var (form, headers) = (form, HTTPFields())
        if client == .post {
            (form["client_id"], form["client_secret"]) = (client.id, client.secret)
        } else {
            headers[.authorization] = TestApp.basic(client.id, client.secret)
        }
        return try await app.send(.post, try path("token_endpoint"), headers: headers, form: form)
    }

    /// An error of the token endpoint: RFC 6749 section 5.2.
    func expectError(_ answer: Answer, _ code: String) {
        #expect(answer.status == .badRequest, "\(answer.text)")
        #expect(answer.headers[.contentType]?.hasPrefix("application/json") == true)
        #expect(answer.error == code, "\(answer.text)")
    }

    /// An ordinary sign-in of a client, with everything checked.
    @discardableResult
    func signIn(_ client: ConformanceClient = .one, _ extra: [String: String?] = [:]) async throws -> SignedIn {
        let answer = try await authorize(client, extra)
        let tokens = try await redeem(answer, client)
        let nonce = extra.keys.contains("nonce") ? extra["nonce"] ?? nil : Self.nonce
        let idToken = try await idToken(tokens.idToken, for: client, nonce: nonce, accessToken: tokens.accessToken)
        return SignedIn(answer: answer, tokens: tokens, idToken: idToken)
    }

    /// The claims of an ID token, with the checks of Core section 3.1.3.7.
    func idToken(
        _ token: String, for client: ConformanceClient, nonce: String?, accessToken: String
    ) async throws -> RegisteredClaims {
        let set = try await app.send(try path("jwks_uri"))
        let keys = try JWKSet(parsing: Array(set.text.utf8))
        let jws = try JWS.verify(token, with: keys, type: .jwt)
        #expect(jws.header["alg"] == "RS256")
        #expect(jws.kid != nil)
        let claims = try RegisteredClaims(parsing: jws.payload)
        let now = app.clock.now
        #expect(claims.issuer == issuer)
        #expect(claims.audience == [client.id])
        #expect(claims["azp"] == nil || claims["azp"]?.stringValue == client.id)
        #expect(claims.expiresAt.map { $0 > now } == true)
        #expect(claims.issuedAt.map { $0 <= now && $0 > now - 60 } == true)
        let subject = try #require(claims.subject)
        #expect((1...255).contains(subject.utf8.count) && subject.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
        #expect(claims["nonce"]?.stringValue == nonce)
        #expect(claims["c_hash"] == nil)
        let expected = TokenHash.value(of: accessToken, for: .rs256)
        #expect(claims["at_hash"].map { $0.stringValue == expected } ?? true)
        StandardClaims.check(claims.all)
        return claims
    }

    // MARK: Userinfo

    /// What userinfo says, with the checks of Core section 5.3.2.
    func userInfo(_ signedIn: SignedIn, _ method: HTTPRequest.Method = .get, inBody: Bool = false) async throws -> JSON
    {
        let token = signedIn.tokens.accessToken
        let answer =
            inBody
            ? try await app.send(.post, try path("userinfo_endpoint"), form: ["access_token": token])
            : try await app.send(
                method, try path("userinfo_endpoint"), headers: [.authorization: "Bearer \(token)"])
        #expect(answer.status == .ok, "\(answer.text)")
        #expect(answer.headers[.contentType]?.hasPrefix("application/json") == true)
        let claims = try #require(answer.json.objectValue)
        #expect(claims["sub"]?.stringValue == signedIn.idToken.subject)
        StandardClaims.check(claims)
        return answer.json
    }

    /// True while the browser is signed in, as `prompt=none` tells.
    func isSignedIn(_ client: ConformanceClient = .one) async throws -> Bool {
        let answer = try await authorize(client, ["prompt": "none"])
        #expect(answer.pages == 0)
        #expect(answer.code != nil || answer.error == "login_required")
        return answer.code != nil
    }
}

/// What one sign-in gave a client.
struct SignedIn: Sendable {
    var answer: AuthorizationAnswer
    var tokens: TokenAnswer
    var idToken: RegisteredClaims

    var authTime: Int64 { idToken["auth_time"]?.integerValue ?? 0 }
}
