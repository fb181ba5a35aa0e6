import Foundation
import HTTPTypes
import Testing

@testable import IdP

/// Callbacks that come twice, late, changed or not at all.
enum CallbackTraps {
    /// A known person's browser right before WeChat calls back.
    private static func known(_ app: TestApp, person: String = "alice") async throws -> (Browser, String, Int) {
        _ = try await app.code(in: Browser(app, person: person))
        let browser = Browser(app, person: person)
        let callback = try await browser.callback(AuthorizationRequest().url)
        return (browser, callback, app.bridge.exchanges)
    }

    @Sendable static func severalCallbacks() async throws {
        try await TestApp.story { app async throws -> Void in
            let (browser, callback, before) = try await known(app)
            let locations = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<5 { group.addTask { try await browser.request(callback).location } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1 ?? "a page") }
            }
            #expect(locations.count == 1 && locations.first?.contains("code=") == true)
            #expect(app.bridge.exchanges == before + 1)
        }
    }

    @Sendable static func cleanRedirect() async throws {
        try await TestApp.story { app async throws -> Void in
            let (browser, callback, _) = try await known(app)
            let answer = try await browser.request(callback)
            #expect([302, 303].contains(answer.status.code))
            let location = try #require(answer.location)
            let theirs = Address.parameters(callback, after: "?")
            for value in theirs.values { #expect(!location.contains(value)) }
            #expect(location.hasPrefix("https://app.example.com/cb?"))
        }
    }

    @Sendable static func goingBack() async throws {
        try await TestApp.story { app async throws -> Void in
            let (browser, callback, before) = try await known(app)
            let answer = try await browser.request(callback)
            _ = try await app.redeem(try #require(answer.query["code"]))
            for _ in 0..<2 {
                let back = try await browser.request(callback)
                #expect(back.page == "already-finished" && back.status.code < 500 && back.location == nil)
            }
            app.clock.advance(by: 3600)
            #expect(try await browser.request(callback).page == "start-again")
            #expect(app.bridge.exchanges == before + 1)
        }
    }

    @Sendable static func bothHitsAreLogged() async throws {
        try await TestApp.story(yaml: { "trusted_proxies: [127.0.0.0/8]\n" + $0 }) { app async throws -> Void in
            let (browser, callback, _) = try await known(app)
            let seen = app.log.lines.count
            _ = try await Browser(app, userAgent: "Scanner/1.0 of Tencent").request(callback)
            _ = try await browser.request(callback)
            let hits = app.log.lines.dropFirst(seen).filter { $0.hasPrefix("info callback") }
            #expect(hits.count == 2)
            #expect(hits.first?.contains("bound=false") == true && hits.first?.contains("Scanner/1.0") == true)
            #expect(hits.last?.contains("bound=true") == true && hits.last?.contains("MicroMessenger") == true)
            #expect(hits.allSatisfy { $0.contains(" from=") })
        }
    }

    @Sendable static func shortState() async throws {
        try await TestApp.story { app async throws -> Void in
            let long = String(repeating: "state-", count: 80)
            let browser = Browser(app)
            let answer = try await browser.pressOn(
                try await browser.open(AuthorizationRequest("web", state: long).url))
            #expect(answer.query["state"] == long)
            #expect(!browser.wechatVisits.isEmpty)
            for visit in browser.wechatVisits {
                #expect(Address.parameters(visit, after: "?")["state"]?.utf8.count == 32)
            }
        }
    }

    @Sendable static func ownState() async throws {
        try await TestApp.story { app async throws -> Void in
            var states: Set<String> = []
            for state in ["a", "a", "%22'<&", "{\"nested\":true}", nil] {
                let browser = Browser(app)
                let answer = try await browser.request(AuthorizationRequest("web", state: state).url)
                let theirs = try #require(Address.parameters(answer.location ?? "", after: "?")["state"])
                #expect(theirs.wholeMatch(of: #/[0-9a-f]{32}/#) != nil)
                states.insert(theirs)
            }
            #expect(states.count == 5)
        }
    }

    @Sendable static func stateIsNotUsedUp() async throws {
        try await TestApp.story { app async throws -> Void in
            let (browser, callback, before) = try await known(app)
            for _ in 0..<3 {
                #expect(try await Browser(app, userAgent: Browser.safari).request(callback).location == nil)
            }
            #expect(app.bridge.exchanges == before)
            let first = try await browser.request(callback)
            #expect(first.query["code"] != nil)
            #expect(try await browser.request(callback).location == first.location)
        }
    }

    @Sendable static func appendedState() async throws {
        try await TestApp.story { app async throws -> Void in
            let (browser, callback, before) = try await known(app)
            for suffix in ["https%3A%2F%2Fhome.example", "0", "%20", "%0A", "&state=x"] {
                let page = try await browser.request(callback + suffix)
                #expect(page.location == nil && page.status == .badRequest, "\(suffix)")
            }
            #expect(app.bridge.exchanges == before)
            #expect(try await browser.request(callback).query["code"] != nil)
        }
    }

    @Sendable static func lostCookie() async throws {
        try await TestApp.story { app async throws -> Void in
            let (browser, callback, before) = try await known(app)
            browser.cookies = [:]
            let page = try await browser.request(callback)
            #expect(page.page == "one-more-tap" && app.bridge.exchanges == before)
            #expect(try await browser.press(page).query["code"] != nil)
        }
    }

    @Sendable static func browserAndScanner() async throws {
        try await TestApp.story { app async throws -> Void in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let callback = try await browser.callback(try #require(browser.mainLink(page)))
            let scanner = Browser(app, userAgent: Browser.safari)
            async let theirs = scanner.request(callback)
            async let ours = browser.request(callback)
            let (seen, answer) = try await (theirs, ours)
            #expect(answer.query["code"] != nil)
            #expect(seen.location == nil && seen.status.code < 500 && seen.setCookies.isEmpty)
            #expect(scanner.cookies["__Host-wxidp-session-default"] == nil)
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("sessions") == 1)
            #expect(try await app.redeem(answer.query["code"] ?? "").status == .ok)
        }
    }

    @Sendable static func silentRefusal() async throws {
        try await TestApp.story { app async throws -> Void in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            // WeChat's page just closes, and nothing comes back.
            _ = try await browser.request(try #require(browser.mainLink(page)))
            app.clock.advance(by: SignIn.lifetime.inSeconds + 1)
            try await Housekeeping.sweep(app.database, now: app.clock.now)
            for table in ["sign_ins", "wechat_rounds"] { #expect(try await app.count(table) == 0, "\(table)") }
            #expect(try await app.isUntouched())
            #expect(try await !app.code(in: browser).isEmpty)
        }
    }
}
