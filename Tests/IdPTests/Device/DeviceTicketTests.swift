import Foundation
import HTTPTypes
import Testing

@testable import IdP

@Suite("A device's ticket opens where and while it was meant to")
struct DeviceTicketTests {
    private let now = Date(timeIntervalSince1970: 1_760_000_000)

    private func ticket(_ sealer: Sealer, in pool: PoolID, sid: String?) throws -> String {
        let code = try #require(UserCode(typed: "BCDF-GHJK"))
        return try DeviceTicket(
            userCode: code, sid: sid.map { SessionID(rawValue: $0) }, expiresAt: now + 600
        ).sealed(with: sealer, in: pool)
    }

    @Test("not at another pool, not with another key, not after its time, not changed")
    func refused() throws {
        let (sealer, other) = (
            try Sealer(masterKey: Array(repeating: 1, count: 32)), try Sealer(masterKey: Array(repeating: 2, count: 32))
        )
        let pool = try #require(PoolID(rawValue: "other"))
        let sealed = try ticket(sealer, in: .default, sid: "s")
        #expect(DeviceTicket(sealed, sealer: sealer, in: pool, now: now) == nil)
        #expect(DeviceTicket(sealed, sealer: other, in: .default, now: now) == nil)
        #expect(DeviceTicket(sealed, sealer: sealer, in: .default, now: now + 600) == nil)
        #expect(DeviceTicket(String(sealed.dropLast()), sealer: sealer, in: .default, now: now) == nil)
        #expect(DeviceTicket(sealed + "AAAA", sealer: sealer, in: .default, now: now) == nil)
        #expect(DeviceTicket(nil, sealer: sealer, in: .default, now: now) == nil)
    }

    @Test("with what was put in, which nobody can read", arguments: [nil, "0123456789abcdef"])
    func opened(_ sid: String?) throws {
        let sealer = try Sealer(masterKey: Array(repeating: 1, count: 32))
        let sealed = try ticket(sealer, in: .default, sid: sid)
        let opened = try #require(DeviceTicket(sealed, sealer: sealer, in: .default, now: now + 599))
        #expect(opened.userCode.display == "BCDF-GHJK" && opened.sid?.rawValue == sid)
        #expect(!sealed.contains("BCDF"))
    }

    @Test("of decisions that are made at once, one counts")
    func race() async throws {
        try await TestApp.tokenStory { app in
            let (device, browser) = (try await app.device(), Browser(app))
            let page = try await browser.reachDecision(device.userCode)
            let pages = try await withThrowingTaskGroup(of: Answer.self) { group in
                for number in 0..<10 {
                    group.addTask { try await browser.decide(number % 2 == 0 ? "allow" : "deny", on: page) }
                }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            let decided = pages.filter { ["device-done", "device-denied"].contains($0.page) }
            #expect(decided.count == 1)
            let answer = try await device.poll()
            #expect((answer.status == .ok) == (decided.first?.page == "device-done"))
        }
    }
}
