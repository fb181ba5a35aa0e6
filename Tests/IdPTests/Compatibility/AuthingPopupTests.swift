import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("A popup tells the page that opened it, and no other")
struct AuthingPopupTests {
    @Test("the published message, for the origins of the application's own pages")
    func message() async throws {
        try await TestApp.story { app in
            let browser = try await app.desktop()
            let popup = try await app.popup(in: browser)
            #expect(popup.answer.page == "popup-done" && popup.answer.status == .ok && popup.answer.location == nil)
            #expect(popup.targets == ["https://app.example.com"])
            #expect(popup.code == 200 && popup.message["message"]?.stringValue?.isEmpty == false)
            #expect(popup.message["event"] == ["source": "authing", "eventType": "socialLogin"])
            #expect(popup.message["data"]?["nickname"]?.stringValue == "Alice")
            #expect(try await app.verified(popup.token, type: .jwt).audience == ["web"])
            #expect(try await app.me(popup.token).status == .ok)
        }
    }

    @Test("nothing but the one script runs, nothing is kept, and the opener is not cut off")
    func headers() async throws {
        try await TestApp.story { app in
            let browser = try await app.desktop()
            let popup = try await app.popup(in: browser)
            let hash = Data(SHA256.hash(Array(popup.script.utf8))).base64EncodedString()
            let policy = popup.answer.headers[.contentSecurityPolicy] ?? ""
            #expect(policy.contains("script-src 'sha256-\(hash)'") && policy.contains("default-src 'none'"))
            #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
            #expect(popup.answer.headers[.crossOriginOpenerPolicy] == "unsafe-none")
            #expect(popup.answer.headers[.cacheControl] == "no-store")
            #expect(popup.script.contains("postMessage(JSON.parse(message), target)") && !popup.script.contains("'*'"))
            // Every page and redirect on the way keeps the opener too.
            let stranger = Browser(app, userAgent: Browser.safari)
            let first = try await stranger.request(
                TestApp.socialStart("mp", client: "web", redirectURL: nil) + "&from_guard=1")
            #expect([nil, "unsafe-none"].contains(first.headers[.crossOriginOpenerPolicy]))
        }
    }

