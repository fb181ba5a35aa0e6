import Foundation
import Testing
import WeChat

@testable import IdP

@Suite("A host of WeChat's that does not answer is left alone for a while")
struct HostBreakerTests {
    private let clock = StoryClock()
    private let log = LogCapture()
    private let host = "https://api.weixin.qq.com"

    private func breaker() -> HostBreaker {
        HostBreaker(now: { [clock] in clock.now }, logger: log.logger("breaker"))
    }

    private func call(_ breaker: HostBreaker, _ outcome: HostBreaker.Outcome) async throws {
        await breaker.note(try await breaker.permit(for: host), outcome)
    }

    private func expectPaused(_ breaker: HostBreaker) async {
        await #expect(throws: WeChatTransportError.notSent(.paused)) { try await breaker.permit(for: host) }
    }

    private func paused() async throws -> HostBreaker {
        let breaker = breaker()
        for _ in 0..<HostBreaker.threshold { try await call(breaker, .unreachable) }
        await expectPaused(breaker)
        return breaker
    }

    @Test("failures count only in a row, and what is unclear does not count")
    func consecutive() async throws {
        let breaker = breaker()
        for _ in 0..<5 {
            for _ in 0..<(HostBreaker.threshold - 1) { try await call(breaker, .unreachable) }
            try await call(breaker, .answered)
        }
        for _ in 0..<20 { try await call(breaker, .unclear) }
        try await call(breaker, .unreachable)
        #expect(log.lines.isEmpty)
    }

    @Test("a pause ends when one call has been answered; until then only that one is made")
    func probe() async throws {
        let breaker = try await paused()
        clock.advance(by: HostBreaker.pause - 1)
        await expectPaused(breaker)
        clock.advance(by: 1)
        let probe = try await breaker.permit(for: host)
        await expectPaused(breaker)
        await breaker.note(probe, .answered)
        for _ in 0..<3 { try await call(breaker, .answered) }
        #expect(log.lines.count == 2)
    }

    @Test("a probe that fails begins another pause; one that says nothing lets the next one try")
    func failedProbe() async throws {
        let breaker = try await paused()
        clock.advance(by: HostBreaker.pause)
        try await call(breaker, .unclear)
        try await call(breaker, .unreachable)
        await expectPaused(breaker)
        clock.advance(by: HostBreaker.pause - 1)
        await expectPaused(breaker)
        clock.advance(by: 1)
        try await call(breaker, .answered)
        try await call(breaker, .answered)
    }

    @Test("what began before the pause neither ends nor prolongs it")
    func stragglers() async throws {
        let breaker = breaker()
        var old: [HostBreaker.Permit] = []
        for _ in 0..<20 { old.append(try await breaker.permit(for: host)) }
        for permit in old.prefix(HostBreaker.threshold) { await breaker.note(permit, .unreachable) }
        await expectPaused(breaker)
        await breaker.note(old[10], .answered)
        await expectPaused(breaker)
        clock.advance(by: HostBreaker.pause - 1)
        for permit in old.suffix(9) { await breaker.note(permit, .unreachable) }
        clock.advance(by: 1)
        try await call(breaker, .answered)
    }

    @Test("hosts are paused one by one, and a clock that is set back prolongs nothing")
    func separate() async throws {
        let breaker = try await paused()
        await breaker.note(try await breaker.permit(for: "https://api2.weixin.qq.com"), .answered)
        clock.advance(by: -3600)
        try await call(breaker, .answered)
    }

    @Test("beyond so many calls at once nobody waits, and each that ends makes room for one")
    func crowded() async throws {
        let breaker = breaker()
        var permits: [HostBreaker.Permit] = []
        for _ in 0..<HostBreaker.mostAtOnce { permits.append(try await breaker.permit(for: host)) }
        await #expect(throws: WeChatTransportError.notSent(.crowded)) { try await breaker.permit(for: host) }
        await breaker.note(permits[0], .answered)
        permits.append(try await breaker.permit(for: host))
        await #expect(throws: WeChatTransportError.notSent(.crowded)) { try await breaker.permit(for: host) }
    }
}
