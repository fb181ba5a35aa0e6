import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("The redirect guard refuses before anyone is sent to WeChat")
struct SocialRedirectGuardTests {
    private func isRefused(_ page: Answer, _ browser: Browser) -> Bool {
        page.location == nil && page.status == .badRequest && page.page != nil && browser.wechatVisits.isEmpty
    }

    /// Not below `https://*.example.com/*`.
    static let outside = [
        "https://example.com/", "https://example.com/x", "https://.example.com/x", "https://www.example.com:8443/x",
        "https://www.example.com:80/x", "http://www.example.com/x", "https://www.example.org/x",
        "https://example.com.evil.example/x", "https://www.example.com.evil.example/x", "https://evilexample.com/x",
        "https://www.example.comevil/x", "https://evil.example/www.example.com/",
        "https://evil.example/?.example.com/x",
        "https://evil.example#.example.com/x", "https://evil.example\\.example.com/x",
        "https://evil.example/\\www.example.com",
        "https://user@www.example.com/x", "https://www.example.com@evil.example/x",
        "https://www.example.com:x@evil.example/",
        "https://www.example.com/x#frag", "https://www.example.com/x#", "https://www%2eexample.com/x",
        "https://www.example.com%2eevil.example/x", "https://www.example.com%2f@evil.example/x",
        "https://WWW.example.com/x", "HTTPS://www.example.com/x", "https:/www.example.com/x", "https:www.example.com/x",
        "//www.example.com/x", "/x", "x", "javascript:alert(1)", "javascript://www.example.com/%0aalert(1)",
        "data:text/html,x", "https://www.example.com/%2e%2e/x", "https://www.example.com/../x",
        "https://www.example.com/./x",
        "https://www.example.com/%5c..", "https://www.example.com/%252e%252e/", "https://www.example.com/%2fevil",
        "https://www.example.com/x\r\nSet-Cookie:a=b", "https://www.example.com/x y", "https://www.example.com/\u{301}",
        "https://*.example.com/x", "https://*.example.com/*", "https://www.example.com./x", "https://ｗww.example.com/x",
        "https://www.example。com/x", "https://-.example.com/x", "https://www..example.com/x", "*", "#", "null",
        "https://www.example.com", " https://www.example.com/x", "https://www.example.com/<script>",
    ]

