import HTTPTypes
import Testing

@testable import IdP

@Suite("Cookies: attributes, names, and what they do not do")
struct CookieTests {
    @Test("__Host-, Secure, HttpOnly, Lax, Path=/ and no domain under https")
    func secure() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let away = try await browser.request(AuthorizationRequest().url)
            let binding = try #require(away.setCookies.first)
            #expect(away.setCookies.count == 1)
            #expect(binding.hasPrefix("__Host-wxidp-signin-default="))
            _ = try await browser.pressOn(try await browser.follow(away))
            #expect(Set(browser.cookies.keys) == ["__Host-wxidp-signin-default", "__Host-wxidp-session-default"])
            let page = try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url)
            let callback = try await browser.callback(try #require(browser.mainLink(page)))
            let session = try #require(try await browser.request(callback).setCookies.first { $0.contains("session") })
            for cookie in [binding, session] {
                let attributes = Set(cookie.split(separator: ";").dropFirst().map { $0.drop { $0 == " " } })
                #expect(attributes.isSuperset(of: ["HttpOnly", "Secure", "Path=/", "SameSite=Lax"]), "\(cookie)")
                #expect(!cookie.lowercased().contains("domain"))
            }
            #expect(binding.contains("Max-Age=600") && session.contains("Max-Age=86400"))
        }
    }

    @Test(
        "neither prefix nor Secure under http on loopback",
        arguments: ["http://127.0.0.1:8080", "http://localhost:8080"])
    func plain(_ publicURL: String) async throws {
        try await TestApp.story(at: publicURL) { app in
            let away = try await Browser(app).request(AuthorizationRequest().url)
            let binding = try #require(away.setCookies.first)
            #expect(binding.hasPrefix("wxidp-signin-default=") && !binding.contains("Secure"))
            #expect(binding.contains("HttpOnly") && binding.contains("SameSite=Lax"))
        }
    }

    @Test("the other scheme's names are not read")
    func otherNames() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let cookies = browser.cookies
            browser.cookies = Dictionary(
                uniqueKeysWithValues: cookies.map { (String($0.key.dropFirst("__Host-".count)), $0.value) })
            let quiet = try await browser.open(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(quiet.query["error"] == "login_required")
        }
    }

    @Test("each pool has its own")
    func pools() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code("other-web", in: browser)
            #expect(Set(browser.cookies.keys) == ["__Host-wxidp-signin-other", "__Host-wxidp-session-other"])
            _ = try await app.code(in: browser)
            #expect(browser.cookies.count == 4)
        }
    }

    static let mangled: [@Sendable (String) -> String] = [
        { $0 + "A" }, { String($0.dropLast()) }, { $0.uppercased() }, { _ in "" },
        { _ in String(repeating: "A", count: 43) },
        { "\"\($0)\"" }, { _ in "' OR 1=1 --" }, { $0.dropLast() + "\u{301}" },
        { _ in String(repeating: "x", count: 8000) },
    ]

    @Test("a mangled session cookie is no session, and no error", arguments: mangled.indices)
    func mangledSession(_ index: Int) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let name = "__Host-wxidp-session-default"
            let secret = try #require(browser.cookies[name])
            browser.cookies[name] = Self.mangled[index](secret)
            let quiet = try await browser.open(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(quiet.query["error"] == "login_required")
        }
    }

    @Test("secrets of cookies are stored as hashes")
    func stored() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let binding = try #require(browser.cookies["__Host-wxidp-signin-default"])
            #expect(try await app.count("sign_ins", where: "binding_hash = '\(binding)'") == 0)
            _ = try await browser.pressOn(page)
            let session = try #require(browser.cookies["__Host-wxidp-session-default"])
            #expect(try await app.count("sessions", where: "secret_hash = '\(session)' OR sid = '\(session)'") == 0)
        }
    }

    @Test("pages and answers of machines set none")
    func none() async throws {
        try await TestApp.story { app in
            for path in [
                "/oidc/.well-known/jwks.json", "/oidc/me", "/nowhere", "/MP_verify_other000.txt", "/wxmp-sdk.js",
            ] {
                #expect(try await app.send(path).setCookies.isEmpty)
            }
            let refused = try await Browser(app).request(AuthorizationRequest("nobody").url)
            #expect(refused.setCookies.isEmpty)
            let quiet = try await Browser(app).request(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(quiet.setCookies.isEmpty)
        }
    }
}
