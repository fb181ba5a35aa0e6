import HTTPTypes
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

@Suite("Trouble at WeChat is a page that says what to do, never a 500, and makes nothing")
struct WeChatTroubleTests {
    struct NumberRow: Sendable, CustomTestStringConvertible {
        let number: Int
        let onExchange: Set<Int>
        let onProfile: Set<Int>
        var testDescription: String { "\(number)" }

        init(_ number: Int, _ onExchange: Set<Int>, _ onProfile: Set<Int>? = nil) {
            (self.number, self.onExchange, self.onProfile) = (number, onExchange, onProfile ?? onExchange)
        }
    }

    private static let user: Set<Int> = [400, 403]
    private static let upstream: Set<Int> = [502, 503, 504]

    /// Every row of the table of error numbers, with the statuses that fit its kind.
    static let rows: [NumberRow] =
        [-1, -1000, 45009, 45011].map { NumberRow($0, [503]) }
        + [40029, 40030, 40163, 41000, 42002, 42003, 42007, 50001].filter { $0 != 41000 }.map { NumberRow($0, user) }
        + [40226, 50002].map { NumberRow($0, [403]) }
        + [
            NumberRow(40001, upstream, user), NumberRow(40014, user), NumberRow(42001, user), NumberRow(48001, user),
            NumberRow(50005, user),
        ]
        + [87009].map { NumberRow($0, user) }
        + [
            40002, 40003, 40013, 40066, 40125, 40164, 40243, 41001, 41002, 41003, 41004, 41005, 41006, 41007, 41008,
            41009, 43001, 43002, 43003, 45035, 48004, 48017, 61004, 61007, 61023, 61024, 76001, 76004, 89503, 89506,
            89507, 99999, -42,
        ].map { NumberRow($0, upstream) }

    private func check(_ answer: Answer, _ statuses: Set<Int>, _ app: TestApp, _ browser: Browser) async throws {
        #expect(statuses.contains(answer.status.code), "\(answer.status.code) \(answer.page ?? "")")
        #expect(answer.location == nil && answer.page != nil)
        let id = try #require(answer.headers[.xRequestID])
        #expect(answer.text.contains(id))
        #expect(browser.cookies["__Host-wxidp-session-default"] == nil)
        #expect(try await app.isUntouched())
    }

    @Test("an error number on the exchange", arguments: rows)
    func exchange(_ row: NumberRow) async throws {
        try await TestApp.story { app in
            await app.simulator.setBehaviour { $0.faults["exchange"] = .error(row.number) }
            let browser = Browser(app)
            let answer = try await browser.open(AuthorizationRequest().url)
            try await check(answer, row.onExchange, app, browser)
            let tries = [-1: 3, -1000: 2][row.number] ?? 1
            #expect(app.bridge.exchanges == tries)
        }
    }

