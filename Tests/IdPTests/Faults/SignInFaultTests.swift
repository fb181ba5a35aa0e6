import HTTPTypes
import JWT
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

@Suite("Every fault of WeChat's, met by a whole sign-in: the right page, nothing half made, a way to start again")
struct SignInFaultTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let fault: Fault
        /// The page and its status; nil when the sign-in goes through.
        let page: (marker: String, status: Int)?
        let point: FaultPoint

        var testDescription: String { "\(name) at \(point.rawValue)" }
    }

    private static let faults: [(String, Fault, (String, Int)?)] = [
        ("slow, 3 s", .slow(seconds: 3), nil),
        ("slow, 10 s", .slow(seconds: 10), ("wechat-slow", 504)),
        ("slow, 60 s", .slow(seconds: 60), ("wechat-slow", 504)),
        ("reset after the code was consumed", Fault(.resetAfterProcessing), ("wechat-busy", 502)),
        ("reset before", Fault(.resetBeforeProcessing), ("wechat-busy", 502)),
        ("502 with HTML", Fault(.badGateway), ("wechat-unreadable", 502)),
        (
            "502 with HTML after the code was consumed", Fault(.badGateway, takesEffect: true),
            ("wechat-unreadable", 502)
        ),
        ("an empty answer", Fault(.emptyBody), ("wechat-unreadable", 502)),
        ("half an answer", Fault(.truncated), ("wechat-unreadable", 502)),
        ("-1 for ever", .error(-1), ("wechat-busy", 503)),
        ("45009", .error(45009), ("too-many-sign-ins", 503)),
        ("45011", .error(45011), ("too-many-sign-ins", 503)),
        ("TLS failure", Fault(.tlsFailure), ("wechat-busy", 502)),
        ("DNS failure", Fault(.dnsFailure), ("wechat-busy", 502)),
    ]

    static let rows = faults.flatMap { name, fault, page in
        FaultPoint.allCases.map {
            Row(name: name, fault: fault, page: page.map { (marker: $0.0, status: $0.1) }, point: $0)
        }
    }

    @Test("a fault", arguments: rows)
    func fault(_ row: Row) async throws {
        try await TestApp.story { app async throws -> Void in
            let browser = Browser(app)
            let answer = try await app.signIn(browser, meeting: row.fault, at: row.point)
            guard let page = row.page else {
                #expect(answer.query["code"] != nil, "\(answer.status) \(answer.page ?? "")")
                #expect(try await app.count("users") == 1)
                return
            }
            #expect(answer.page == page.marker && Int(answer.status.code) == page.status, "\(answer.status)")
            #expect((answer.headers[.retryAfter] != nil) == (page.status == 503))
            #expect(answer.text.contains(try #require(answer.headers[.xRequestID])))
            try await app.expectNoTrace(browser)
            try await app.expectRestart(browser, from: answer)
            app.expectNoSecrets(browser)
        }
    }

    @Test("-1 once, or twice, is not seen by anybody", arguments: FaultPoint.allCases, [1, 2])
    func busyAtFirst(_ point: FaultPoint, times: Int) async throws {
        try await TestApp.story { app async throws -> Void in
            let browser = Browser(app)
            var page: Answer?
            if point != .silentExchange { page = try await browser.open(AuthorizationRequest().url) }
            for _ in 0..<times { await app.simulator.enqueue(.error(-1), for: point.endpoint) }
            let first = if let page { page } else { try await browser.open(AuthorizationRequest().url) }
            #expect(try await browser.pressOn(first).query["code"] != nil)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("40163 after a success that was stored leads the browser where the success did")
    func usedAfterSuccess() async throws {
        try await TestApp.story { app async throws -> Void in
            _ = try await app.code(in: Browser(app))
            let browser = Browser(app)
            let callback = try await browser.callback(AuthorizationRequest().url)
            let first = try await browser.request(callback)
            app.bridge.script(.body(#"{"errcode":40163,"errmsg":"code been used"}"#))
            let exchanges = app.bridge.exchanges
            let again = try await browser.request(callback)
            // WeChat is not even asked.
            #expect(app.bridge.exchanges == exchanges)
            #expect(again.location == first.location && first.query["code"] != nil)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test(
        "an expired code, a changed password and a frozen account",
        arguments: [
            (42003, "code-refused", 400), (40029, "code-refused", 400), (42007, "code-refused", 400),
            (50002, "account-limited", 403), (40226, "account-limited", 403),
        ])
    func person(_ row: (Int, String, Int)) async throws {
        let (number, page, status) = row
        for point in FaultPoint.allCases {
            try await TestApp.story { app async throws -> Void in
                let browser = Browser(app)
                let answer = try await app.signIn(browser, meeting: .error(number), at: point)
                #expect(answer.page == page && Int(answer.status.code) == status)
                try await app.expectNoTrace(browser)
                if status == 400 { try await app.expectRestart(browser, from: answer) }
            }
        }
    }

    @Test("a changed password unlinks nobody: the account is found again")
    func passwordChanged() async throws {
        try await TestApp.story { app async throws -> Void in
            let first = try await app.verified(try await app.tokens().field("id_token"), type: .jwt).subject
            await app.simulator.setBehaviour { $0.faults["exchange"] = .error(42007) }
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest().url)
            #expect(page.page == "code-refused")
            await app.simulator.resetBehaviour()
            let answer = try await browser.pressOn(page)
            let again = try await app.redeem(try #require(answer.query["code"]))
            #expect(try await app.verified(again.field("id_token"), type: .jwt).subject == first)
        }
    }

    @Test(
        "`api` has no address or cannot be reached, and `api2` lives: nobody notices",
        arguments: [
            Fault(.dnsFailure, host: "api.weixin.qq.com"), Fault(.tlsFailure, host: "api.weixin.qq.com"),
        ])
    func backup(_ fault: Fault) async throws {
        try await TestApp.story(yaml: Self.withBackup) { app async throws -> Void in
            await app.simulator.setBehaviour {
                $0.faults["exchange"] = fault
                $0.faults["profile"] = fault
            }
            for person in ["alice", "xiaoming"] {
                #expect(try await !app.code(in: Browser(app, person: person)).isEmpty)
            }
            #expect(app.log.lines.contains { $0.hasPrefix("error WeChat does not answer") })
            // The dead host is left alone: the last sign-in went to the other one at once.
            let before = app.bridge.calls("//api.weixin.qq.com/")
            #expect(try await !app.code("second", in: Browser(app)).isEmpty)
            #expect(app.bridge.calls("//api.weixin.qq.com/") == before)
        }
    }

    private static func withBackup(_ yaml: String) -> String {
        "wechat:\n  backup_api_url: https://api2.weixin.qq.com\n" + yaml
    }
}
