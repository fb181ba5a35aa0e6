import HTTPTypes
import Testing
import WeChatSimulator

@testable import IdP

@Suite("A person lets a device in by its code, after signing in, and never unasked")
struct DevicePageTests {
    // MARK: Guessing

    @Test("wrong codes are counted, and then right ones are refused too, until the time is over")
    func guessing() async throws {
        try await TestApp.tokenStory { app in
            let (device, browser) = (try await app.device(), Browser(app))
            for _ in 0..<DevicePageRoutes.addressLimit {
                let page = try await Browser(app).enter("BBBB-BBBB")
                #expect(page.status == .badRequest && page.page == "device-code-unknown")
            }
            for code in ["BBBB-BBBB", device.userCode] {
                let page = try await browser.enter(code)
                #expect(page.status == .tooManyRequests && page.page == "too-many-attempts")
            }
            #expect(try await app.count("sign_ins") == 0)
            app.clock.advance(by: 600)
            try await browser.allow(try await app.device())
        }
    }

    @Test("guesses that come at once are counted one by one")
    func parallel() async throws {
        try await TestApp.tokenStory { app in
            let pages = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<60 { group.addTask { try await Browser(app).enter("BBBB-BBBB") } }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(pages.count { $0.page == "device-code-unknown" } == DevicePageRoutes.addressLimit)
            #expect(pages.count { $0.page == "too-many-attempts" } == 60 - DevicePageRoutes.addressLimit)
        }
    }

    @Test("a person who is signed in has fewer")
    func person() async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            for _ in 0..<DevicePageRoutes.personLimit {
                #expect(try await browser.enter("BBBB-BBBB").page == "device-code-unknown")
            }
            #expect(try await browser.enter("BBBB-BBBB").page == "too-many-attempts")
            // Somebody else at the same address goes on.
            #expect(try await Browser(app).enter("BBBB-BBBB").page == "device-code-unknown")
        }
    }

    @Test("right codes cost no attempt")
    func free() async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            for _ in 0..<(DevicePageRoutes.personLimit + 2) { try await browser.allow(try await app.device("box")) }
        }
    }

    // MARK: Somebody else's hand

    @Test("the decision belongs to the browser that signed in")
    func otherBrowser() async throws {
        try await TestApp.tokenStory { app in
            let (device, browser) = (try await app.device(), Browser(app))
            let page = try await browser.reachDecision(device.userCode)
            let thief = Browser(app, person: "xiaoming")
            _ = try await app.code(in: thief)
            #expect(try await thief.decide("allow", on: page).page == "start-again")
            #expect(try await thief.request(page.url).page == "start-again")
            // From another site no cookie comes along.
            #expect(try await browser.decide("allow", on: page, sendsCookies: false).page == "start-again")
            #expect(try await device.poll().error == "authorization_pending")
            #expect(try await browser.decide("allow", on: page).page == "device-done")
        }
    }

    @Test("a made-up, foreign or old ticket decides nothing")
    func tickets() async throws {
        try await TestApp.tokenStory { app in
            let (device, browser) = (try await app.device(), Browser(app))
            let page = try await browser.reachDecision(device.userCode)
            for ticket in ["", "x", String(repeating: "A", count: 200)] {
                let answer = try await browser.request(
                    .post, "/oidc/device/confirm", form: ["ticket": ticket, "decision": "allow"])
                #expect(answer.page == "start-again")
            }
            let ticket = try #require(page.text.value(of: "value", after: "name=\"ticket\""))
            let there = try await browser.request(
                .post, "/pools/other/oidc/device/confirm", form: ["ticket": ticket, "decision": "allow"])
            #expect(there.page == "start-again")
            let undecided = try await browser.request(.post, "/oidc/device/confirm", form: ["ticket": ticket])
            #expect(undecided.page == "bad-request")
            #expect(try await device.poll().error == "authorization_pending")
            app.clock.advance(by: 600)
            #expect(try await browser.decide("allow", on: page).page != "device-done")
            #expect(try await app.count("device_codes", where: "status = 'approved'") == 0)
        }
    }

    @Test("a GET of the page decides nothing, and a code of another pool is unknown")
    func reading() async throws {
        try await TestApp.tokenStory { app in
            let (device, browser) = (try await app.device(), Browser(app))
            let page = try await browser.reachDecision(device.userCode)
            #expect(try await browser.request(page.url + "&decision=allow").page == "device-confirm")
            #expect(try await device.poll().error == "authorization_pending")
            let there = try await Browser(app).enter(device.userCode, pool: "/pools/other")
            #expect(there.page == "device-code-unknown")
        }
    }

    // MARK: What a person sees

    @Test("the page takes a code from the link only if it is one, and shows nothing else of it")
    func prefilled() async throws {
        try await TestApp.tokenStory { app in
            let device = try await app.device()
            let browser = Browser(app)
            let page = try await browser.open(device.answer.field("verification_uri_complete"))
            #expect(
                page.page == "device" && page.text.value(of: "value", after: "name=\"user_code\"") == device.userCode)
            for query in [
                "?user_code=%22%3E%3Cb%3E", "?user_code=hello", "", "?user_code=%zz", "?user_code=a&user_code=b",
            ] {
                let empty = try await browser.request("/oidc/device" + query)
                #expect(empty.status == .ok && empty.text.value(of: "value", after: "name=\"user_code\"") == "")
                #expect(!empty.text.contains("hello") && !empty.text.contains("\"><b>"))
            }
        }
    }

    @Test("application, code and scopes are shown, and asked for always", arguments: ["tv", "stranger"])
    func asked(_ client: String) async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            for round in 0..<2 {
                let device = try await app.device(client)
                let page = try await browser.reachDecision(device.userCode)
                #expect(page.text.contains(device.userCode) && page.text.contains("昵称和头像"))
                #expect(page.text.contains(client == "tv" ? "<dd>tv</dd>" : "Stranger &lt;i&gt;TV"), "\(round)")
                #expect(try await device.poll().error == "authorization_pending")
                #expect(try await browser.decide("allow", on: page).page == "device-done")
                #expect(try await device.poll().status == .ok)
            }
            // One page asks, not the ordinary confirmation before it as well.
            #expect(!browser.pages.contains { $0.contains("content=\"confirm\"") })
        }
    }

    @Test("who cancels at WeChat is told so, and may enter the code again")
    func cancelled() async throws {
        try await TestApp.tokenStory { app in
            let (device, browser) = (try await app.device(), Browser(app))
            await app.simulator.setBehaviour { $0.refusal = .stateOnly }
            var page = try await browser.enter(device.userCode)
            while page.page == "sign-in" { page = try await browser.press(page) }
            #expect(try await browser.refuse(page).page == "refused")
            #expect(try await device.poll().error == "authorization_pending")
            try await browser.allow(device)
        }
    }

    @Test("outside WeChat the person is told to open it there")
    func outside() async throws {
        try await TestApp.tokenStory { app in
            let device = try await app.device()
            let browser = Browser(app, userAgent: Browser.safari)
            #expect(try await browser.enter(device.userCode).page == "open-in-wechat")
        }
    }
}
