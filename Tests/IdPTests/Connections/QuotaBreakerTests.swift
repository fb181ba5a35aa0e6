import Testing
import WeChat

@testable import IdP

/// A used-up quota: no more calls, but for one a minute.
@Suite struct QuotaBreakerTests {
    private let clock = StoryClock()
    private let breaker: QuotaBreaker

    init() {
        breaker = QuotaBreaker(now: { [clock] in clock.now })
    }

    private func exhaust(_ key: String = "default/mp") async throws {
        await breaker.noteAnswer(try #require(await breaker.permit(for: key)), isQuotaError: true)
    }

    @Test("after 45009 nobody calls for a minute, then one does")
    func oneAMinute() async throws {
        try await exhaust()
        #expect(await breaker.permit(for: "default/mp") == nil)
        clock.advance(by: 59)
        #expect(await breaker.permit(for: "default/mp") == nil)
        clock.advance(by: 1)
        #expect(await breaker.permit(for: "default/mp") != nil)
        #expect(await breaker.permit(for: "default/mp") == nil)
        // The one whose answer was lost counts as this minute's.
        clock.advance(by: 59)
        #expect(await breaker.permit(for: "default/mp") == nil)
        clock.advance(by: 1)
        #expect(await breaker.permit(for: "default/mp") != nil)
    }

    @Test("of many who come when the minute is over, one calls")
    func manyAtOnce() async throws {
        try await exhaust()
        clock.advance(by: 60)
        let permitted = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask { [breaker] in await breaker.permit(for: "default/mp") != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(permitted == 1)
    }

    @Test("a try that fails again prolongs the break")
    func again() async throws {
        try await exhaust()
        clock.advance(by: 60)
        try await exhaust()
        clock.advance(by: 59)
        #expect(await breaker.permit(for: "default/mp") == nil)
    }

    @Test("a try that succeeds ends it")
    func over() async throws {
        try await exhaust()
        clock.advance(by: 60)
        await breaker.noteAnswer(try #require(await breaker.permit(for: "default/mp")), isQuotaError: false)
        for _ in 0..<5 { #expect(await breaker.permit(for: "default/mp") != nil) }
    }

    @Test("a call that began before the break says nothing about it")
    func older() async throws {
        let older = try #require(await breaker.permit(for: "default/mp"))
        try await exhaust()
        await breaker.noteAnswer(older, isQuotaError: false)
        #expect(await breaker.permit(for: "default/mp") == nil)
    }

    @Test("each connection has its own quota")
    func keys() async throws {
        try await exhaust()
        #expect(await breaker.permit(for: "default/mp") == nil)
        #expect(await breaker.permit(for: "shop/mp") != nil)
        #expect(await breaker.permit(for: "default/other") != nil)
    }

    @Test("visitors are told while nobody asks WeChat")
    func gateway() async throws {
        let bodies = BodyScript([#"{"errcode":45009,"errmsg":"x"}"#, #"{"errcode":40029,"errmsg":"x"}"#])
        let connection = try #require(
            try ConfigurationText.parse(ConfigurationText.minimal()).defaultPool?.connections.first)
        let gateway = WeChatGateway(
            settings: try ConfigurationText.parse(ConfigurationText.minimal()).wechat, transport: bodies,
            breaker: breaker, crowd: ConnectionCrowd(), sleep: { _ in }, uptime: Surroundings.systemUptime)
        for (seconds, calls, code) in [
            (0.0, 1, ErrorCode.dailyQuotaReached), (1, 1, .dailyQuotaReached), (59, 2, .invalidCode),
        ] {
            clock.advance(by: seconds)
            let error = await #expect(throws: WeChatError.self) {
                try await gateway.visitor(
                    connection, pool: .default, code: AuthorizationCode("0713eFw0abcdefghijklmnopqrstuvwx"),
                    language: .english)
            }
            guard case .api(let api) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(api.code == code)
            #expect(await bodies.calls == calls)
        }
    }
}

/// Answers with one body after the other.
actor BodyScript: WeChatTransport {
    private var bodies: [String]
    private(set) var calls = 0

    init(_ bodies: [String]) {
        self.bodies = bodies
    }

    func send(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse {
        calls += 1
        guard !bodies.isEmpty else { throw .answerLost(.timedOut) }
        return WeChatResponse(status: 200, body: Array(bodies.removeFirst().utf8))
    }
}
