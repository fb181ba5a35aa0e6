import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Signing in on a desktop with nothing but an official account.
@Suite struct ScanTests {
    // MARK: What must not work

    @Test("a picture of the code signs nobody in: the desktop goes on by a cookie that is not in it")
    func stolenPicture() async throws {
        try await TestApp.story { app in
            // With nothing but the picture and the handle; with every cookie but the one; with one of another sign-in.
            for cookies in ["none", "all but one", "another's"] {
                let story = try await ScanStory(app)
                _ = try await story.approve(with: Browser(app))
                let thief = Browser(app, userAgent: Browser.desktop)
                if cookies == "another's" { thief.cookies = try await ScanStory(app).desktop.cookies }
                let own = thief.cookies[Browser.scanCookie]
                if cookies != "none" {
                    thief.cookies = story.desktop.cookies
                    thief.cookies[Browser.scanCookie] = own
                }
                let sessions = try await app.count("sessions")
                let codes = try await app.count("authorization_codes")
                let next = try #require(story.page.text.value(of: "data-next", after: "<script"))
                #expect(try await thief.open(next).page == "scan", "\(cookies)")
                #expect(try await thief.open(story.ticket).page == "scan-over")
                #expect(try await app.count("sessions") == sessions)
                #expect(try await app.count("authorization_codes") == codes)
                if cookies == "none" { #expect(try await story.desktop.goOn(story.page).query["code"] != nil) }
            }
        }
    }

    @Test("a ticket's signature names its pool, its time and its key")
    func signature() async throws {
        try await TestApp.story { app in
            let (signer, now) = (try app.scans().signer, app.clock.now)
            let other = try ScanTicketSigner(sealer: Sealer(masterKey: [UInt8](repeating: 7, count: 32)))
            let shop = try #require(PoolID(rawValue: "shop"))
            let ticket = signer.issue(in: .default, at: now, chance: app.provider.surroundings.randomBytes)
            #expect(signer.ticket(ticket.text, in: .default, at: now + 120)?.hash == ticket.hash)
            #expect(signer.ticket(ticket.text, in: .default, at: now + 121) == nil)
            #expect(signer.ticket(ticket.text, in: shop, at: now) == nil)
            #expect(other.ticket(ticket.text, in: .default, at: now) == nil)
        }
    }

    @Test("another number than the desktop's ends the ticket, and there is no second guess")
    func wrongNumber() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let phone = Browser(app)
            let question = try await story.scan(with: phone)
            #expect(try await phone.pick(on: question) { $0 != story.page.shownNumber }.page == "scan-mismatch")
            #expect(try await phone.pick(on: question) { $0 == story.page.shownNumber }.page == "scan-over")
            #expect(try await phone.open(story.ticket).page == "scan-over")
            #expect(try await story.desktop.isWaiting(story.page) == false)
            let page = try await story.desktop.goOn(story.page)
            #expect(page.page == "scan-wrong-number")
            // One press, and there is another code with another number.
            let again = try await ScanStory(app, desktop: story.desktop, page: try await story.desktop.press(page))
            #expect(again.ticket != story.ticket)
            _ = try await again.approve(with: phone)
            #expect(try await story.desktop.goOn(again.page).query["code"] != nil)
        }
    }

    @Test("cancelling on the phone is access_denied for the application")
    func denied() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let phone = Browser(app)
            let question = try await story.scan(with: phone)
            #expect(try await phone.decide(on: question, ["decision": "deny"]).page == "scan-denied")
            let answer = try await story.desktop.goOn(story.page)
            #expect(answer.query["error"] == "access_denied" && answer.query["state"] == "st.A_te~1")
            #expect(try await app.count("sessions") == 1)
        }
    }

    @Test("a code is good for two minutes, on the phone and for the desktop, and a minute after the approval")
    func expiry() async throws {
        try await TestApp.story { app in
            let phone = Browser(app)
            let late = try await ScanStory(app)
            let question = try await late.scan(with: phone)
            app.clock.advance(by: 121)
            #expect(try await phone.open(late.ticket).page == "scan-over")
            #expect(try await phone.pick(on: question) { $0 == late.page.shownNumber }.page == "scan-over")
            #expect(try await late.desktop.isWaiting(late.page) == false)
            let renewed = try await late.desktop.goOn(late.page)
            #expect(renewed.page == "scan" && renewed.squares != late.page.squares)
            let story = try await ScanStory(app, desktop: late.desktop, page: renewed)
            _ = try await story.approve(with: phone)
            app.clock.advance(by: 61)
            #expect(try await story.desktop.goOn(renewed).page == "scan")
            #expect(try await app.count("authorization_codes") == 0)
        }
    }

    @Test("a sign-in has ten minutes and twelve codes, whatever is pressed")
    func bounds() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            var page = story.page
            for _ in 1..<ScanStore.longestSeries {
                story.desktop.cookies[Browser.scanCookie] = nil
                page = try await story.desktop.goOn(page)
                #expect(page.page == "scan")
            }
            story.desktop.cookies[Browser.scanCookie] = nil
            #expect(try await story.desktop.goOn(page).page == "start-again")
            let other = try await ScanStory(app)
            app.clock.advance(by: 601)
            #expect(try await other.desktop.goOn(other.page).page == "start-again")
        }
    }

    @Test(
        "what is no ticket of ours is one page, and reaches no table",
        arguments: ["x", "../..", String(repeating: "A", count: 48), String(repeating: "-", count: 4000)])
    func nonsense(_ ticket: String) async throws {
        try await TestApp.story { app in
            let path = PercentEncoding.encode(ticket)
            _ = app.storage.takeStatements()
            let answer = try await Browser(app).request("/oidc/scan/\(path)")
            #expect(answer.page == "scan-over")
            #expect(app.storage.takeStatements().filter { $0.sql.contains("scan_tickets") }.isEmpty)
        }
    }

    @Test("a ticket whose time or name was changed is none")
    func forged() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let text = try #require(story.ticket.split(separator: "/").last)
            let bytes = try Base64URL.decode(text)
            for index in [0, 15, 16, 19, 20, 35] {
                var forged = bytes
                forged[index] ^= 1
                let answer = try await Browser(app).request("/oidc/scan/\(Base64URL.encode(forged))")
                #expect(answer.page == "scan-over")
            }
            #expect(try await Browser(app).request(story.ticket).location != nil)
        }
    }

    @Test("another pool knows neither the ticket, nor the phone's page, nor the desktop's events")
    func isolation() async throws {
        try await TestApp.story { app in
            let (here, there) = (try await ScanStory(app), try await ScanStory(app, client: "other-web"))
            for (story, own, foreign) in [(here, "", "/pools/other"), (there, "/pools/other", "")] {
                let text = try #require(story.ticket.split(separator: "/").last)
                let phone = Browser(app)
                _ = try await app.tokens("web", in: phone)
                _ = try await app.tokens("other-web", in: phone)
                #expect(try await phone.request("\(foreign)/oidc/scan/\(text)").page == "scan-over")
                #expect(try await phone.request("\(foreign)/oidc/scan/\(text)/confirm").page == "scan-over")
                #expect(try await phone.request("\(own)/oidc/scan/\(text)/confirm").page == "scan-confirm")
                let events = try await story.desktop.request("\(foreign)/oidc/auth/\(story.handle)/events")
                #expect(events.status == .badRequest)
            }
        }
    }

    @Test("the phone's form wants the session's token and one of two answers")
    func form() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let phone = Browser(app)
            let question = try await story.scan(with: phone)
            let number = String(try #require(story.page.shownNumber))
            for fields in [["number": number, "token": "x"], [:], ["number": ""], ["number": "eleven"]] {
                #expect(try await phone.decide(on: question, fields).page == "bad-request")
            }
            let stranger = Browser(app, person: "xiaoming")
            #expect(try await stranger.decide(on: question, ["number": number]).page == "scan-sign-in-first")
            #expect(try await story.desktop.isWaiting(story.page) == true)
        }
    }

    @Test("an old session on the phone does not confirm: WeChat names its person first")
    func staleSession() async throws {
        try await TestApp.story { app in
            let phone = Browser(app)
            _ = try await app.tokens(in: phone)
            app.clock.advance(by: 1000)
            let story = try await ScanStory(app)
            #expect(try await phone.request(story.ticket + "/confirm").page == "scan-sign-in-first")
            let visits = phone.wechatVisits.count
            #expect(try await story.scan(with: phone).page == "scan-confirm")
            #expect(phone.wechatVisits.count == visits + 1)
        }
    }

    // MARK: What works

    @Test("a known person scans, picks the number, and is signed in on the desktop with a session of its own")
    func knownPerson() async throws {
        try await TestApp.story { app in
            let phone = Browser(app)
            let before = try await app.verified(try await app.tokens(in: phone).field("id_token"), type: .jwt)
            app.clock.advance(by: 100)
            let story = try await ScanStory(app)
            // Known as they are, they are asked.
            let question = try await phone.open(story.ticket)
            #expect(question.page == "scan-confirm")
            _ = try await phone.pick(on: question) { $0 == story.page.shownNumber }
            app.clock.advance(by: 3)
            let answer = try await story.desktop.goOn(story.page)
            let tokens = try await app.redeem(try #require(answer.query["code"]))
            let claims = try await app.verified(tokens.field("id_token"), type: .jwt)
            #expect(claims.subject == before.subject)
            #expect(claims["acr"]?.stringValue == AuthenticationContext.confirmed.rawValue)
            #expect(claims["auth_time"]?.integerValue == Int64(app.clock.now.timeIntervalSince1970))
            #expect(claims["sid"]?.stringValue != before["sid"]?.stringValue)
            // The desktop stays signed in by itself.
            #expect(try await story.desktop.open(AuthorizationRequest().url).query["code"] != nil)
            #expect(try await app.count("sessions") == 2)
        }
    }

    @Test("somebody new signs up on the phone first")
    func newPerson() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let phone = Browser(app, person: "xiaoming")
            #expect(try await phone.open(story.ticket).page == "sign-in")
            _ = try await story.approve(with: phone)
            let answer = try await story.desktop.goOn(story.page)
            let tokens = try await app.redeem(try #require(answer.query["code"]))
            #expect(try await app.me(tokens.field("access_token")).field("name").hasPrefix("小明"))
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("the phone sees application, browser, system, address and time of the desktop")
    func description() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app, client: "third")
            app.clock.advance(by: 34)
            let chinese = try await story.scan(with: Browser(app))
            for text in ["Third &lt;b&gt;party&lt;/b&gt;", "Chrome", "Windows", "30 秒前", "请点“取消”"] {
                #expect(chinese.text.contains(text), "\(text)")
            }
            let english = try await story.scan(with: Browser(app, languages: "en"))
            for text in ["Chrome", "Windows", "30 seconds ago", "only if you are at this computer"] {
                #expect(english.text.contains(text), "\(text)")
            }
            #expect(english.offeredNumbers == chinese.offeredNumbers)
            #expect(english.offeredNumbers.count == 3 && english.offeredNumbers.sorted() == english.offeredNumbers)
            let shown = try #require(story.page.shownNumber)
            #expect(english.offeredNumbers.contains(shown))
        }
    }

    @Test("an application that asks first asks on the desktop, after the scan")
    func consent() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app, client: "third")
            _ = try await story.approve(with: Browser(app))
            let page = try await story.desktop.goOn(story.page)
            #expect(page.page == "confirm")
            #expect(try await story.desktop.press(page).query["code"] != nil)
        }
    }

    @Test("a page that is looked at again shows the same code while it lasts, and two tabs share their cookie")
    func reload() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let again = try await story.desktop.goOn(story.page)
            #expect(again.squares == story.page.squares && again.shownNumber == story.page.shownNumber)
            let second = try await ScanStory(app, desktop: story.desktop)
            #expect(second.ticket != story.ticket)
            _ = try await story.approve(with: Browser(app))
            #expect(try await story.desktop.goOn(story.page).query["code"] != nil)
            _ = try await second.approve(with: Browser(app))
            #expect(try await story.desktop.goOn(second.page).query["code"] != nil)
        }
    }

    @Test("events: silence while the phone decides, one word when it has, and the same as JSON")
    func events() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let events = try #require(story.page.text.value(of: "data-events", after: "<script"))
            let streams: HTTPFields = [.accept: "text/event-stream"]
            let silent = try await story.desktop.request(events, headers: streams)
            #expect(silent.headers[.contentType] == "text/event-stream; charset=utf-8")
            #expect(!silent.text.contains("event:") && silent.text.contains(":\n\n"))
            #expect(try await story.desktop.isWaiting(story.page) == true)
            _ = try await story.approve(with: Browser(app))
            #expect(try await story.desktop.isWaiting(story.page) == false)
            let answer = try await story.desktop.request(events, headers: streams)
            #expect(answer.text.contains("event: changed\ndata: {}\n\n"))
            // Nobody else learns even that.
            #expect(try await Browser(app).request(events, headers: streams).status == .badRequest)
            let thief = Browser(app)
            thief.cookies = story.desktop.cookies.filter { $0.key != Browser.scanCookie }
            #expect(try await thief.isWaiting(story.page) == false)
        }
    }

    @Test("prompt=login, max_age=0 and an essential acr are satisfied by a scan")
    func demands() async throws {
        try await TestApp.story { app in
            let claims = #"{"id_token":{"acr":{"essential":true,"value":"urn:wxidp:acr:confirmed"}}}"#
            for extra in [["prompt": "login"], ["max_age": "0"], ["claims": claims]] {
                let desktop = Browser(app, userAgent: Browser.desktop)
                for _ in 0..<2 {
                    let first = try await desktop.open(AuthorizationRequest("web", extra).url)
                    if first.query["code"] != nil {
                        // Only the acr is still satisfied by the session.
                        #expect(extra["claims"] != nil)
                        continue
                    }
                    let story = try await ScanStory(app, desktop: desktop, page: first)
                    _ = try await story.approve(with: Browser(app))
                    #expect(try await desktop.goOn(first).query["code"] != nil, "\(extra)")
                }
            }
            let none = Browser(app, userAgent: Browser.desktop)
            #expect(
                try await none.open(AuthorizationRequest("web", ["prompt": "none"]).url).query["error"]
                    == "login_required")
        }
    }

    @Test("another person's session in the desktop's browser ends")
    func replacement() async throws {
        try await TestApp.story { app in
            let first = try await ScanStory(app)
            _ = try await first.approve(with: Browser(app))
            _ = try await first.desktop.goOn(first.page)
            let second = try await ScanStory(app, desktop: first.desktop, ["prompt": "login"])
            _ = try await second.approve(with: Browser(app, person: "xiaoming"))
            #expect(try await second.desktop.goOn(second.page).query["code"] != nil)
            // Two phones, and one on the desktop.
            #expect(try await app.count("sessions") == 3)
        }
    }

    @Test("the device flow and Authing's door work from a desktop too")
    func otherDoors() async throws {
        try await TestApp.story { app in
            let desktop = Browser(app, userAgent: Browser.desktop)
            let start = TestApp.socialStart(
                "mp", client: "web", redirectURL: AuthorizationRequest.redirectURI("web"), state: "s")
            let story = try await ScanStory(app, desktop: desktop, page: try await desktop.open(start))
            _ = try await story.approve(with: Browser(app))
            let answer = try await desktop.goOn(story.page)
            #expect(answer.fragment["code"] == "200" && answer.fragment["state"] == "s")
        }
    }
}
