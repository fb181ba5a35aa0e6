import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWT
import Testing

@testable import IdP

/// The one layout of every page, and the headers that keep it safe.
@Suite struct PageRendererTests {
    /// What a stranger may call himself.
    static let hostile = [
        "\"><script>alert(1)</script>", "'><img src=x onerror=alert(1)>", "</style><script>alert(1)</script>",
        "<\u{301}script>alert(1)</script\u{301}>", "\"\u{301} onmouseover=\"alert(1)",
        "\"\u{200D} autofocus onfocus=x ",
        "'\u{FE0F}><svg onload=alert(1)>", "</title><b>", "-->", "<!--", "]]>", "&lt;b&gt;", "javascript:alert(1)",
        "{{style}}{{{style}}}", "{{#paragraphs}}{{/paragraphs}}", "\u{202E}<b>", "{{% CONTENT_TYPE: TEXT }}<b>",
        "<b>\u{0}",
    ]

    /// A page with every part there is, all saying `text`.
    private func page(_ text: String) -> Page {
        Page(
            marker: text, icon: .wechat, heading: text, paragraphs: [text, text],
            details: [(label: text, value: text), (label: text, value: text)],
            primary: .init(label: text, href: text),
            form: .init(action: text, fields: [(name: text, value: text)], allowLabel: text, denyLabel: text),
            secondary: .init(label: text, href: text), poolName: text)
    }

    @Test("no text breaks out of its place", arguments: hostile)
    func escaping(_ text: String) async throws {
        let stand = PageStand()
        let harmless = try await stand.page(page("harmless"), .english)
        let answer = try await stand.page(page(text), .english)
        // The same tags and quotes, no matter what the texts say.
        for mark in "<>\"'".utf8 {
            #expect(answer.bytes.count { $0 == mark } == harmless.bytes.count { $0 == mark })
        }
        let places = harmless.count("harmless")
        #expect(places >= 17)
        let escaped = HTMLBytesContentType().escapeText(text)
        #expect(answer.bytes.split(separator: Array(escaped.utf8)).count == places + 1)
        #expect(answer.between("<style>", "</style>") == harmless.between("<style>", "</style>"))
    }

