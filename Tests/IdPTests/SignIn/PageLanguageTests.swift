import HTTPTypes
import Testing
import WeChatSimulator

@testable import IdP

@Suite("Every page speaks Chinese or English and carries its request id")
struct PageLanguageTests {
    /// How a browser comes to each page.
    static let pages: [String: @Sendable (TestApp, Browser, [String: String?]) async throws -> Answer] = [
        "sign-in": { _, browser, extra in try await browser.open(AuthorizationRequest("web", extra).url) },
        "sign-in-again": { app, browser, extra in
            let all = extra.merging(["prompt": "login"]) { $1 }
            return try await browser.open(AuthorizationRequest("web", all).url)
        },
        "ask-profile": { app, browser, extra in
            _ = try await app.code(in: browser)
            try await app.execute("UPDATE users SET nickname = NULL, picture = NULL, profile_asked_at = NULL")
            return try await browser.open(AuthorizationRequest("web", extra).url)
        },
        "confirm": { app, browser, extra in
            _ = try await app.code(in: browser)
            return try await browser.open(AuthorizationRequest("third", extra).url)
        },
        "snapshot": { app, browser, extra in
            await app.simulator.setBehaviour { $0.snapshotMarkOnRealUser = true }
            return try await browser.open(AuthorizationRequest("web", extra).url)
        },
        "one-more-tap": { _, browser, extra in
            let callback = try await browser.callback(AuthorizationRequest("web", extra).url)
            browser.cookies = [:]
            return try await browser.request(callback)
        },
        "code-refused": { app, browser, extra in
            await app.simulator.enqueue(.error(40029), for: .exchange)
            return try await browser.open(AuthorizationRequest("web", extra).url)
        },
        "wechat-busy": { app, browser, extra in
            await app.simulator.setBehaviour { $0.faults["exchange"] = .error(-1) }
            return try await browser.open(AuthorizationRequest("web", extra).url)
        },
        "wechat-slow": { app, browser, extra in
            await app.simulator.enqueue(.slow(seconds: 30), for: .exchange)
            return try await browser.open(AuthorizationRequest("web", extra).url)
        },
        "wechat-unreadable": { app, browser, extra in
            app.bridge.script(.body("[]"))
            return try await browser.open(AuthorizationRequest("web", extra).url)
        },
        "too-many-sign-ins": { app, browser, extra in
            await app.simulator.enqueue(.error(45011), for: .exchange)
            return try await browser.open(AuthorizationRequest("web", extra).url)
        },
        "connection-misconfigured": { app, browser, extra in
            await app.simulator.enqueue(.error(40125), for: .exchange)
            return try await browser.open(AuthorizationRequest("web", extra).url)
        },
        "account-limited": { app, browser, extra in
            await app.simulator.enqueue(.error(50002), for: .exchange)
            return try await browser.open(AuthorizationRequest("web", extra).url)
        },
        "unknown-client": { _, browser, extra in try await browser.open(AuthorizationRequest("nobody", extra).url) },
        "redirect-not-allowed": { _, browser, extra in
            let all = extra.merging(["redirect_uri": "https://evil.example/"]) { $1 }
            return try await browser.open(AuthorizationRequest("web", all).url)
        },
    ]

    /// Pages that no request of an application leads to.
    static let plainPages = [
        "not-found": "/nowhere",
        "start-again": "/connections/wechat/callback?code=x&state=\(String(repeating: "0", count: 32))",
        "bad-request": "/oidc/auth?client_id=%zz",
    ]

