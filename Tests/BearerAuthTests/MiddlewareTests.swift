import BearerAuth
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWT
import Logging
import Testing

/// What a back end's own context looks like.
struct APIContext: BearerRequestContext, SignedRequestContext {
    var coreContext: CoreRequestContextStorage
    var bearer: BearerPrincipal?
    var signedRequest: SignedRequestPrincipal?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}

@Suite struct BearerAuthMiddlewareTests {
    private func story(
        _ stand: TokenStand, scopes: [String] = [],
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let router = Router(context: APIContext.self)
        let api = router.group("").add(
            middleware: BearerAuthMiddleware(stand.verifier(), scopes: scopes, realm: "orders"))
        api.get("orders") { _, context in try context.requireBearer("openid").subject }
        api.get("secret") { _, context in try context.requireBearer("nobody:has").subject }
        try await Application(router: router).test(.router) { try await body($0) }
    }

    private func get(
        _ client: any TestClientProtocol, _ path: String = "/orders", _ headers: HTTPFields = [:]
    ) async throws -> (Int, String?, String) {
        let response = try await client.execute(uri: path, method: .get, headers: headers)
        return (response.status.code, response.headers[.wwwAuthenticate], String(buffer: response.body))
    }

    @Test("without a token there is a challenge and no error; a bad token is named as such")
    func refusals() async throws {
        let stand = try TokenStand()
        let (good, idToken) = (try stand.token(), try stand.token(type: .jwt))
        try await story(stand) { client in
            for headers: HTTPFields in [[:], [.authorization: "Basic x"], [.authorization: "Bearer"]] {
                let (status, challenge, _) = try await get(client, "/orders", headers)
                #expect(status == 401 && challenge == "Bearer realm=\"orders\"")
            }
            // Never from the query.
            #expect(try await get(client, "/orders?access_token=\(good)").0 == 401)
            for token in ["x", idToken, good + "x"] {
                let (status, challenge, body) = try await get(client, "/orders", [.authorization: "Bearer \(token)"])
                #expect(status == 401 && challenge == "Bearer realm=\"orders\", error=\"invalid_token\"")
                #expect(body == "{\"error\":\"invalid_token\"}")
            }
            var twice = HTTPFields()
            twice.append(HTTPField(name: .authorization, value: "Bearer \(good)"))
            twice.append(HTTPField(name: .authorization, value: "Bearer \(good)"))
            #expect(try await get(client, "/orders", twice).0 == 400)
            let (status, _, body) = try await get(client, "/orders", [.authorization: "bearer \(good)"])
            #expect(status == 200 && body == "person")
            #expect(try await get(client, "/secret", [.authorization: "Bearer \(good)"]).0 == 403)
        }
    }

    @Test("a token that lacks a scope is 403 and told which")
    func scopes() async throws {
        let stand = try TokenStand()
        let token = try stand.token()
        try await story(stand, scopes: ["orders:read", "orders:write"]) { client in
            let (status, challenge, _) = try await get(client, "/orders", [.authorization: "Bearer \(token)"])
            #expect(status == 403)
            #expect(
                challenge == "Bearer realm=\"orders\", error=\"insufficient_scope\", scope=\"orders:read orders:write\""
            )
        }
    }

    @Test("a provider that does not answer is 503 with Retry-After, never a refusal")
    func outage() async throws {
        let stand = try TokenStand()
        stand.provider.isDown = true
        let token = try stand.token()
        try await story(stand) { client in
            let response = try await client.execute(
                uri: "/orders", method: .get, headers: [.authorization: "Bearer \(token)"])
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] == "5")
        }
    }
}

@Suite struct SignedRequestMiddlewareTests {
    private static let active: JSON = [
        "active": true, "signed": true, "appid": "wx1", "openid": "o1", "sub": "person", "exp": 1_760_000_600,
    ]

    private struct Stand {
        let provider = FakeProvider()
        let time = TestTime()

        func verifier(capacity: Int = 100) -> SignedRequestVerifier {
            let time = time
            return SignedRequestVerifier(
                address: "https://id.example.com/login/verify", http: provider, capacity: capacity,
                uptime: { time.uptime })
        }
    }

    private func story(
        _ stand: Stand, prefix: String = "", _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let router = Router(context: APIContext.self)
        router.group("").add(middleware: SignedRequestMiddleware(stand.verifier(), pathPrefix: prefix))
            .get("orders") { _, context in try context.requireSignedRequest().openID }
        try await Application(router: router).test(.router) { try await body($0) }
    }