    @Test("shows its words, its request id and its marker, in its language", arguments: PageText.allCases)
    func everyText(_ text: PageText) async throws {
        for (language, lang) in [(Language.chinese, "zh-CN"), (.english, "en")] {
            let stand = PageStand()
            let answer = try await stand.answer(headers: [.accept: "text/html", .acceptLanguage: lang]) { _, _ in
                throw PageFailure(text, status: .badGateway, retry: "/again", poolName: "商店 & Co")
            }
            let words = text.words(language)
            #expect(answer.status == .badGateway)
            #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
            #expect(answer.headers[.contentLanguage] == lang)
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(answer.headers[.vary]?.contains("Accept-Language") == true)
            #expect(answer.text.contains("<html lang=\"\(lang)\">"))
            #expect(answer.text.contains("<meta name=\"wxidp-page\" content=\"\(text.rawValue)\">"))
            #expect(answer.text.contains("<title>\(words.heading)</title>"))
            #expect(answer.count("<h1>") == 1)
            #expect(answer.text.contains("<h1>\(words.heading)</h1>"))
            // Paragraphs come in pieces, so that lines break at Chinese punctuation.
            let whole = answer.text.replacing("</span><span>", with: "")
            for paragraph in words.paragraphs { #expect(whole.contains("<span>\(paragraph)</span></p>")) }
            #expect(answer.text.contains("商店 &amp; Co"))
            #expect(answer.count("class=\"button main\"") == (words.action == nil ? 0 : 1))
            if let action = words.action {
                #expect(answer.text.contains("<a class=\"button main\" href=\"/again\">\(action)</a>"))
            }
            let id = try #require(answer.headers[.xRequestID])
            #expect(id.count == 16)
            #expect(answer.text.contains("\(language.requestIDLabel) <code>\(id)</code>"))
            #expect(stand.log.lines.contains { $0.contains(id) && $0.contains(text.rawValue) })
        }
    }

    @Test("without somewhere to go back to there is no control", arguments: PageText.allCases)
    func noRetry(_ text: PageText) async throws {
        let answer = try await PageStand().answer { _, _ in throw PageFailure(text) }
        #expect(answer.count("button") - (answer.between("<style>", "</style>").map(Self.buttons) ?? 0) == 0)
    }

    private static func buttons(_ bytes: [UInt8]) -> Int {
        String(decoding: bytes, as: UTF8.self).ranges(of: "button").count
    }

    @Test("the application's language goes before the browser's")
    func language() async throws {
        let answer = try await PageStand().answer(headers: [.accept: "text/html", .acceptLanguage: "zh"]) { _, _ in
            throw PageFailure(.badRequest, language: .english)
        }
        #expect(answer.headers[.contentLanguage] == "en")
    }

    @Test("the policy lets in the style sheet that was sent, and nothing else")
    func policy() async throws {
        let answer = try await PageStand().page(page("x"), .chinese)
        let style = try #require(answer.between("<style>", "</style>"))
        #expect(style.count > 1000)
        let hash = Data(SHA256.hash(style)).base64EncodedString()
        let policy = try #require(answer.headers[.contentSecurityPolicy])
        let directives = policy.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(
            Set(directives) == [
                "default-src 'none'", "style-src 'sha256-\(hash)'", "base-uri 'none'", "frame-ancestors 'none'",
            ])
        let sheet = String(decoding: style, as: UTF8.self).lowercased()
        for piece in ["url(", "@import", "expression(", "</", "@font-face"] { #expect(!sheet.contains(piece)) }
        let text = answer.text.lowercased()
        for piece in ["<script", " style=", " src=", " onload", " onclick", "http://", "<iframe", "<link", "<base"] {
            #expect(!text.contains(piece), "\(piece)")
        }
        #expect(answer.headers[.xContentTypeOptions] == "nosniff")
        #expect(answer.headers[.xFrameOptions] == "DENY")
        #expect(answer.headers[.referrerPolicy] == "no-referrer")
        #expect(answer.headers[.strictTransportSecurity] != nil)
    }

    @Test("without TLS nothing is said about TLS")
    func plain() async throws {
        let answer = try await PageStand(isSecure: false).page(page("x"), .chinese)
        #expect(answer.headers[.strictTransportSecurity] == nil)
        #expect(answer.headers[.contentSecurityPolicy]?.contains("upgrade-insecure-requests") == false)
    }

    @Test("a form decides with two buttons and brings its fields back")
    func form() async throws {
        var page = page("x")
        page.primary = nil
        page.secondary = nil
        page.form = .init(action: "/go?a=1&b=2", fields: [("k\"", "v<")], allowLabel: "同意并继续", denyLabel: "取消")
        let answer = try await PageStand().page(page, .chinese)
        #expect(answer.text.contains("<form class=\"choice\" method=\"post\" action=\"/go?a=1&amp;b=2\">"))
        #expect(answer.text.contains("<input type=\"hidden\" name=\"k&quot;\" value=\"v&lt;\">"))
        #expect(answer.text.contains("name=\"decision\" value=\"allow\">同意并继续</button>"))
        #expect(answer.text.contains("name=\"decision\" value=\"deny\">取消</button>"))
        #expect(answer.count("class=\"button main\"") == 1)
    }

    @Test("what a page has not is not there")
    func bare() async throws {
        let page = Page(marker: "m", icon: .info, heading: "h", paragraphs: [])
        let answer = try await PageStand().page(page, .english)
        for piece in ["<p class=\"text\"", "<p class=\"pool\"", "<dl", "<form", "<a ", "<dt>"] {
            #expect(!answer.text.contains(piece), "\(piece)")
        }
        #expect(answer.count("<svg") == 1)
        #expect(answer.status == .ok)
    }

    @Test("each icon is a picture", arguments: [Page.Icon.wechat, .app, .error, .wait, .info])
    func icon(_ icon: Page.Icon) async throws {
        let answer = try await PageStand().page(
            Page(marker: "m", icon: icon, heading: "h", paragraphs: ["p"]), .english)
        #expect(answer.count("<svg") == 1)
        #expect(answer.text.contains("aria-hidden=\"true\""))
    }
}
