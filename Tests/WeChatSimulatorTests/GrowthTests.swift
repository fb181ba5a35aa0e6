import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import WeChatSimulator

@Suite("A simulator that runs for days")
struct GrowthTests {
    @Test("forgets the oldest of very many")
    func forgets() {
        var recent = Recent<Int, Int>()
        for number in 0..<50_000 { recent[number] = number }
        #expect(recent.count <= 20_000)
        #expect(recent[0] == nil && recent[29_999] == nil && recent[30_000] == 30_000)
        #expect((40_000..<50_000).allSatisfy { recent[$0] == $0 })
        recent[49_999] = 1
        #expect(recent[49_999] == 1)
        #expect(recent.removeValue(forKey: 49_999) == 1)
        #expect(recent[49_999] == nil)
    }

    @Test("remembers what is used, however much comes and goes")
    func comesAndGoes() {
        var recent = Recent<Int, Int>()
        for number in 0..<50_000 {
            recent[number] = number
            #expect(recent.removeValue(forKey: number) == number)
        }
        #expect(recent.count == 0)
        recent[50_000] = 1
        #expect(recent[50_000] == 1)
    }

    @Test("keeps sessions apart when old ones are forgotten")
    func sessions() {
        var grants = Grants()
        for number in 0..<30_000 {
            grants.open(
                Grants.Session(
                    appID: "wx",
                    person: Person(userID: "\(number)", openID: "o", unionID: nil, isVirtual: false),
                    scope: "snsapi_base",
                    refreshExpiresAt: .distantFuture,
                    accessToken: "a\(number)",
                    accessExpiresAt: .distantFuture,
                    refreshToken: "r\(number)"
                )
            )
        }
        #expect(grants.sessions.count <= 20_000)
        #expect(grants.session(accessToken: "a0") == nil)
        for number in [20_000, 29_999] {
            #expect(grants.session(accessToken: "a\(number)")?.person.userID == "\(number)")
            #expect(grants.session(refreshToken: "r\(number)")?.person.userID == "\(number)")
        }
    }

    @Test("keeps one change for many patches, in order with the changes between them")
    func patches() async throws {
        try await Phone.with { phone async throws in
            func patch(_ body: String) async throws {
                let response = try await phone.send(
                    .patch, "/simulator/behaviour", body: body, type: "application/json")
                #expect(response.status == .ok)
            }
            for number in 0..<100 { try await patch(#"{"errorPage":\#(10_000 + number),"codeAge":\#(number)}"#) }
            #expect(await phone.simulator.keptChanges == 1)
            try await patch(#"{"errorPage":null}"#)
            #expect(await phone.simulator.behaviour().errorPage == nil)
            #expect(await phone.simulator.behaviour().codeAge == 99)
            await phone.simulator.setBehaviour { $0.codeAge += 1 }
            #expect(await phone.simulator.behaviour().codeAge == 100)
            try await patch(#"{"errorPage":10004}"#)
            #expect(await phone.simulator.keptChanges == 3)
            #expect(await phone.simulator.behaviour(app: "wx9").codeAge == 100)
            await phone.simulator.setBehaviour(.app("wx9")) { $0.codeAge = 7 }
            #expect(await phone.simulator.behaviour(app: "wx9").codeAge == 7)
            await phone.simulator.resetBehaviour()
            #expect(await phone.simulator.behaviour() == Behaviour())
        }
    }

    @Test("drops repeated callbacks once they are made")
    func fetches() async throws {
        let hits = Box<URL>()
        try await Phone.with({ $0.callbackRepeat = .otherVisitorAfter }, fetcher: { hits.add($0) }) {
            phone async throws in
            for _ in 0..<10 { _ = try await phone.open(Phone.address()) }
            for _ in 0..<100_000 {
                if await phone.simulator.pendingFetches == 0 { break }
                await Task.yield()
            }
            #expect(await phone.simulator.pendingFetches == 0)
            #expect(hits.all.count == 10)
        }
    }

    @Test("counts quotas for its own apps only")
    func quotas() async throws {
        try await Phone.with({ $0.callsPerMinute = 1 }) { phone async throws in
            let stranger = SimulatedApp(appID: "wx9", secret: "x")
            for _ in 0..<3 { #expect(try await phone.exchange("bogus", app: stranger).errcode == 40013) }
            #expect(try await phone.exchange("bogus").errcode == 40029)
            #expect(try await phone.exchange("bogus").errcode == 45011)
        }
    }
}