    @Test("an error number on the profile", arguments: rows)
    func profile(_ row: NumberRow) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            await app.simulator.setBehaviour { $0.faults["profile"] = .error(row.number) }
            let answer = try await browser.press(try await browser.press(page))
            try await check(answer, row.onProfile, app, browser)
        }
    }

    @Test("a busy answer is tried again, twice, and then it works", arguments: [1, 2])
    func busyThenFine(times: Int) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            for _ in 0..<times { await app.simulator.enqueue(.error(-1), for: .exchange) }
            let page = try await browser.open(AuthorizationRequest().url)
            #expect(page.page == "sign-in")
            #expect(app.bridge.exchanges == times + 1)
        }
    }

    @Test("after a failure the person can start again from the page")
    func retryFromPage() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            await app.simulator.enqueue(.error(40029), for: .exchange)
            let page = try await browser.open(AuthorizationRequest().url)
            #expect(page.page == "code-refused")
            #expect(try await browser.pressOn(page).query["code"] != nil)
            #expect(try await app.count("users") == 1)
        }
    }

    struct Trouble: Sendable, CustomTestStringConvertible {
        let fault: Fault
        let status: Int
        var testDescription: String { "\(fault.kind.rawValue)\(fault.takesEffect ? " after effect" : "")" }
    }

    static let lost: [Trouble] = [
        Trouble(fault: Fault(.resetAfterProcessing), status: 502),
        Trouble(fault: Fault(.resetBeforeProcessing), status: 502),
        Trouble(fault: .slow(seconds: 30), status: 504),
        Trouble(fault: Fault(.badGateway), status: 502),
        Trouble(fault: Fault(.badGateway, takesEffect: true), status: 502),
        Trouble(fault: Fault(.emptyBody), status: 502),
        Trouble(fault: Fault(.emptyBody, takesEffect: true), status: 502),
        Trouble(fault: Fault(.truncated), status: 502),
    ]

    @Test("an exchange whose answer was lost is never repeated; later 40163 means start again", arguments: lost)
    func lostAnswer(_ trouble: Trouble) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            await app.simulator.enqueue(trouble.fault, for: .exchange)
            let callback = try await browser.callback(AuthorizationRequest().url)
            let page = try await browser.request(callback)
            try await check(page, [trouble.status], app, browser)
            #expect(app.bridge.exchanges == 1)
            let again = try await browser.request(callback)
            #expect(again.location == nil && again.status.code < 500 && app.bridge.exchanges == 1)
            #expect(try await browser.pressOn(page).query["code"] != nil)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("40163 after a lost answer says start again")
    func usedAfterLost() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            app.bridge.script(
                .body(#"{"errcode":-1,"errmsg":"system error"}"#),
                .body(#"{"errcode":40163,"errmsg":"code been used"}"#))
            let page = try await browser.open(AuthorizationRequest().url)
            #expect(page.page == "code-refused" && browser.mainLink(page) != nil)
            #expect(app.bridge.exchanges == 2)
        }
    }

    static let unreachable: [Trouble] = [
        Trouble(fault: Fault(.tlsFailure), status: 502), Trouble(fault: Fault(.dnsFailure), status: 502),
    ]

    @Test("WeChat out of reach is 502", arguments: unreachable)
    func outOfReach(_ trouble: Trouble) async throws {
        try await TestApp.story { app in
            await app.simulator.setBehaviour { $0.faults["exchange"] = trouble.fault }
            let browser = Browser(app)
            try await check(try await browser.open(AuthorizationRequest().url), [trouble.status], app, browser)
        }
    }

    @Test("a connection that does not open in time is 504")
    func connectTimeout() async throws {
        try await TestApp.story { app in
            let failure = WeChatBridge.Step.fails(.notSent(.connectTimedOut))
            app.bridge.script(failure, failure, failure, failure, failure, failure)
            let browser = Browser(app)
            try await check(try await browser.open(AuthorizationRequest().url), [504], app, browser)
        }
    }

    static let nonsense: [String] = [
        "", "null", "[]", "ok", "{", "{}", "<html>502</html>", #"{"errcode":0}"#, #"{"access_token":"a"}"#,
        #"{"access_token":"","expires_in":7200,"refresh_token":"r","openid":"o","scope":"snsapi_base"}"#,
        #"{"access_token":"a","expires_in":7200,"refresh_token":"r","openid":"","scope":"snsapi_base"}"#,
        #"{"access_token":"a","expires_in":7200,"refresh_token":"r","openid":null,"scope":"snsapi_base"}"#,
        #"{"access_token":"a","expires_in":7200,"refresh_token":"r","openid":["o"],"scope":"snsapi_base"}"#,
        #"{"access_token":"a","expires_in":7200,"refresh_token":"r","openid":"o\u0000x","scope":"snsapi_base"}"#,
        #"{"access_token":"a","expires_in":"soon","refresh_token":"r","openid":"o","scope":"snsapi_base"}"#,
        #"{"errcode":"forty"}"#,
    ]

    @Test("nonsense is an error page and signs nobody in", arguments: nonsense)
    func unreadable(_ body: String) async throws {
        try await TestApp.story { app in
            app.bridge.script(.body(body))
            let browser = Browser(app)
            try await check(try await browser.open(AuthorizationRequest().url), [502], app, browser)
        }
    }

    @Test("a profile of somebody else signs nobody in")
    func foreignProfile() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            let callback = try await browser.callback(try #require(browser.mainLink(page)))
            app.bridge.script(
                .body(
                    #"{"access_token":"86_a","expires_in":7200,"refresh_token":"86_r","openid":"oA","scope":"snsapi_userinfo"}"#
                ),
                .body(#"{"openid":"oB","nickname":"B"}"#))
            try await check(try await browser.request(callback), [502], app, browser)
        }
    }

    @Test("45009: nobody calls for that connection, one try a minute, until it is over")
    func dailyQuota() async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app))
            _ = try await app.code("second", in: Browser(app))
            let start = app.bridge.exchanges
            await app.simulator.setBehaviour(.app("wx0000000000000001")) { $0.faults["exchange"] = .error(45009) }
            for _ in 0..<4 {
                let page = try await Browser(app).open(AuthorizationRequest().url)
                #expect(page.page == "too-many-sign-ins" && page.status == .serviceUnavailable)
            }
            #expect(app.bridge.exchanges == start + 1)
            #expect(app.log.lines.contains { $0.hasPrefix("error") && $0.contains("too-many-sign-ins") })
            // Another connection is not touched.
            #expect(try await Browser(app).open(AuthorizationRequest("second").url).query["code"] != nil)
            app.clock.advance(by: 60)
            for _ in 0..<3 { _ = try await Browser(app).open(AuthorizationRequest().url) }
            #expect(app.bridge.exchanges == start + 3)
            await app.simulator.resetBehaviour(.app("wx0000000000000001"))
            let still = try await Browser(app).open(AuthorizationRequest().url)
            #expect(still.page == "too-many-sign-ins")
            app.clock.advance(by: 60)
            for _ in 0..<2 {
                #expect(try await Browser(app).open(AuthorizationRequest().url).query["code"] != nil)
            }
        }
    }
}
