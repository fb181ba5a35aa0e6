import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// WeChat's own QR code on a desktop, in the whole window and in a frame.
@Suite struct WebsiteTests {
    private func desktop(_ app: TestApp, languages: String? = nil) -> Browser {
        Browser(app, userAgent: Browser.desktop, languages: languages)
    }

    /// A desktop on the page with the frame.
    private func begin(
        _ app: TestApp, _ client: String = "both", languages: String? = nil
    ) async throws -> (Browser, Answer) {
        let browser = desktop(app, languages: languages)
        let page = try await browser.open(AuthorizationRequest(client).url)
        try #require(page.page == "website", "\(page.status) \(page.page ?? page.text)")
        return (browser, page)
    }

    private static let start =
        "https://open.weixin.qq.com/connect/qrconnect?appid=wx0000000000000000"
        + "&redirect_uri=https%3A%2F%2Fid.example.com%2Fconnections%2Fwechat%2Fcallback&response_type=code"
        + "&scope=snsapi_login&state="

    // MARK: What must not work

    @Test("in the frame nothing is exchanged, with the cookie or without it")
    func frameClaimsNothing() async throws {
        try await TestApp.story { app in
            let (browser, page) = try await begin(app)
            let callback = try await browser.scanned(try #require(page.frame))
            for sendsCookies in [false, true] {
                let answer = try await browser.request(callback, sendsCookies: sendsCookies)
                #expect(answer.page == "leaving-frame" && answer.setCookies.isEmpty)
            }
            #expect(app.bridge.exchanges == 0)
            #expect(try await app.isUntouched())
        }
    }

    @Test("the way out of the frame is worth nothing to another browser")
    func strangerInWindow() async throws {
        try await TestApp.story { app in
            let (browser, page) = try await begin(app)
            let callback = try await browser.scanned(try #require(page.frame))
            let inside = try await browser.request(callback, sendsCookies: false)
            let way = try #require(browser.mainLink(inside))
            let stranger = desktop(app)
            #expect(try await stranger.request(way).page == "one-more-tap")
            #expect(app.bridge.exchanges == 0)
            #expect(try await browser.open(way).query["code"] != nil)
            #expect(app.bridge.exchanges == 1)
        }
    }

    @Test("only that one answer may stand in a frame, only in ours, and only WeChat's page stands in it")
    func policies() async throws {
        try await TestApp.story { app in
            let (browser, page) = try await begin(app)
            let sources = "https://open.weixin.qq.com https://id.example.com/connections/wechat/callback"
            #expect(page.policy.contains("frame-src \(sources)"))
            #expect(page.policy.contains("frame-ancestors 'none'") && page.headers[.xFrameOptions] == "DENY")
            let callback = try await browser.scanned(try #require(page.frame))
            let inside = try await browser.request(callback, sendsCookies: false)
            #expect(inside.policy.contains("frame-ancestors 'self'"))
            #expect(inside.headers[.xFrameOptions] == "SAMEORIGIN")
            #expect(inside.text.contains("target=\"_top\""))
            // No other page of a sign-in, whatever came back.
            let window = try #require(browser.mainLink(page))
            let scan = try await browser.open(window.replacing("website-window", with: "scan"))
            let broken = try await browser.request(callback.replacing(/state=[0-9a-f]{8}/, with: "state=00000000"))
            let address = try #require(try await browser.request(window).location)
            let plain = try await browser.request(try await browser.scanned(address), sendsCookies: false)
            for answer in [scan, broken, plain] {
                #expect(answer.policy.contains("frame-ancestors 'none'"), "\(answer.page ?? "")")
                #expect(!answer.policy.contains { $0.hasPrefix("frame-src") })
                #expect(answer.headers[.xFrameOptions] == "DENY")
            }
            #expect(broken.page == "start-again" && plain.page == "one-more-tap")
        }
    }

    @Test(
        "a refusal is access_denied, in the window and out of the frame", arguments: ["", "&code=", "&code=authdeny"])
    func refusal(_ rest: String) async throws {
        try await TestApp.story { app in
            for isFramed in [false, true] {
                let (browser, page) = try await begin(app)
                let window = try #require(browser.mainLink(page))
                let address = isFramed ? page.frame : try await browser.request(window).location
                let state = try #require(Address.parameters(address ?? "", after: "?")["state"])
                var answer = try await browser.request("/connections/wechat/callback?state=\(state)\(rest)")
                if isFramed {
                    #expect(answer.page == "leaving-frame")
                    answer = try await browser.press(answer)
                }
                #expect(answer.query["error"] == "access_denied" && answer.query["state"] == "st.A_te~1")
                #expect(app.bridge.exchanges == 0)
            }
        }
    }

    @Test("a code of another app does not sign anybody in")
    func foreignCode() async throws {
        try await TestApp.story { app in
            let (browser, page) = try await begin(app)
            let frame = try await browser.scanned(try #require(page.frame))
            let code = try #require(Address.parameters(frame, after: "?")["code"])
            let phone = Browser(app)
            let callback = try await phone.callback(AuthorizationRequest("both").url)
            let own = try #require(Address.parameters(callback, after: "?")["code"])
            let answer = try await phone.request(callback.replacing(own, with: code))
            #expect(answer.page == "code-refused")
            #expect(try await app.isUntouched())
        }
    }

    @Test("inside WeChat, where the code is of no use, the page says so, and silence is refused as everywhere")
    func insideWeChat() async throws {
        try await TestApp.story { app in
            let phone = Browser(app)
            #expect(try await phone.open(AuthorizationRequest("site").url).page == "open-elsewhere")
            #expect(phone.wechatVisits.isEmpty)
            let silent = AuthorizationRequest("site", ["prompt": "none"]).url
            for browser in [phone, desktop(app)] {
                let answer = try await browser.open(silent)
                #expect(answer.query["error"] == "login_required")
            }
        }
    }

    // MARK: What works

    @Test("as a redirect: WeChat's address byte for byte, an account, a confirmed session")
    func window() async throws {
        try await TestApp.story { app in
            let (browser, page) = try await begin(app, "site")
            let window = try #require(browser.mainLink(page))
            let address = try #require(try await browser.request(window).location)
            let state = try #require(Address.parameters(address, after: "?")["state"])
            #expect(address == Self.start + state + "#wechat_redirect")
            #expect(state.utf8.count == 32 && state.utf8.allSatisfy(\.isLowerHexDigit))
            let answer = try await browser.open(try await browser.scanned(address))
            let tokens = try await app.redeem(try #require(answer.query["code"]), "site")
            let claims = try await app.verified(tokens.field("id_token"), type: .jwt)
            #expect(claims["acr"]?.stringValue == AuthenticationContext.confirmed.rawValue)
            #expect(claims["auth_time"]?.integerValue == Int64(app.clock.now.timeIntervalSince1970))
            #expect(try await app.me(tokens.field("access_token")).field("name") == "Alice")
            #expect(try await browser.open(AuthorizationRequest("site").url).query["code"] != nil)
        }
    }

    @Test("embedded: the frame's return takes the whole window on, and that one signs in")
    func embedded() async throws {
        try await TestApp.story { app in
            for languages in ["zh-CN", "en"] {
                let (browser, page) = try await begin(app, languages: languages)
                let frame = try #require(page.frame)
                let state = try #require(Address.parameters(frame, after: "?")["state"])
                let language = languages == "en" ? "&lang=en" : ""
                #expect(
                    frame == Self.start + state
                        + "\(language)&login_type=jssdk&self_redirect=true&stylelite=1#wechat_redirect")
                #expect(page.text.contains("sandbox=\"allow-scripts allow-same-origin allow-top-navigation\""))
                #expect(page.text.contains("allow=\"local-network-access\""))
                let callback = try await browser.scanned(frame)
                let inside = try await browser.request(callback, sendsCookies: false)
                #expect(try await browser.press(inside).query["code"] != nil)
                // The frame may load it again; the sign-in is over.
                #expect(try await browser.request(callback).page == "leaving-frame")
            }
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("a person is the same through the official account and the website, in either order")
    func samePerson() async throws {
        try await TestApp.story { app in
            func website(_ person: String) async throws -> String? {
                let (browser, page) = try await begin(app)
                let callback = try await browser.scanned(try #require(page.frame), by: person)
                let answer = try await browser.press(try await browser.request(callback, sendsCookies: false))
                let tokens = try await app.redeem(try #require(answer.query["code"]), "both")
                return try await app.verified(tokens.field("id_token"), type: .jwt).subject
            }
            func phone(_ person: String) async throws -> String? {
                let tokens = try await app.tokens("both", in: Browser(app, person: person))
                return try await app.verified(tokens.field("id_token"), type: .jwt).subject
            }
            let alice = try await website("alice")
            #expect(try await phone("alice") == alice)
            let other = try await phone("xiaoming")
            #expect(try await website("xiaoming") == other && other != alice)
            #expect(try await app.count("users", where: "merged_into IS NULL") == 2)
        }
    }

    @Test("our own code is the second choice beside it, and the other way round")
    func secondChoice() async throws {
        try await TestApp.story { app in
            let (browser, page) = try await begin(app)
            let scan = try await browser.followLink("step=scan", on: page)
            #expect(scan.page == "scan")
            #expect(try await browser.followLink("step=website", on: scan).page == "website")
            let story = try await ScanStory(app, desktop: browser, page: scan)
            _ = try await story.approve(with: Browser(app))
            #expect(try await browser.goOn(scan).query["code"] != nil)
            // Where there is no choice, none is offered.
            let (_, only) = try await begin(app, "site")
            #expect(!only.links.contains { $0.contains("step=scan") })
        }
    }

    @Test("a phone's other browser is told to open WeChat, and offered a code for another phone")
    func phoneOutside() async throws {
        try await TestApp.story { app in
            for (client, next) in [("both", "website"), ("web", "scan")] {
                let phone = Browser(app, userAgent: Browser.safari)
                let page = try await phone.open(AuthorizationRequest(client).url)
                #expect(page.page == "open-in-wechat")
                let code = try await phone.followLink("step=\(next)", on: page)
                #expect(code.page == next)
                if next == "website" {
                    let link = try #require(phone.mainLink(code))
                    let window = try await phone.request(link)
                    #expect(window.location?.contains("/connect/qrconnect?") == true)
                } else {
                    #expect(try await phone.goOn(code).squares == code.squares)
                }
            }
            let phone = Browser(app, userAgent: Browser.safari)
            #expect(try await phone.open(AuthorizationRequest("site").url).page == "website")
        }
    }

    @Test(
        "WeCom's browser is any other browser, on a desktop and on a phone; desktop WeChat and a mini program are WeChat"
    )
    func surfaces() async throws {
        let phone = "Mozilla/5.0 (iPhone) Mobile/15E148 "
        let desktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/132.0.0.0 Safari/537.36 "
        let expected: [(String, String?)] = [
            (phone + "wxwork/4.1.39 MicroMessenger/7.0.1 Language/zh", "open-in-wechat"),
            (desktop + "wxwork/4.1.39 (MicroMessenger/6.2) WindowsWechat", "website"),
            (desktop + "MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13) XWEB/18163 Flue", nil),
            ("Mozilla/5.0 (Macintosh) MicroMessenger/6.8.0(0x16080000) MacWechat/3.8.7(0x13080712)", nil),
            (phone + "MicroMessenger/8.0.31 miniProgram/wx0123456789abcdef", nil),
            (desktop, "website"), ("curl/8.5.0", "website"), ("", "website"),
        ]
        try await TestApp.story { app in
            for (userAgent, page) in expected {
                let answer = try await Browser(app, userAgent: userAgent).request(AuthorizationRequest("both").url)
                #expect(answer.page == page, "\(userAgent)")
                #expect((answer.location?.contains("/connect/oauth2/authorize?") == true) == (page == nil))
            }
        }
    }

    @Test("Authing's door takes a website's identifier too, and only that one is used")
    func socialDoor() async throws {
        try await TestApp.story { app in
            let start = TestApp.socialStart(
                "pc", client: "both", redirectURL: AuthorizationRequest.redirectURI("both"), state: "s")
            let browser = desktop(app)
            let page = try await browser.open(start)
            #expect(page.page == "website" && !page.links.contains { $0.contains("step=scan") })
            let callback = try await browser.scanned(try #require(page.frame))
            let answer = try await browser.press(try await browser.request(callback, sendsCookies: false))
            #expect(answer.fragment["code"] == "200" && answer.fragment["state"] == "s")
            #expect(try await Browser(app).open(start).page == "open-elsewhere")
            // The official account of the same application is scanned, though there is a website.
            let account = TestApp.socialStart(
                "mp", client: "both", redirectURL: AuthorizationRequest.redirectURI("both"))
            #expect(try await desktop(app).open(account).page == "scan")
            #expect(try await desktop(app).request(start.replacing("/pc", with: "/mini")).status == .notFound)
        }
    }
}
