import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("CORS: the origins of registered redirect URIs, without credentials")
struct CORSTests {
    static let readable: [(HTTPRequest.Method, String)] = [
        (.get, "/oidc/.well-known/openid-configuration"), (.get, "/.well-known/oauth-authorization-server/oidc"),
        (.get, "/oidc/.well-known/jwks.json"), (.get, "/web/oidc/.well-known/jwks.json"), (.post, "/oidc/token"),
        (.get, "/oidc/me"), (.post, "/oidc/me"),
    ]

    private static let own = "https://app.example.com"
    private static let allowOrigin = HTTPField.Name.accessControlAllowOrigin

    @Test("an application's page reads answers and errors", arguments: readable)
    func allowed(method: HTTPRequest.Method, path: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.send(
                method, path, headers: [.origin: Self.own], form: method == .post ? ["x": "y"] : nil)
            #expect(answer.headers[Self.allowOrigin] == Self.own, "\(answer.status)")
            #expect(answer.headers[.accessControlAllowCredentials] == nil)
            #expect(answer.headers[values: .vary].joined(separator: ",").contains("Origin"))
            #expect(answer.headers[.accessControlExposeHeaders]?.contains("WWW-Authenticate") == true)
        }
    }

    @Test("and asks first", arguments: readable)
    func preflight(method: HTTPRequest.Method, path: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.send(
                .options, path,
                headers: [
                    .origin: Self.own, .accessControlRequestMethod: method.rawValue,
                    .accessControlRequestHeaders: "authorization,content-type",
                ])
            #expect(answer.status == .noContent || answer.status == .ok)
            #expect(answer.headers[Self.allowOrigin] == Self.own)
            #expect(answer.headers[.accessControlAllowMethods]?.contains(method.rawValue) == true)
            let headers = answer.headers[.accessControlAllowHeaders]?.lowercased() ?? ""
            #expect(headers.contains("authorization") && headers.contains("content-type"))
            #expect(answer.headers[.accessControlAllowCredentials] == nil)
        }
    }

    static let strangers = [
        "https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com",
        "https://app.example.com:8443", "https://app.example.com/", "https://APP.example.com",
        "https://other.example.org",
        "https://id.example.com.evil.example", "*", "", "https://example.com", "https://xapp.example.com",
        "https://app.example.com, https://evil.example", "com.example.app://", "file://",
    ]

    @Test("other origins get nothing", arguments: strangers)
    func stranger(_ origin: String) async throws {
        try await TestApp.story { app in
            for (method, path) in Self.readable {
                let answer = try await app.send(
                    method, path, headers: [.origin: origin], form: method == .post ? ["x": "y"] : nil)
                #expect(answer.headers[Self.allowOrigin] == nil, "\(path)")
                let asked = try await app.send(
                    .options, path, headers: [.origin: origin, .accessControlRequestMethod: method.rawValue])
                #expect(asked.headers[Self.allowOrigin] == nil && asked.headers[.accessControlAllowMethods] == nil)
            }
        }
    }

    @Test("an origin of one pool gets nothing at the other")
    func otherPool() async throws {
        try await TestApp.story { app in
            for path in ["/oidc/.well-known/jwks.json", "/oidc/me"] {
                let mine = try await app.send("/pools/other" + path, headers: [.origin: "https://other.example.org"])
                #expect(mine.headers[Self.allowOrigin] == "https://other.example.org")
                let foreign = try await app.send("/pools/other" + path, headers: [.origin: Self.own])
                #expect(foreign.headers[Self.allowOrigin] == nil)
            }
        }
    }

    static let closed = [
        "/oidc/auth", "/oidc/auth/0123456789abcdef0123456789abcdef", "/connections/social/mp",
        "/connections/wechat/callback", "/oauth/wechatmp/url/default",
    ]

    @Test("where a person signs in, no page ever reads", arguments: closed)
    func never(_ path: String) async throws {
        try await TestApp.story { app in
            for method in [HTTPRequest.Method.get, .post, .options, .head] {
                let answer = try await app.send(
                    method, path,
                    headers: [
                        .origin: Self.own, .accessControlRequestMethod: "GET", .accept: "text/html",
                    ], form: method == .post ? AuthorizationRequest().form : nil)
                #expect(answer.headers[Self.allowOrigin] == nil && answer.headers[.accessControlAllowMethods] == nil)
            }
        }
    }

    @Test("a whole code flow from the page itself: each answer is readable")
    func wholeFlow() async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            let origin: HTTPFields = [.origin: Self.own]
            let tokens = try await app.send(.post, "/oidc/token", headers: origin, form: app.redemption(code))
            #expect(tokens.status == .ok && tokens.headers[Self.allowOrigin] == Self.own)
            let again = try await app.send(.post, "/oidc/token", headers: origin, form: app.redemption(code))
            #expect(again.error == "invalid_grant" && again.headers[Self.allowOrigin] == Self.own)
            let huge = try await app.send(
                .post, "/oidc/token", headers: origin, form: ["x": String(repeating: "y", count: 70_000)])
            #expect(huge.status == .contentTooLarge && huge.headers[Self.allowOrigin] == Self.own)
            let me = try await app.send(
                "/oidc/me", headers: [.origin: Self.own, .authorization: "Bearer \(tokens.field("access_token"))"])
            #expect(me.status == .unauthorized && me.headers[Self.allowOrigin] == Self.own)
        }
    }

    @Test("an error page varies with the language as well as with the origin")
    func varyOfAPage() async throws {
        try await TestApp.story { app in
            for origin in [Self.own, "https://evil.example"] {
                let page = try await app.send(
                    .post, "/oidc/token", headers: [.origin: origin, .accept: "text/html"],
                    form: ["x": String(repeating: "y", count: 70_000)])
                #expect(page.status == .contentTooLarge && page.page != nil)
                let names = page.headers[values: .vary].joined(separator: ",").split(separator: ",")
                    .map { $0.filter { $0 != " " } }
                #expect(names.sorted() == ["Accept-Language", "Origin"])
            }
        }
    }

    @Test("no origin asked, none answered, and caches are told")
    func withoutOrigin() async throws {
        try await TestApp.story { app in
            for (method, path) in Self.readable {
                let answer = try await app.send(method, path, form: method == .post ? ["x": "y"] : nil)
                #expect(answer.headers[Self.allowOrigin] == nil)
                #expect(answer.headers[values: .vary].joined(separator: ",").contains("Origin"))
            }
        }
    }
}