    private func headers(_ signature: String? = "SG1:1:2:3", token: String? = "ST1:wx1:o1:AAAA") throws -> HTTPFields {
        var headers = HTTPFields()
        headers[try #require(HTTPField.Name("wx-login-stoken"))] = token
        headers[try #require(HTTPField.Name("WX-LOGIN-SIG"))] = signature
        return headers
    }

    @Test("the provider is asked with both headers and the raw target")
    func question() async throws {
        let stand = Stand()
        stand.provider.answer(Self.active)
        let headers = try headers()
        try await story(stand, prefix: "/shop") { client in
            let response = try await client.execute(uri: "/orders?y=%E4%BD%A0&x=1", method: .get, headers: headers)
            #expect(String(buffer: response.body) == "o1")
        }
        #expect(
            stand.provider.posted == [
                ["stoken": "ST1:wx1:o1:AAAA", "sig": "SG1:1:2:3", "uri": "/shop/orders?y=%E4%BD%A0&x=1"]
            ])
    }

    @Test("refusals have the contract's four members")
    func refusals() async throws {
        let stand = Stand()
        stand.provider.answer(["active": false])
        let cases = [
            (try headers(token: nil), "no WX-LOGIN-STOKEN header"), (try headers(nil), "no WX-LOGIN-SIG header"),
            (try headers(), ""), (try headers(String(repeating: "x", count: 300)), ""),
        ]
        try await story(stand) { client in
            for (headers, detail) in cases {
                let response = try await client.execute(uri: "/orders", method: .get, headers: headers)
                #expect(response.status == .unauthorized)
                #expect(response.headers[.wwwAuthenticate] == "WX-LOGIN")
                let body = try JSON.parse(Array(response.body.readableBytesView))
                #expect(
                    body == [
                        "status": 401, "code": "auth-login-session-fail", "message": "登录会话验证失败",
                        "detail": .string(detail),
                    ])
            }
        }
        #expect(stand.provider.posted.count == 2, "what is too long is not asked about")
    }

    @Test("a request that was let in is not let in again, and the provider is not asked a second time")
    func replay() async throws {
        let stand = Stand()
        stand.provider.answer(Self.active)
        stand.provider.isSlow = true
        let verifier = stand.verifier()
        let good = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask { try await verifier.verify(token: "t", signature: "SG1:1:2:3", uri: "/a") != nil }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(good == 1)
        stand.time.advance(by: .seconds(659))
        #expect(try await verifier.verify(token: "t", signature: "SG1:1:2:3", uri: "/a") == nil)
        #expect(stand.provider.posted.count == 1)
        // Another address, another token: other questions. Texts don't run into one another.
        #expect(try await verifier.verify(token: "t", signature: "SG1:1:2:3", uri: "/b") != nil)
        #expect(try await verifier.verify(token: "tS", signature: "G1:1:2:3", uri: "/a") != nil)
        #expect(stand.provider.posted.count == 3)
    }

    @Test("a full memory forgets the oldest, and then the provider decides")
    func capacity() async throws {
        let stand = Stand()
        stand.provider.answer(["active": false])
        let verifier = stand.verifier(capacity: 10)
        for number in 0..<1000 {
            #expect(try await verifier.verify(token: "t", signature: "SG1:1:\(number):3", uri: "/a") == nil)
        }
        #expect(stand.provider.posted.count == 1000)
        #expect(try await verifier.verify(token: "t", signature: "SG1:1:999:3", uri: "/a") == nil)
        #expect(stand.provider.posted.count == 1000)
        #expect(try await verifier.verify(token: "t", signature: "SG1:1:0:3", uri: "/a") == nil)
        #expect(stand.provider.posted.count == 1001)
    }

    @Test("when the provider does not answer, or not as one, it is 503, and the same request may come again")
    func outage() async throws {
        let stand = Stand()
        stand.provider.isDown = true
        let headers = try headers()
        try await story(stand) { client in
            for answer: JSON in [.null, [:], ["active": "true"], ["active": true]] {
                stand.provider.answer(answer)
                let response = try await client.execute(uri: "/orders", method: .get, headers: headers)
                #expect(response.status == .serviceUnavailable)
                #expect(response.headers[.retryAfter] == "5")
                stand.provider.isDown = false
            }
            stand.provider.answer(Self.active)
            let response = try await client.execute(uri: "/orders", method: .get, headers: headers)
            #expect(response.status == .ok)
        }
    }

    @Test("an answer about a token alone is kept for a second, and is no answer to a signed request")
    func unsigned() async throws {
        let stand = Stand()
        var answer = Self.active.objectValue ?? [:]
        answer["signed"] = false
        stand.provider.answer(.object(answer))
        let verifier = stand.verifier()
        for _ in 0..<3 {
            #expect(try await verifier.verify(token: "t", signature: nil, uri: "/a")?.isSigned == false)
        }
        #expect(stand.provider.posted.count == 1)
        #expect(try await verifier.verify(token: "t", signature: "SG1:1:2:3", uri: "/a") == nil)
        stand.provider.answer(["active": false])
        stand.time.advance(by: .seconds(1))
        #expect(try await verifier.verify(token: "t", signature: nil, uri: "/a") == nil)
        #expect(stand.provider.posted.count == 3)
    }
}
