import Testing

@testable import IdP

@Suite("Attempts are counted before anything else")
struct AttemptLimiterTests {
    @Test("of parallel attempts no more than the limit pass")
    func parallel() async {
        let clock = StoryClock()
        let limiter = AttemptLimiter(now: { clock.now })
        let passed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 { group.addTask { limiter.take("one", limit: 7) } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(passed == 7)
        #expect(limiter.take("two", limit: 7))
    }

    @Test("an attempt that was no guess is given back, a window ends, and nothing goes below nought")
    func givenBack() {
        let clock = StoryClock()
        let limiter = AttemptLimiter(now: { clock.now })
        limiter.giveBack("one")
        #expect(limiter.take("one", limit: 1) && !limiter.take("one", limit: 1))
        limiter.giveBack("one")
        limiter.giveBack("one")
        #expect(limiter.take("one", limit: 1) && !limiter.take("one", limit: 1))
        clock.advance(by: 599)
        #expect(!limiter.take("one", limit: 1))
        clock.advance(by: 1)
        #expect(limiter.take("one", limit: 1))
    }

    @Test("a flood of sources does not grow without end")
    func flood() {
        let clock = StoryClock()
        let limiter = AttemptLimiter(now: { clock.now })
        for number in 0..<60_000 { #expect(limiter.take("\(number)", limit: 1)) }
        // The newest are still remembered.
        #expect(!limiter.take("59999", limit: 1))
    }
}
