import HTTPTypes
import Testing

@testable import IdP

@Suite("An authorization request whose client or redirect URI is not proven gets a page, never a redirect")
struct RedirectURITests {
    static let hostile = [
        "https://app.example.com/cb/", "https://app.example.com/cb/x", "https://app.example.com/c",
        "https://app.example.com/CB", "https://APP.example.com/cb", "HTTPS://app.example.com/cb",
        "https://App.Example.Com/cb", "http://app.example.com/cb", "https://app.example.com:443/cb",
        "https://app.example.com:8443/cb", "https://app.example.com./cb", "https://app.example.com/./cb",
        "https://app.example.com/a/../cb", "https://app.example.com/%63b", "https://app.example.com/cb%20",
        "https://app.example.com/cb%00", "https://app.example.com/cb?", "https://app.example.com/cb?x=2",
        "https://app.example.com/cb?x=1&y=2", "https://app.example.com/cb#", "https://app.example.com/cb#a",
        "https://app.example.com/cb;x", "https://app.example.com//cb", "https://app.example.com\\cb",
        "https://app.example.com/cb\\", "https:/app.example.com/cb", "https:app.example.com/cb",
        "//app.example.com/cb", "/cb", "cb", "https://user@app.example.com/cb", "https://user:pass@app.example.com/cb",
        "https://app.example.com@evil.example/cb", "https://evil.example/cb",
        "https://evil.example\\@app.example.com/cb",
        "https://evil.example/?https://app.example.com/cb", "https://app.example.com.evil.example/cb",
        "https://sub.app.example.com/cb", "https://xapp.example.com/cb", "https://example.com/cb",
        "https://app.example.com%2eevil.example/cb", "https://app.example.com%00.evil.example/cb",
        "https://app.example.com/%2e%2e/cb", "https://app.example.com/cb/%2e%2e/cb",
        "https://app.example.com/cb%252e", "https://app.example.com/cb\u{301}", "https://app.example.com/cb\u{200D}",
        "https://app.example.com/cb\u{FE0F}", "https://app.example.com/cb ", " https://app.example.com/cb",
        "https://app.example.com/cb\t", "https://app.example.com/cb\r\nSet-Cookie: a=b",
        "https://app.example.com/cb https://evil.example", "https://app.example.com/cb,https://evil.example",
        "https://ａpp.example.com/cb", "https://app。example.com/cb", "javascript:alert(1)",
        "javascript://app.example.com/cb%0aalert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x",
        "file:///etc/passwd", "blob:https://app.example.com/cb", "com.example.app:/cb",
        "https://second.example.com/cb", "https://other.example.org/cb", "http://127.0.0.1:4711/cb", "null", "*",
        "urn:ietf:wg:oauth:2.0:oob",
    ]

    @Test("is refused by a page", arguments: hostile)
    func hostileRedirectURI(_ uri: String) async throws {
        try await TestApp.story { app in
            let answer = try await Browser(app).request(AuthorizationRequest("web", ["redirect_uri": uri]).url)
            #expect(answer.status == .badRequest)
            #expect(answer.location == nil)
            #expect(answer.page == "redirect-not-allowed" || answer.page == "bad-request")
            #expect(try await app.count("sign_ins") == 0)
        }
    }

    static let nativeHostile = [
        "http://localhost:4711/cb", "http://[::1]:4711/cb", "http://127.0.0.1:4712/cb2", "http://127.0.0.1:4712/cb?x=1",
        "https://127.0.0.1:4712/cb", "http://127.0.0.1:4712/cb#f", "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1:4711@evil.example/cb", "http://127.0.0.1.evil.example:4711/cb", "http://127.1:4711/cb",
        "com.example.app:/cb/", "com.example.app://cb", "COM.example.app:/cb", "com.example.app2:/cb",
    ]

    @Test("of a native application is refused by a page as well", arguments: nativeHostile)
    func hostileNativeRedirectURI(_ uri: String) async throws {
        try await TestApp.story { app in
            let answer = try await Browser(app).request(AuthorizationRequest("native", ["redirect_uri": uri]).url)
            #expect(answer.status == .badRequest)
            #expect(answer.location == nil)
        }
    }

    @Test(
        "of a native application may have any port on a loopback address, and on no other",
        arguments: ["http://127.0.0.1:4711/cb", "http://127.0.0.1:4712/cb", "http://127.0.0.1/cb"])
    func nativePort(_ uri: String) async throws {
        try await TestApp.story { app in
            let extra = ["redirect_uri": Optional(uri), "prompt": "none"]
            let native = try await Browser(app).request(AuthorizationRequest("native", extra).url)
            #expect(native.location?.hasPrefix(uri + "?error=login_required") == true)
            let web = try await Browser(app).request(AuthorizationRequest("web", extra).url)
            #expect(web.status == .badRequest && web.location == nil)
        }
    }

    @Test("missing or repeated: a page")
    func missingOrRepeated() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let missing = try await browser.request(AuthorizationRequest("web", ["redirect_uri": nil]).url)
            #expect(missing.status == .badRequest && missing.location == nil)
            for extra in ["https://evil.example/cb", AuthorizationRequest.redirectURI("web")] {
                let twice = try await browser.request(AuthorizationRequest().adding("redirect_uri", extra).url)
                #expect(twice.status == .badRequest && twice.location == nil && twice.page == "bad-request")
            }
        }
    }

    static let strangers: [String?] = [
        nil, "nobody", "WEB", "web ", "web\u{301}", "other-web", "../web", String(repeating: "w", count: 5000), "%",
        "*",
    ]

    @Test("an unknown client gets a page", arguments: strangers)
    func unknownClient(_ client: String?) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let answer = try await browser.request(AuthorizationRequest("web", ["client_id": client]).url)
            #expect(answer.status == .badRequest && answer.location == nil && answer.page == "unknown-client")
            // A wrong client and everything else wrong, error redirects asked for: still a page.
            let worse = try await browser.request(
                AuthorizationRequest("web", ["client_id": client, "response_type": "token", "prompt": "none"]).url)
            #expect(worse.location == nil)
        }
    }

    @Test("a repeated client_id gets a page")
    func repeatedClient() async throws {
        try await TestApp.story { app in
            let answer = try await Browser(app).request(AuthorizationRequest().adding("client_id", "basic").url)
            #expect(answer.status == .badRequest && answer.location == nil)
        }
    }

    static let broken = ["%", "%zz", "%c3%28", "a=%00", "state=%ff", "client_id=%E0%80%80"]

    @Test("broken percent-encoding gets a page", arguments: broken)
    func malformed(_ query: String) async throws {
        try await TestApp.story { app in
            let answer = try await Browser(app).request("/oidc/auth?" + query)
            #expect(answer.status == .badRequest && answer.location == nil && answer.page == "bad-request")
        }
    }

    @Test("each registered address is taken, byte for byte")
    func registered() async throws {
        try await TestApp.story { app in
            for uri in ["https://app.example.com/cb", "https://app.example.com/cb?x=1"] {
                let answer = try await Browser(app).request(
                    AuthorizationRequest("web", ["redirect_uri": uri, "prompt": "none"]).url)
                #expect(answer.location?.hasPrefix(uri + (uri.contains("?") ? "&" : "?") + "error=") == true)
            }
        }
    }
}
