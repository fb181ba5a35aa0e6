import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("Authing's addresses to sign out at lead to our page, which asks")
struct AuthingLogoutTests {
    private static let path = "/login/profile/logout"

    private func url(_ path: String, _ pairs: [(String, String?)]) -> String {
        path + "?" + PercentEncoding.query(pairs)
    }

    @Test("nobody is signed out by an address alone; after the press the browser goes where it is registered to")
    func asks() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let page = try await browser.open(url(Self.path, [("redirect_uri", LogoutStand.bye), ("state", "s+1")]))
            #expect(page.page == "confirm-logout")
            #expect(try await app.count("sessions") == 1)
            let left = try await browser.submit(page)
            #expect(left.location == LogoutStand.bye + "?state=s%2B1")
            #expect(try await app.count("sessions") == 0)
        }
    }

    @Test("an address that nobody registered leads nowhere")
    func unregistered() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            for address in [
                "https://evil.example/", LogoutStand.bye + "/", "https://app.example.com/cb", "//evil.example",
                "https://other.example.org/bye",
            ] {
                let page = try await browser.open(url(Self.path, [("redirect_uri", address)]))
                #expect(page.page == "redirect-not-allowed" && page.location == nil, "\(address)")
                let named = try await browser.open(url(Self.path, [("redirect_uri", address), ("app_id", "web")]))
                #expect(named.page == "logout-unverified" && named.location == nil, "\(address)")
            }
            // Registered, but by somebody else than is named.
            let foreign = try await browser.open(
                url(Self.path, [("redirect_uri", LogoutStand.bye), ("app_id", "basic")]))
            #expect(foreign.page == "logout-unverified")
            #expect(try await app.count("sessions") == 1)
        }
    }

    @Test("/api/v2/logout names the application", arguments: [nil, LogoutStand.bye])
    func byApplication(_ address: String?) async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let page = try await browser.open(url("/api/v2/logout", [("app_id", "web"), ("redirect_uri", address)]))
            #expect(page.page == "confirm-logout")
            let left = try await browser.submit(page)
            #expect(left.location == address && left.page == (address == nil ? "signed-out" : nil))
        }
    }

    @Test("without parameters it is our own page; repeated ones are a page")
    func bare() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            #expect(try await browser.open(Self.path).page == "signed-out")
            let twice = try await browser.open(Self.path + "?redirect_uri=a&redirect_uri=b")
            #expect(twice.page == "bad-request")
        }
    }

    @Test("the other pool's path ends the other pool's session only")
    func isolation() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            _ = try await app.code("other-web", in: browser)
            let address = "https://other.example.org/bye"
            let page = try await browser.open(url("/pools/other" + Self.path, [("redirect_uri", address)]))
            #expect(try await browser.submit(page).location == address)
            #expect(try await app.count("sessions", where: "pool = 'default'") == 1)
            #expect(try await app.count("sessions", where: "pool = 'other'") == 0)
        }
    }

    @Test("switched off, neither exists", arguments: [path, "/api/v2/logout", "/api/v2/oidc/validate_token"])
    func switchedOff(_ path: String) async throws {
        try await TestApp.story(yaml: TestApp.withoutAuthing) { app in
            let answer = try await app.send(path)
            #expect(answer.status == .notFound)
            let page = try await Browser(app).open(path)
            #expect(page.status == .notFound && page.page == "not-found")
        }
    }
}