    /// Two pages of one origin, one of another, one that is no page, and one that the connection does not cover.
    private static func severalPages(_ yaml: String) -> String {
        yaml.replacing(
            #"redirect_uris: ["https://second.example.com/cb"]"#,
            with: #"application_type: native, first_party: true, redirect_uris: ["https://second.example.com/cb", "#
                + #""https://second.example.com/x", "https://shop.example.com/cb", "com.example.app:/cb", "#
                + #""https://elsewhere.example/cb"]"#)
    }

    @Test("without redirect_url: each origin of the application's pages that the connection covers")
    func origins() async throws {
        try await TestApp.story(yaml: Self.severalPages) { app in
            let browser = try await app.desktop()
            // A native application confirms.
            let confirm = try await app.popup("wild", client: "second", in: browser)
            #expect(confirm.answer.page == "confirm")
            let popup = PopupAnswer(answer: try await browser.press(confirm.answer))
            #expect(popup.targets == ["https://second.example.com", "https://shop.example.com"])
        }
    }

    @Test("with redirect_url: its origin alone, and only where it is registered")
    func redirectURL() async throws {
        try await TestApp.story(yaml: Self.severalPages) { app in
            let browser = try await app.desktop()
            let confirm = try await app.popup(
                "wild", client: "second", redirectURL: "https://shop.example.com/cb", in: browser)
            let popup = PopupAnswer(answer: try await browser.press(confirm.answer))
            #expect(popup.targets == ["https://shop.example.com"])
            for address in ["https://evil.example/", "*", "https://app.example.com.evil.example/cb", "null"] {
                let refused = try await app.popup("mp", redirectURL: address, in: browser)
                #expect(refused.answer.page == "redirect-not-allowed" && refused.targets.isEmpty)
                #expect(refused.message.isNull)
            }
        }
    }

    @Test("an application without a page of its own gets no popup")
    func noPage() async throws {
        try await TestApp.story(yaml: { yaml in
            yaml.replacing(
                #"redirect_uris: ["com.example.app:/cb", "http://127.0.0.1:4711/cb"]"#,
                with: #"redirect_uris: ["com.example.app:/cb"]"#)
        }) { app in
            let popup = try await app.popup("mp", client: "native", in: try await app.desktop())
            #expect(popup.answer.page == "redirect-not-allowed" && popup.message.isNull)
        }
    }

    @Test("who is not signed in scans with a phone, and the popup goes on by itself")
    func scan() async throws {
        try await TestApp.story { app in
            let desktop = Browser(app, userAgent: Browser.desktop)
            let page = try await app.popup(in: desktop)
            #expect(page.answer.page == "scan" && page.message.isNull)
            #expect([nil, "unsafe-none"].contains(page.answer.headers[.crossOriginOpenerPolicy]))
            let story = try await ScanStory(app, desktop: desktop, page: page.answer)
            _ = try await story.approve(with: Browser(app))
            let popup = PopupAnswer(answer: try await desktop.goOn(page.answer))
            #expect(popup.targets == ["https://app.example.com"] && popup.code == 200)
            #expect(try await app.me(popup.token).status == .ok)
        }
    }

    @Test("who cancels: a code other than 200, a message, data null")
    func refusal() async throws {
        try await TestApp.story { app in
            let browser = try await app.desktop()
            let confirm = try await app.popup("mp", client: "third", state: "s 1", in: browser)
            #expect(confirm.answer.page == "confirm")
            let popup = PopupAnswer(answer: try await browser.refuse(confirm.answer))
            #expect(popup.code == 403 && popup.message["data"]?.isNull == true)
            #expect(popup.message["message"]?.stringValue?.isEmpty == false)
            #expect(popup.message["state"]?.stringValue == "s 1")
            #expect(popup.targets == ["https://third.example.net"])
        }
    }

    @Test("inside WeChat, where there are no popups, the window itself goes back")
    func insideWeChat() async throws {
        try await TestApp.story { app in
            let start =
                TestApp.socialStart("mp", client: "web", redirectURL: "https://app.example.com/cb") + "&from_guard=1"
            let browser = Browser(app)
            let answer = try await app.finishSocial(try await browser.open(start), in: browser)
            #expect(answer.answer.location?.hasPrefix("https://app.example.com/cb#code=200&") == true)
            #expect(answer.code == "200" && answer.data["nickname"]?.stringValue == "Alice")
        }
    }

    static let off: [@Sendable (String) -> String] = [
        TestApp.withoutAuthing,
        { $0.replacing("authing: {enabled: true}", with: "authing: {enabled: true, connections: [wild]}") },
    ]

    @Test("switched off, there or for this connection, from_guard means nothing", arguments: off.indices)
    func switchedOff(_ index: Int) async throws {
        try await TestApp.story(yaml: { yaml in
            // Only the default pool has the connection `wild`.
            let parts = yaml.components(separatedBy: "  - id: other\n")
            return Self.off[index](parts[0]) + "  - id: other\n" + parts[1]
        }) { app in
            let answer = try await app.popup(
                redirectURL: "https://app.example.com/cb", extra: "&from_guard=1&with_identities=1",
                in: try await app.desktop())
            #expect(answer.message.isNull && answer.answer.fragment["code"] == "200")
            #expect(answer.answer.fragment["data"]?.contains("identities") == false)
        }
    }

    @Test("the other values of from_guard ask for a redirect", arguments: ["0", "", "true", "11"])
    func otherValues(_ value: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.popup(
                redirectURL: "https://app.example.com/cb", extra: "&from_guard=\(value)", in: try await app.desktop())
            #expect(answer.message.isNull && answer.answer.fragment["code"] == "200")
        }
    }

    static let names = ["</script><script>alert(1)</script>", "\"'><&amp;", "小明🐧", "x\u{301}\u{200D}\u{FE0F}"]

    @Test("a hostile nickname stays a text", arguments: names)
    func hostile(_ name: String) async throws {
        try await TestApp.story { app in
            let browser = try await app.desktop()
            let harmless = try await app.popup(in: browser)
            try await app.execute("UPDATE users SET nickname = CAST(x'\(Array(name.utf8).hex)' AS TEXT)")
            let popup = try await app.popup(in: browser)
            #expect(popup.message["data"]?["nickname"]?.stringValue.map { Array($0.utf8) } == Array(name.utf8))
            for mark in "<>\"" {
                #expect(popup.answer.text.count { $0 == mark } == harmless.answer.text.count { $0 == mark })
            }
        }
    }

    @Test("one pool's popup is nothing to the other pool")
    func isolation() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code("other-web", in: browser)
            let desktop = Browser(app, userAgent: Browser.safari)
            desktop.cookies = browser.cookies
            let popup = try await app.popup("mp", client: "other-web", in: desktop)
            #expect(popup.targets == ["https://other.example.org"])
            #expect(try await app.me(popup.token).status == .unauthorized)
            #expect(try await app.me(popup.token, pool: "/pools/other").status == .ok)
            let foreign = try await desktop.request(
                TestApp.socialStart("mp", client: "other-web", redirectURL: nil) + "&from_guard=1")
            #expect(foreign.page == "unknown-client")
        }
    }
}
