import Foundation
import HTTPTypes
import Testing

@testable import IdP

/// WeChat sign-in in a browser: B6-2 to B6-7 and B6-13.
enum WeChatSignInRequirements {
    static let all = [
        Requirement("B6-2", "no identifier of WeChat's is taken from a browser", nothingFromBrowsers),
        Requirement("B6-3", "a picture of the QR code is no credential", pictureIsNoCredential),
        Requirement("B6-4", "a scan asks on the phone, always, and says for what and where", scanIsConfirmed),
        Requirement("B6-5", "state is short, random, single use and of one browser", state),
        Requirement("B6-6", "a code is exchanged once, and both callbacks lead to the same place", exchangedOnce),
        Requirement("B6-7", "a snapshot page makes nobody", snapshot),
        Requirement("B6-13", "a callback without a known state is an error", unknownState),
    ]

    /// Sent in every way that a browser has, at every step.
    @Sendable static func nothingFromBrowsers() async throws {
        try await TestApp.story { app in
            let victim = Browser(app)
            _ = try await app.tokens(in: victim)
            let rows = try await app.database.query("SELECT openid, unionid FROM wechat_openids", [])
            let openID = try #require(try rows.first?.text("openid"))
            let unionID = try #require(try rows.first?.optionalText("unionid") ?? openID)
            let names = ["openid", "unionid", "FromUserName", "openId", "unionId", "wechat_openid"]
            let pairs = names.map { ($0, $0.lowercased().hasPrefix("union") ? unionID : openID) }
            let query = PercentEncoding.query(pairs)
            let sessions = try await app.count("sessions")
            let attacker = Browser(app, userAgent: Browser.desktop)
            for (name, value) in pairs { attacker.cookies[name] = value }
            var headers = HTTPFields()
            for (name, value) in pairs { if let field = HTTPField.Name("X-\(name)") { headers[field] = value } }
            let page = try await attacker.request(AuthorizationRequest().url + "&" + query, headers: headers)
            #expect(page.page == "scan")
            let handle = try #require(page.handle)
            for path in [
                "/oidc/auth/\(handle)?\(query)", "/connections/wechat/callback?\(query)",
                "/connections/wechat/callback?state=\(String(repeating: "0", count: 32))&\(query)",
                "/connections/social/mp?app_id=web&\(query)", "/oidc/scan/x?\(query)", "/oidc/scan/x/confirm?\(query)",
            ] {
                let answer = try await attacker.request(.get, path, headers: headers)
                #expect(answer.query["code"] == nil && answer.query["data"] == nil, "\(path)")
            }
            for path in ["/oidc/auth/\(handle)", "/oidc/scan/x/confirm", "/oidc/auth"] {
                let form = Dictionary(pairs) { first, _ in first }
                _ = try await attacker.request(.post, path, form: form, headers: headers)
            }
            #expect(try await app.count("sessions") == sessions)
            #expect(attacker.cookies.keys.allSatisfy { !$0.contains("session") })
        }
    }