    @Test("a wildcard stands for whole labels", arguments: outside)
    func outsideOf(_ address: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.request(TestApp.socialStart("wild", client: "second", redirectURL: address))
            #expect(isRefused(page, browser), "\(page.status) \(page.location ?? "")")
            #expect(!page.text.contains("<script>"))
            #expect(try await app.count("sign_ins") == 0)
        }
    }

    static let inside = [
        "https://www.example.com/", "https://www.example.com/x/y?z=1&code=5", "https://forum.example.com/t/topic/1234",
        "https://a.b.example.com/x", "https://www.example.com:443/x", "https://www.example.com/%E4%B8%AD",
    ]

    @Test("what it covers is allowed", arguments: inside)
    func insideOf(_ address: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let answer = try await app.social("wild", client: "second", redirectURL: address, in: browser)
            #expect(answer.answer.location?.hasPrefix(address + "#code=200") == true, "\(answer.answer.page ?? "")")
        }
    }

    static let notListed = RedirectURITests.hostile.filter { $0 != "https://app.example.com/cb?" }

    @Test("`#` leaves it to the application's list, byte for byte", arguments: notListed)
    func applicationDecides(_ address: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.request(TestApp.socialStart("mp", client: "web", redirectURL: address))
            #expect(isRefused(page, browser), "\(page.status) \(page.location ?? "")")
        }
    }

    static let notExact = [
        "https://base.example.com/back/", "https://base.example.com/back?x=1", "https://base.example.com/back#x",
        "https://base.example.com/", "https://base.example.com:443/back", "https://BASE.example.com/back",
        "http://base.example.com/back", "https://base.example.com/%62ack",
    ]

    @Test("an exact callback is compared byte for byte", arguments: notExact)
    func exact(_ address: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.request(TestApp.socialStart("base", client: "based", redirectURL: address))
            #expect(isRefused(page, browser), "\(page.status) \(page.location ?? "")")
        }
    }

    struct Foreign: Sendable, CustomTestStringConvertible {
        let connection: String
        let client: String?
        let address: String
        var testDescription: String { "\(client ?? "-") at \(connection) to \(address)" }
    }

    static let foreign: [Foreign] = [
        // A site that names another application gets nothing.
        Foreign(connection: "mp", client: "web", address: "https://basic.example.com/cb"),
        Foreign(connection: "mp", client: "basic", address: "https://app.example.com/cb"),
        Foreign(connection: "mp", client: "third", address: "https://app.example.com/cb"),
        Foreign(connection: "mp", client: nil, address: "https://app.example.com/cb"),
        // Applications that may not use the connection.
        Foreign(connection: "wild", client: "web", address: "https://app.example.com/cb"),
        Foreign(connection: "mp", client: "second", address: "https://second.example.com/cb"),
        Foreign(connection: "base", client: "web", address: "https://base.example.com/back"),
        // Nobody, and another pool's.
        Foreign(connection: "mp", client: "nobody", address: "https://app.example.com/cb"),
        Foreign(connection: "mp", client: "other-web", address: "https://other.example.org/cb"),
        Foreign(connection: "mp", client: "WEB", address: "https://app.example.com/cb"),
        Foreign(connection: "mp", client: "default", address: "https://app.example.com/cb"),
    ]

    @Test("another application's name gives nothing", arguments: foreign)
    func foreignApplication(_ start: Foreign) async throws {
        try await TestApp.story { app in
            for signedIn in [false, true] {
                let browser = Browser(app)
                if signedIn { _ = try await app.code("second", in: browser) }
                let visits = browser.wechatVisits.count
                let page = try await browser.request(
                    TestApp.socialStart(start.connection, client: start.client, redirectURL: start.address))
                #expect(page.location == nil && page.status == .badRequest && browser.wechatVisits.count == visits)
            }
        }
    }

    @Test("where several applications use a wildcard, the address must be on the application's own list too")
    func sharedWildcard() async throws {
        try await TestApp.story { yaml in
            yaml.replacing(
                "- {client_id: based,",
                with:
                    "- {client_id: twin, redirect_uris: [\"https://twin.example.com/cb\"], connections: [wild]}\n      - {client_id: based,"
            )
        } _: { app in
            for (client, address) in [
                ("second", "https://www.example.com/x"), ("second", "https://twin.example.com/cb"),
                ("twin", "https://second.example.com/cb"),
            ] {
                let browser = Browser(app)
                let page = try await browser.request(TestApp.socialStart("wild", client: client, redirectURL: address))
                #expect(isRefused(page, browser))
            }
            let own = try await app.social("wild", client: "second", in: Browser(app))
            #expect(own.code == "200")
        }
    }

    static let repeatable = ["app_id", "redirect_url", "state"]

    @Test("a repeated parameter is a page", arguments: repeatable)
    func repeated(_ name: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let start = TestApp.socialStart("mp", client: "web", redirectURL: "https://app.example.com/cb", state: "s")
            for value in ["https%3A%2F%2Fevil.example%2F", "web", "s"] {
                let page = try await browser.request(start + "&\(name)=\(value)")
                #expect(isRefused(page, browser))
            }
        }
    }

    static let broken = ["%", "app_id=%zz", "app_id=web%00", "redirect_url=%ff", "state=%c0%80"]

    @Test("a broken query is a page", arguments: broken)
    func malformed(_ query: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.request("/connections/social/mp?" + query)
            #expect(isRefused(page, browser))
        }
    }
}
