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
            try await gate.settle(waiting: ConnectionCrowd.mostAtOnce, answered: 500 - ConnectionCrowd.mostAtOnce)
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
            #expect(gate.waiting == ConnectionCrowd.mostAtOnce && gate.answered == 500 - ConnectionCrowd.mostAtOnce)
            gate.open()
            let answers = try await visits.value
            let busy = answers.filter { $0.status == .serviceUnavailable }
            #expect(busy.count == 500 - ConnectionCrowd.mostAtOnce, "\(gate.pages)")
            #expect(busy.allSatisfy { $0.page == "wechat-busy" && $0.headers[.retryAfter] != nil })
            #expect(
                answers.count { $0.status == .gatewayTimeout && $0.page == "wechat-slow" } == ConnectionCrowd.mostAtOnce
            )
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

    @Test(
        "made-up codes that hang at two mini programs leave room for who comes by browser, and for their own programs")
    func anonymousCodes() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app async throws -> Void in
            let (gate, simulator) = (Gate(), app.bridge)
            defer { gate.open() }
            app.bridge.take { request async throws(WeChatTransportError) in
                guard request.url.exposeSecret().contains("jscode2session") else {
                    return try await simulator.onward(request)
                }
                await gate.wait()
                throw .answerLost(.timedOut)
            }
            var floods: [Task<[Answer], any Error>] = []
            var (waiting, answered) = (0, 0)
            for client in ["mini-one", "mini-two"] {
                floods.append(
                    Task {
                        try await Self.each(Array(0..<100)) { number in
                            let answer = try await app.exchange("made-up-\(number)", client)
                            gate.note(answer)
                            return answer
                        }
                    })
                // The second program has its places, whatever happens at the first.
                (waiting, answered) = (waiting + 64, answered + 36)
                try await gate.settle(waiting: waiting, answered: answered)
                let browser = Browser(app)
                let page = try await browser.open(AuthorizationRequest().url)
                #expect(try await browser.pressOn(page).query["code"] != nil)
            }
            // All places for codes are taken, on this node; the browsers' are not.
            let last = Task {
                let answer = try await app.exchange("made-up", "phone-app", type: .mobileCode)
                gate.note(answer)
                return answer
            }
            try await gate.settle(waiting: waiting, answered: answered + 1)
            let third = try await last.value
            #expect(third.status == .serviceUnavailable && third.error == "temporarily_unavailable")
            gate.open()
            for flood in floods {
                let answers = try await flood.value
                #expect(answers.allSatisfy { $0.status == .serviceUnavailable && $0.headers[.retryAfter] != nil })
                #expect(answers.count { $0.headers[.retryAfter] == "1" } == 36)
            }
        }
    }

    @Test("codes that hang leave a connection's other half to browsers, and the connection leaves half to others")
    func shares() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app async throws -> Void in
            let gate = Gate()
            defer { gate.open() }
            app.bridge.take { _ async throws(WeChatTransportError) in
                await gate.wait()
                throw .answerLost(.timedOut)
            }
            let signIn = try app.miniProgramSignIn()
            let (mini, other, pool) = (try app.connection("mini"), try app.connection("mp"), try app.pool())
            @Sendable func visit(_ connection: Connection, of pool: PoolID) async -> WeChatError? {
                do throws(WeChatError) {
                    _ = try await signIn.gateway.visitor(
                        connection, pool: pool, code: AuthorizationCode("by-browser"), language: .english)
                    return nil
                } catch {
                    return error
                }
            }
            let codes = Task {
                try await Self.each(Array(0..<64)) { number in
                    await #expect(throws: AppSignInFailure.self) {
                        try await signIn.signIn(LoginCode("made-up-\(number)"), at: mini, in: pool)
                    }
                }
            }
            try await gate.settle(waiting: 64, answered: 0)
            let visits = Task { try await Self.each(Array(0..<64)) { _ in await visit(mini, of: pool.id) } }
            try await gate.settle(waiting: 128, answered: 0)
            let late = Task {
                let error = await visit(mini, of: pool.id)
                gate.note(error?.description ?? "a visitor")
                return error
            }
            try await gate.settle(waiting: 128, answered: 1)
            #expect(await late.value == .transport(.notSent(.crowded)))
            let others = Task { await visit(other, of: pool.id) }
            let otherPools = Task { await visit(mini, of: PoolID(rawValue: "other") ?? .default) }
            try await gate.settle(waiting: 130, answered: 1)
            gate.open()
            _ = try await codes.value
            for error in try await visits.value + [others.value, otherPools.value] {
                #expect(error == .transport(.answerLost(.timedOut)))
            }
            // Whoever has left makes room.
            #expect(await visit(mini, of: pool.id) == .transport(.answerLost(.timedOut)))
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
        note(answer.page ?? "\(answer.status) \(answer.location?.prefix(60) ?? "")")
    }

    func note(_ page: String) {
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
