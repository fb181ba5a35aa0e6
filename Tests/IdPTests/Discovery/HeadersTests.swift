import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("Headers that every answer carries, and headers that change nothing")
struct HeadersTests {
    @Test("security headers on pages, errors, redirects, answers and files")
    func security() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let answers = [
                page, try await browser.request(AuthorizationRequest("nobody").url),
                try await browser.request(AuthorizationRequest("web", ["prompt": "none"]).url),
                try await browser.request(AuthorizationRequest().url), try await browser.request("/nowhere"),
                try await app.send("/nowhere"), try await app.send("/oidc/me"),
                try await app.send(.post, "/oidc/token", form: [:]),
                try await app.send("/oidc/.well-known/jwks.json"), try await app.send("/MP_verify_other000.txt"),
                try await app.send("/wxmp-sdk.js"), try await app.send("/connections/wechat/callback"),
            ]
            for answer in answers {
                #expect(answer.headers[.xContentTypeOptions] == "nosniff", "\(answer.url)")
                #expect(answer.headers[.referrerPolicy] == "no-referrer")
                #expect(answer.headers[.xFrameOptions] == "DENY")
                #expect(answer.headers[.strictTransportSecurity]?.contains("max-age=") == true)
                let policy = answer.headers[.contentSecurityPolicy] ?? ""
                #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
                #expect(!policy.contains("unsafe") && !policy.contains("*"))
                #expect(answer.headers[.xRequestID]?.isEmpty == false)
            }
            for kept in [page, answers[1], answers[2], answers[3]] {
                #expect(kept.headers[.cacheControl]?.contains("no-store") == true, "\(kept.url)")
            }
            #expect(Set(answers.compactMap { $0.headers[.xRequestID] }).count == answers.count)
        }
    }

    @Test("over plain http on loopback there is no HSTS")
    func plainHTTP() async throws {
        try await TestApp.story(at: "http://127.0.0.1:8080") { app in
            let answer = try await app.send("/oidc/me")
            #expect(answer.headers[.strictTransportSecurity] == nil && answer.headers[.xFrameOptions] == "DENY")
        }
    }

    static let hostile: [[String: String]] = [
        ["Host": "evil.example"], ["X-Forwarded-Host": "evil.example"], ["Forwarded": "host=evil.example;proto=http"],
        ["X-Forwarded-Proto": "http"], ["X-Forwarded-Prefix": "/evil"], ["X-Original-URL": "/evil"],
        ["X-Forwarded-For": "evil.example, ,\"<script>", "X-Real-IP": "evil.example"], ["X-Request-Id": "evil.example"],
        ["X-Forwarded-Port": "444"], ["X-HTTP-Method-Override": "DELETE"],
    ]

    @Test("no header of the request changes a link, an issuer or a request id", arguments: hostile)
    func hostileHeaders(_ pairs: [String: String]) async throws {
        try await TestApp.story { app in
            var headers = HTTPFields()
            for (name, value) in pairs { headers[try #require(HTTPField.Name(name))] = value }
            let plain = try await app.send("/oidc/.well-known/openid-configuration")
            let document = try await app.send("/oidc/.well-known/openid-configuration", headers: headers)
            #expect(document.text == plain.text)
            let browser = Browser(app)
            let away = try await browser.request(AuthorizationRequest().url, headers: headers)
            let back = try #require(away.query["redirect_uri"])
            #expect(back == "https://id.example.com/connections/wechat/callback")
            let callback = try await browser.callback(AuthorizationRequest().url)
            let page = try await browser.request(callback, headers: headers)
            #expect(page.page == "sign-in" && !page.text.contains("evil"))
            #expect(page.headers[.xRequestID] != "evil.example")
            for header in page.setCookies { #expect(header.contains("Secure") && !header.contains("evil")) }
            #expect(try await browser.pressOn(page).query["iss"] == "https://id.example.com/oidc")
            #expect(!app.log.lines.contains { $0.contains("<script>") })
        }
    }

    @Test("HEAD answers where GET has no effect, with the same headers and no body")
    func head() async throws {
        try await TestApp.story { app in
            for path in [
                "/oidc/.well-known/openid-configuration", "/oidc/.well-known/jwks.json", "/wxmp-sdk.js",
                "/MP_verify_other000.txt", "/.well-known/oauth-authorization-server/oidc",
            ] {
                let get = try await app.send(path)
                let head = try await app.send(.head, path)
                #expect(head.status == .ok && head.text.isEmpty)
                #expect(head.headers[.contentType] == get.headers[.contentType])
                #expect(head.headers[.contentLength] == "\(get.text.utf8.count)")
            }
        }
    }

    @Test("HEAD starts nothing and spends nothing")
    func headWithoutEffect() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await browser.request(.head, AuthorizationRequest().url)
            _ = try await browser.request(.head, TestApp.socialStart("mp", client: "web", redirectURL: nil))
            #expect(try await app.count("sign_ins") == 0)
            #expect(app.bridge.exchanges == 0)
        }
    }

    static let methods: [HTTPRequest.Method] = [.put, .delete, .patch, .trace, .post]

    @Test("other methods are refused at the callback and at the start", arguments: methods)
    func otherMethods(_ method: HTTPRequest.Method) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let callback = try await browser.callback(AuthorizationRequest().url)
            for address in [callback, TestApp.socialStart("mp", client: "web", redirectURL: nil)] {
                let answer = try await browser.request(method, address)
                #expect([404, 405].contains(answer.status.code), "\(answer.status)")
            }
            #expect(app.bridge.exchanges == 0)
            #expect(try await browser.open(callback).page == "sign-in")
        }
    }

    @Test("the browser SDK is served as a script that any site may load")
    func sdk() async throws {
        try await TestApp.story { app in
            for path in ["/wxmp-sdk.js", "/pools/other/wxmp-sdk.js"] {
                let answer = try await app.send(path)
                #expect(answer.status == .ok && answer.text.contains("AuthingWxmp"))
                #expect(answer.headers[.contentType]?.hasPrefix("text/javascript") == true)
            }
        }
    }
}
