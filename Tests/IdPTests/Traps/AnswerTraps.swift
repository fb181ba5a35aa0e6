import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

/// What WeChat answers, and what becomes of it.
enum AnswerTraps {
    @Sendable static func textPlain() async throws {
        try await WireFaultTests.story { app, wire async throws -> Void in
            app.bridge.take(wire.detour(to: wire.simulator))
            #expect(try await !app.code(in: Browser(app)).isEmpty)
            let answer = await app.simulator.answer(
                method: "GET", pathAndQuery: "/sns/oauth2/access_token", headers: ["host": "api.weixin.qq.com"])
            #expect(answer.response?.headers.contains { $0.1 == "text/plain" } == true)
        }
    }

    @Sendable static func brokenText() async throws {
        try await signIn(["control-characters", "escaped-nul", "broken-utf8"])
    }

    @Sendable static func emoji() async throws {
        try await TestApp.story { app async throws -> Void in
            let tokens = try await app.tokens(in: Browser(app, person: "emoji-only"))
            #expect(try await app.me(tokens.field("access_token")).field("nickname") == "👨‍👩‍👧‍👦🏳️‍🌈")
        }
    }

    @Sendable static func zoo() async throws {
        try await signIn(SimulatedUser.zoo.map(\.id))
    }

    /// Everybody signs in, nobody's name opens HTML, and every token can be read.
    private static func signIn(_ people: [String]) async throws {
        try await TestApp.story { app async throws -> Void in
            for person in people {
                let browser = Browser(app, person: person)
                let tokens = try await app.tokens(in: browser)
                _ = try await app.verified(tokens.field("id_token"), type: .jwt)
                #expect(try await app.me(tokens.field("access_token")).status == .ok, "\(person)")
                let ours = browser.pages.filter { $0.contains("wxidp-page") }
                #expect(
                    !ours.contains { $0.contains("<img") || $0.contains("<script>alert") || $0.contains("onerror") })
            }
            #expect(try await app.count("users") == people.count)
        }
    }

    @Sendable static func errcodeIsAMember() async throws {
        try await signIn(["json"])
        try await TestApp.story { app async throws -> Void in
            // errcode 0 in a good answer is no error.
            app.bridge.script(
                .body(
                    #"{"errcode":0,"errmsg":"ok","access_token":"86_a","expires_in":7200,"refresh_token":"86_r","openid":"oZero","scope":"snsapi_base"}"#
                ))
            #expect(try await !app.code("based", in: Browser(app)).isEmpty)
            #expect(try await app.count("wechat_openids", where: "openid = 'oZero'") == 1)
        }
    }

    @Sendable static func errorsWithStatus200() async throws {
        try await errcodeIsAMember()
        try await textPlain()
        try await TestApp.story { app async throws -> Void in
            app.bridge.script(.body(#"{"errcode":40029,"errmsg":"invalid code, hints: [ req_id: x ]"}"#, status: 200))
            let page = try await Browser(app).open(AuthorizationRequest().url)
            #expect(page.page == "code-refused" && page.status == .badRequest)
            #expect(try await app.isUntouched())
        }
    }

    @Sendable static func numbersAreNotRefusals() async throws {
        try await TestApp.story { app async throws -> Void in
            for query in ["code=abc", "code=abc&state=", "code=abc&state=" + String(repeating: "0", count: 32)] {
                let page = try await Browser(app).request("/connections/wechat/callback?" + query)
                #expect(page.page == "start-again" && page.location == nil)
            }
            #expect(app.bridge.exchanges == 0)
            for (number, page) in [
                (40125, "connection-misconfigured"), (45011, "too-many-sign-ins"), (42003, "code-refused"),
            ] {
                await app.simulator.enqueue(.error(number), for: .exchange)
                let answer = try await Browser(app).open(AuthorizationRequest().url)
                #expect(answer.page == page && answer.location == nil)
            }
        }
    }

    @Sendable static func failureHoldsNoSecret() async throws {
        try await TestApp.story { app async throws -> Void in
            let browser = Browser(app)
            for fault in [
                .error(40125), .error(40029), Fault(.resetAfterProcessing), Fault(.truncated), Fault(.tlsFailure),
            ] {
                await app.simulator.setBehaviour { $0.faults["exchange"] = fault }
                _ = try await browser.open(AuthorizationRequest().url)
            }
            #expect(app.log.lines.count > 10)
            app.expectNoSecrets(browser)
        }
    }

    @Sendable static func everyNumber() async throws {
        for row in WeChatTroubleTests.rows {
            let error = WeChatError.api(APIError(call: .codeExchange, code: ErrorCode(number: row.number)))
            let status = Int(PageFailure.weChat(error, retry: "/").status.code)
            #expect(row.onExchange.contains(status), "\(row.number)")
            #expect((error.kind == .user) == (status < 500), "\(row.number)")
        }
        try await TestApp.story { app async throws -> Void in
            let browser = Browser(app)
            for row in WeChatTroubleTests.rows {
                app.clock.advance(by: 61)
                await app.simulator.setBehaviour { $0.faults["exchange"] = .error(row.number) }
                let page = try await browser.open(AuthorizationRequest().url)
                #expect(row.onExchange.contains(Int(page.status.code)), "\(row.number) \(page.status)")
            }
            #expect(try await app.isUntouched())
            app.expectNoSecrets(browser)
        }
    }

    @Sendable static func timeoutAfterConsumption() async throws {
        try await TestApp.story { app async throws -> Void in
            let browser = Browser(app)
            let page = try await app.signIn(browser, meeting: .slow(seconds: 30), at: .exchange)
            #expect(page.page == "wechat-slow" && page.status == .gatewayTimeout)
            try await app.expectNoTrace(browser)
            try await app.expectRestart(browser, from: page)
        }
    }
}