    @Sendable static func pictureIsNoCredential() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let thief = Browser(app, person: "xiaoming", userAgent: Browser.desktop)
            _ = try await story.approve(with: Browser(app))
            let next = try #require(story.page.text.value(of: "data-next", after: "<script"))
            #expect(try await thief.open(story.ticket).page == "scan-over")
            #expect(try await thief.open(story.ticket + "/confirm").page == "scan-over")
            let answer = try await thief.open(next)
            #expect(answer.query["code"] == nil && answer.page == "scan")
            #expect(try await story.desktop.open(next).query["code"] != nil)
            // Once, and for a few minutes at most.
            #expect(try await app.count("authorization_codes") == 1)
            #expect(ScanTicket.lifetime <= .seconds(180))
            let late = try await ScanStory(app)
            app.clock.advance(by: ScanTicket.lifetime.inSeconds + 1)
            #expect(try await Browser(app).open(late.ticket).page == "scan-over")
        }
    }

    @Sendable static func scanIsConfirmed() async throws {
        try await TestApp.story { app in
            let phone = Browser(app, languages: "en")
            _ = try await app.tokens(in: phone)
            for _ in 0..<2 {
                let story = try await ScanStory(app, client: "third")
                let question = try await phone.open(story.ticket)
                #expect(question.page == "scan-confirm")
                for text in ["Third", "Chrome", "Windows", "Address", "only if you are at this computer"] {
                    #expect(question.text.contains(text), "\(text)")
                }
                // Scanning and looking is not enough, nor is posting without the number.
                #expect(try await story.desktop.isWaiting(story.page) == true)
                #expect(try await phone.decide(on: question, ["decision": "allow"]).page == "bad-request")
                #expect(try await story.desktop.isWaiting(story.page) == true)
                #expect(try await phone.pick(on: question) { $0 != story.page.shownNumber }.page == "scan-mismatch")
                #expect(try await story.desktop.goOn(story.page).page == "scan-wrong-number")
            }
        }
    }

    @Sendable static func state() async throws {
        try await TestApp.story { app in
            var states: Set<String> = []
            for index in 0..<20 {
                let browser = Browser(app, userAgent: index % 2 == 0 ? Browser.wechat : Browser.desktop)
                let first = try await browser.request(AuthorizationRequest("both").url)
                let address = try #require(first.location ?? first.frame)
                let state = try #require(Address.parameters(address, after: "?")["state"])
                #expect(state.utf8.count == 32 && state.utf8.allSatisfy(\.isLowerHexDigit))
                states.insert(state)
            }
            #expect(states.count == 20)
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let link = try #require(browser.mainLink(page))
            let callback = try await browser.callback(link)
            #expect(try await Browser(app).request(callback).query["code"] == nil)
            let answer = try await browser.request(callback)
            #expect(answer.query["code"] != nil)
            let code = try #require(answer.query["code"])
            _ = try await app.redeem(code)
            #expect(try await browser.request(callback).page == "already-finished")
        }
    }

    @Sendable static func exchangedOnce() async throws {
        try await TestApp.story { app in
            for surface in [Browser.wechat, Browser.desktop] {
                let browser = Browser(app, userAgent: surface)
                let page = try await browser.open(AuthorizationRequest("both").url)
                let callback: String
                if let frame = page.frame {
                    let inside = try await browser.request(try await browser.scanned(frame))
                    callback = try #require(browser.mainLink(inside))
                } else {
                    let link = try #require(browser.mainLink(page))
                    callback = try await browser.callback(link)
                }
                let before = app.bridge.exchanges
                async let first = browser.request(callback)
                async let second = browser.request(callback)
                let answers = try await [first, second]
                #expect(app.bridge.exchanges == before + 1)
                #expect(Set(answers.map { $0.query["code"] }).count == 1 && answers[0].query["code"] != nil)
            }
        }
    }

    @Sendable static func snapshot() async throws {
        try await TestApp.story { app in
            let answer =
                #"{"access_token":"t","expires_in":7200,"refresh_token":"r","openid":"o-virtual","#
                + #""scope":"snsapi_userinfo","is_snapshotuser":1,"unionid":"u-virtual"}"#
            let story = try await ScanStory(app)
            let (phone, other) = (Browser(app), Browser(app))
            for (browser, start) in [(phone, AuthorizationRequest().url), (other, story.ticket)] {
                let page = try await browser.open(start)
                #expect(page.page == "sign-in")
                let link = try #require(browser.mainLink(page))
                let callback = try await browser.callback(link)
                app.bridge.script(.body(answer))
                #expect(try await browser.request(callback).page == "snapshot")
                #expect(try await app.isUntouched())
            }
            #expect(try await story.desktop.isWaiting(story.page) == true)
        }
    }

    @Sendable static func unknownState() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            for query in [
                "", "?code=x", "?code=x&state=", "?code=x&state=x", "?state=\(String(repeating: "a", count: 32))",
                "?code=x&state=\(String(repeating: "a", count: 32))",
                "?code=x&state=\(String(repeating: "A", count: 32))",
                "?code=x&state=\(String(repeating: "a", count: 129))",
                "?code=x&state=\(String(repeating: "a", count: 32))&window=1", "?js_code=x",
            ] {
                let answer = try await browser.request("/connections/wechat/callback\(query)")
                #expect(answer.page == "start-again" && answer.status == .badRequest, "\(query)")
            }
            #expect(app.bridge.urls.isEmpty)
            #expect(try await app.isUntouched())
        }
    }
}

@Suite struct WeChatSignInRequirementTests {
    @Test("WeChat sign-in in a browser", arguments: WeChatSignInRequirements.all)
    func holds(_ requirement: Requirement) async throws {
        try await requirement.check()
    }
}