    private func check(_ page: Answer, _ name: String, isChinese: Bool, _ app: TestApp) {
        #expect(page.page == name && page.location == nil, "\(page.status) \(page.page ?? page.location ?? "")")
        #expect(page.headers[.contentLanguage] == (isChinese ? "zh-CN" : "en"))
        #expect(page.text.contains("<html lang=\"\(isChinese ? "zh-CN" : "en")\">"))
        let text = page.text.firstRange(of: "<body>").map { page.text[$0.upperBound...] } ?? ""
        let hasChinese = text.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
        // The English page names WeChat's own Chinese button where a person must find it.
        #expect(hasChinese == (isChinese || name == "snapshot"))
        #expect(!text.contains("<p class=\"text\"></p>") && !text.contains("<h1></h1>"))
        let id = page.headers[.xRequestID] ?? ""
        #expect(!id.isEmpty && page.text.contains("<code>\(id)</code>"))
        #expect(app.log.lines.contains { $0.contains(id) })
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
    }

    @Test("by Accept-Language", arguments: pages.keys.sorted())
    func byHeader(_ name: String) async throws {
        for (header, isChinese) in [("zh-CN,zh;q=0.9,en;q=0.8", true), ("en-US,en;q=0.9,zh;q=0.1", false)] {
            try await TestApp.story { app in
                let browser = Browser(app, languages: header)
                let visit = try #require(Self.pages[name])
                let page = try await visit(app, browser, [:])
                check(page, name, isChinese: isChinese, app)
            }
        }
    }

    @Test("by ui_locales, which goes first", arguments: pages.keys.sorted())
    func byParameter(_ name: String) async throws {
        for (header, locales, isChinese) in [("en", "zh-CN en", true), ("zh-CN", "de en-GB", false)] {
            try await TestApp.story { app in
                let browser = Browser(app, languages: header)
                let visit = try #require(Self.pages[name])
                let page = try await visit(app, browser, ["ui_locales": locales])
                check(page, name, isChinese: isChinese, app)
            }
        }
    }

    @Test("pages without a request of an application", arguments: plainPages.keys.sorted())
    func plain(_ name: String) async throws {
        try await TestApp.story { app in
            for (header, isChinese) in [("zh-CN", true), ("en", false), ("fr", true)] {
                let page = try await Browser(app, languages: header).request(Self.plainPages[name] ?? "")
                check(page, name, isChinese: isChinese, app)
            }
        }
    }

    @Test("no Accept-Language at all means Chinese, and a browser other than WeChat reads the same")
    func standard() async throws {
        try await TestApp.story { app in
            let page = try await Browser(app).open(AuthorizationRequest().url)
            check(page, "sign-in", isChinese: true, app)
            let safari = try await Browser(app, userAgent: Browser.safari, languages: "en").open(
                AuthorizationRequest().url)
            check(safari, "open-in-wechat", isChinese: false, app)
        }
    }

    @Test("a social sign-in takes lang and ui_locales", arguments: ["lang", "ui_locales"])
    func social(_ name: String) async throws {
        try await TestApp.story { app in
            let start = TestApp.socialStart("mp", client: "web", redirectURL: "https://app.example.com/cb")
            let page = try await Browser(app, languages: "zh-CN").open(start + "&\(name)=en-US")
            check(page, "sign-in", isChinese: false, app)
        }
    }

    static let asked = ["lang=en", "ui_locales=fr%20en", "lang=fr&ui_locales=de%20en-GB", "lang=en&ui_locales=fr"]

    @Test("an error page of the social door speaks the language that was asked for", arguments: asked)
    func socialErrors(_ query: String) async throws {
        try await TestApp.story { app in
            for (address, name) in [
                ("/connections/social/nobody?app_id=web&", "not-found"),
                ("/connections/social/mp?app_id=nobody&", "unknown-client"),
                ("/oauth/wechatmp/url/default?redirect_url=https://evil.example/&", "redirect-not-allowed"),
                ("/connections/social/mp?app_id=web&redirect_url=https://evil.example/&", "redirect-not-allowed"),
            ] {
                let page = try await Browser(app, languages: "zh-CN").request(address + query)
                check(page, name, isChinese: false, app)
                let unasked = try await Browser(app, languages: "en").request(address + "lang=fr")
                check(unasked, name, isChinese: false, app)
            }
        }
    }
}
