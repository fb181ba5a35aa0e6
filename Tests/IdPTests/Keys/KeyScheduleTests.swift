import Foundation
import JWT
import Testing

@testable import IdP

/// Which changes are due, for every situation a pool's keys can be in.
@Suite struct KeyScheduleTests {
    private static let start = Date(timeIntervalSince1970: 1_700_000_000)
    private static let day = 86_400.0

    private func key(
        _ kid: String, _ state: KeyState, at day: Double = 0, retireAt: Double? = nil,
        algorithm: SignatureAlgorithm = .rs256, tokenLifetime: Duration = .seconds(3600)
    ) -> KeyRecord {
        KeyRecord(
            kid: KeyID(rawValue: kid), algorithm: algorithm, state: state, tokenLifetime: tokenLifetime,
            createdAt: Self.start, activeAt: Self.start + day * Self.day,
            retireAt: retireAt.map { Self.start + $0 * Self.day })
    }

    private func schedule(
        _ day: Double, algorithms: Set<SignatureAlgorithm> = [], tokenLifetime: Duration = .seconds(3600)
    ) -> KeySchedule {
        KeySchedule(
            policy: KeyPolicy(
                pool: .default, algorithms: algorithms, rotation: .seconds(30 * 86_400), tokenLifetime: tokenLifetime),
            now: Self.start + day * Self.day)
    }

    private func time(_ day: Double) -> Date { Self.start + day * Self.day }
    private let second = 1 / 86_400.0

    @Test("nothing is due before its time")
    func nothing() {
        let keys = [key("a", .active)]
        for day in [0, 1, 28, 29 - second] { #expect(schedule(day).due(keys) == []) }
        // A successor is not made twice, and does not sign early.
        let two = keys + [key("b", .pending, at: 30)]
        for day in [29, 29.5, 30 - second] { #expect(schedule(day).due(two) == []) }
        let three = [key("a", .retiring, retireAt: 31), key("b", .active, at: 30)]
        #expect(schedule(31 - second).due(three) == [])
        #expect(schedule(1000).due([key("a", .retired), key("b", .active, at: 999)]) == [])
    }

    @Test("keys of an algorithm that nobody needs any more get no successor, and stay")
    func unneeded() {
        let keys = [key("a", .active, at: 100), key("e", .active, algorithm: .es256)]
        #expect(schedule(101).due(keys) == [])
        #expect(
            schedule(101, algorithms: [.es256]).due(keys) == [.make(.es256, .pending, activeAt: time(102))])
    }

    @Test("one key for each algorithm that is needed, RS256 always")
    func first() {
        #expect(schedule(0).due([]) == [.make(.rs256, .active, activeAt: time(0))])
        #expect(
            schedule(0, algorithms: [.edDSA, .es256]).due([key("a", .active)])
                == [.make(.es256, .active, activeAt: time(0)), .make(.edDSA, .active, activeAt: time(0))])
        // A retired or retiring key signs nothing.
        #expect(
            schedule(0).due([key("a", .retired), key("b", .retiring, retireAt: 1)])
                == [.make(.rs256, .active, activeAt: time(0))])
    }

    @Test("a successor is published a day before it signs, however late the provider comes")
    func publication() {
        let keys = [key("a", .active)]
        #expect(schedule(29).due(keys) == [.make(.rs256, .pending, activeAt: time(30))])
        #expect(schedule(29.5).due(keys) == [.make(.rs256, .pending, activeAt: time(30.5))])
        #expect(schedule(500).due(keys) == [.make(.rs256, .pending, activeAt: time(501))])
    }

    @Test("the former key stays published for its tokens' longest life, of this configuration and of earlier ones")
    func handover() {
        let successor = key("b", .pending, at: 30)
        let ids = (a: KeyID(rawValue: "a"), b: KeyID(rawValue: "b"))
        #expect(
            schedule(30).due([key("a", .active), successor])
                == [.retire(ids.a, until: time(30) + 3900), .activate(ids.b)])
        #expect(
            schedule(30).due([key("a", .active, tokenLifetime: .seconds(864_000)), successor])
                == [.retire(ids.a, until: time(40) + 300), .activate(ids.b)])
        #expect(
            schedule(30, tokenLifetime: .seconds(864_000)).due([key("a", .active), successor])
                == [.retire(ids.a, until: time(40) + 300), .activate(ids.b)])
        #expect(schedule(31).due([successor]) == [.activate(ids.b)])
    }

    @Test("a longer token lifetime is remembered with the key that signs, a shorter one is not")
    func lengthen() {
        let keys = [key("a", .active)]
        #expect(
            schedule(1, tokenLifetime: .seconds(7200)).due(keys)
                == [.lengthen(KeyID(rawValue: "a"), .seconds(7200))])
        #expect(schedule(1, tokenLifetime: .seconds(60)).due(keys) == [])
    }

    @Test("a key is withdrawn when its last token has expired, whatever its algorithm")
    func withdrawal() {
        let keys = [
            key("a", .active, at: 30), key("b", .retiring, retireAt: 31),
            key("e", .retiring, retireAt: 31, algorithm: .es256),
        ]
        #expect(schedule(31).due(keys) == [.erase(KeyID(rawValue: "b")), .erase(KeyID(rawValue: "e"))])
    }

    @Test("only an active key is rotated, and a successor is not published twice")
    func forcedRefusals() {
        let keys = [key("a", .active), key("b", .pending, at: 30), key("c", .retiring, retireAt: 2)]
        for kid in ["b", "c", "x"] {
            for atOnce in [true, false] {
                #expect(schedule(1).rotation(of: KeyID(rawValue: kid), atOnce: atOnce, keys) == [])
            }
        }
        #expect(schedule(1).rotation(of: KeyID(rawValue: "a"), atOnce: false, keys) == [])
    }

    @Test("rotation ahead of time publishes for a day; at once it signs at once")
    func forced() {
        let a = KeyID(rawValue: "a")
        let keys = [key("a", .active), key("e", .pending, at: 30, algorithm: .es256)]
        #expect(schedule(1).rotation(of: a, atOnce: false, keys) == [.make(.rs256, .pending, activeAt: time(2))])
        #expect(
            schedule(1).rotation(of: a, atOnce: true, keys)
                == [.retire(a, until: time(1) + 3900), .make(.rs256, .active, activeAt: time(1))])
        #expect(
            schedule(1).rotation(of: a, atOnce: true, keys + [key("b", .pending, at: 2)])
                == [.retire(a, until: time(1) + 3900), .activate(KeyID(rawValue: "b"))])
    }
}
