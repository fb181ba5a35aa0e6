import HTTPTypes
import Testing
import WeChatSimulator

@testable import IdP

/// A call to WeChat of a whole sign-in, and where a fault meets it.
enum FaultPoint: String, CaseIterable, Sendable {
    /// Nothing has been shown yet.
    case silentExchange
    /// The person has pressed the button and agreed.
    case exchange
    /// The code is spent, the profile is still to be read.
    case profile

    var endpoint: Endpoint { self == .profile ? .profile : .exchange }
}

extension TestApp {
    /// A stranger's sign-in that meets a fault; the page it ends on, or the redirect.
    func signIn(_ browser: Browser, meeting fault: Fault, at point: FaultPoint) async throws -> Answer {
        let plant: @Sendable () async -> Void = {
            await simulator.setBehaviour { $0.faults[point.endpoint.rawValue] = fault }
        }
        if point == .silentExchange { await plant() }
        let page = try await browser.open(AuthorizationRequest().url)
        guard point != .silentExchange else { return try await browser.pressOn(page, stoppingAtFailures: true) }
        #expect(page.page == "sign-in")
        await plant()
        return try await browser.pressOn(page, stoppingAtFailures: true)
    }

    /// Checks that a failed sign-in has left nothing, and that no secret of WeChat's is in the log or on a page.
    func expectNoTrace(_ browser: Browser) async throws {
        #expect(browser.cookies["__Host-wxidp-session-default"] == nil)
        for table in ["users", "sessions", "grants", "authorization_codes", "wechat_openids", "wechat_unionids"] {
            #expect(try await count(table) == 0, "\(table)")
        }
        expectNoSecrets(browser)
    }

    func expectNoSecrets(_ browser: Browser) {
        var secrets: Set<String> = [TestConfiguration.appSecret]
        for url in bridge.urls {
            let parameters = Address.parameters(url, after: "?")
            for name in ["secret", "code", "access_token", "openid"] {
                if let value = parameters[name] { secrets.insert(value) }
            }
        }
        #expect(secrets.count > 1)
        for text in log.lines + browser.pages {
            for secret in secrets where text.contains(secret) {
                Issue.record("a secret in: \(text.prefix(200))")
            }
        }
    }

    /// Presses "sign in again" on the page of a failure, now that WeChat is well: exactly one account comes of it.
    func expectRestart(_ browser: Browser, from page: Answer) async throws {
        await simulator.resetBehaviour()
        clock.advance(by: 60)
        let answer = try await browser.pressOn(page)
        #expect(answer.query["code"] != nil, "\(answer.status) \(answer.page ?? "")")
        #expect(try await redeem(answer.query["code"] ?? "").status == .ok)
        #expect(try await count("users") == 1)
        #expect(try await count("wechat_openids") == 1)
    }
}

extension Browser {
    /// Presses on until the browser leaves or a page tells of a failure.
    func pressOn(_ first: Answer, stoppingAtFailures: Bool) async throws -> Answer {
        var answer = first
        for _ in 0..<8 where answer.location == nil && answer.status == .ok { answer = try await press(answer) }
        return answer
    }
}
