import HTTPTypes
import Synchronization
import Testing
import WeChat

@testable import IdP

@Suite("While WeChat hangs, everything else goes on")
struct HangingWeChatTests {
    @Test("five hundred sign-ins hang, and discovery, keys, tokens and userinfo answer meanwhile")
    func fiveHundred() async throws {
        try await TestApp.story { app async throws -> Void in
            let tokens = try await app.tokens()
            let visitors = try await Self.each((0..<500).map { _ in Browser(app) }) { browser in
                (browser, try await browser.callback(AuthorizationRequest().url))
            }
            let gate = Gate()
            app.bridge.take { request async throws(WeChatTransportError) in
                await gate.wait()
                throw .answerLost(.timedOut)
            }
            let visits = Task {
                try await Self.each(visitors) { browser, callback in
                    let answer = try await browser.request(callback)
                    gate.note(answer)
                    return answer
                }
            }
            // As many as may wait do, and the others have been told at once.
            try await gate.settle(waiting: HostBreaker.mostAtOnce, answered: 500 - HostBreaker.mostAtOnce)
            var refreshed = tokens
            for _ in 0..<20 {
                #expect(try await app.send("/oidc/.well-known/openid-configuration").status == .ok)
                #expect(try await app.send("/oidc/.well-known/jwks.json").status == .ok)
                #expect(try await app.me(refreshed.field("access_token")).status == .ok)
                refreshed = try await app.refresh(refreshed.field("refresh_token"))
                #expect(refreshed.status == .ok)
                // A new sign-in's first page needs no WeChat either.
                #expect(try await Browser(app).request(AuthorizationRequest().url).location?.contains("weixin") == true)
            }
            // All that time nobody's call to WeChat ended.
            #expect(gate.waiting == HostBreaker.mostAtOnce && gate.answered == 500 - HostBreaker.mostAtOnce)
            gate.open()
            let answers = try await visits.value
            let busy = answers.filter { $0.status == .serviceUnavailable }
            #expect(busy.count == 500 - HostBreaker.mostAtOnce, "\(gate.pages)")
            #expect(busy.allSatisfy { $0.page == "wechat-busy" && $0.headers[.retryAfter] != nil })
            #expect(
                answers.count { $0.status == .gatewayTimeout && $0.page == "wechat-slow" } == HostBreaker.mostAtOnce)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("after five time-outs the next visitor is told at once, and one in ten seconds tries again")
    func leftAlone() async throws {
        try await TestApp.story { app async throws -> Void in
            app.bridge.take { _ async throws(WeChatTransportError) in throw .answerLost(.timedOut) }
            for _ in 0..<HostBreaker.threshold {
                #expect(try await Browser(app).open(AuthorizationRequest().url).page == "wechat-slow")
            }
            let calls = app.bridge.urls.count
            let told = try await Browser(app).open(AuthorizationRequest().url)
            #expect(told.page == "wechat-busy" && told.status == .serviceUnavailable)
            #expect(told.headers[.retryAfter] == "10")
            #expect(app.bridge.urls.count == calls)
            // Nothing has reached WeChat, so nothing was lost.
            app.clock.advance(by: HostBreaker.pause)
            #expect(try await Browser(app).open(AuthorizationRequest().url).page == "wechat-slow")
            #expect(try await Browser(app).open(AuthorizationRequest().url).page == "wechat-busy")
            #expect(app.bridge.urls.count == calls + 1)
            app.clock.advance(by: HostBreaker.pause)
            app.bridge.take(nil)
            let browser = Browser(app)
            #expect(try await browser.pressOn(try await browser.open(AuthorizationRequest().url)).query["code"] != nil)
        }
    }

    private static func each<Element: Sendable, Result: Sendable>(
        _ elements: [Element], _ work: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: Result.self) { group in
            for element in elements { group.addTask { try await work(element) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}

/// Holds back whoever comes until it opens, and counts.
private final class Gate: Sendable {
    private struct State {
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isOpen = false
        var answered: [String: Int] = [:]
    }

    private let state = Mutex(State())

    var waiting: Int { state.withLock { $0.waiters.count } }
    var answered: Int { state.withLock { $0.answered.values.reduce(0, +) } }
    /// How many got which page.
    var pages: [String: Int] { state.withLock(\.answered) }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.isOpen = true
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func note(_ answer: Answer) {
        let page = answer.page ?? "\(answer.status) \(answer.location?.prefix(60) ?? "")"
        state.withLock { $0.answered[page, default: 0] += 1 }
    }

    /// Returns once so many wait and so many have been answered.
    func settle(waiting: Int, answered: Int) async throws {
        for _ in 0..<60_000 where self.waiting < waiting || self.answered < answered {
            try await Task.sleep(for: .milliseconds(1))
        }
        try #require(
            self.waiting == waiting && self.answered == answered, "\(self.waiting) wait, \(pages)")
    }
}
