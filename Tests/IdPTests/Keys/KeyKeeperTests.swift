import Foundation
import JWT
import Synchronization
import Testing

@testable import IdP

/// The running process and its keys: what others change is seen after a second, what time brings after a minute.
@Suite struct KeyKeeperTests {
    /// Runs a keeper for some seconds of its own; `each` comes before every second with its number.
    private func keep(
        _ app: TestApp, database: (any IdP.Database)? = nil, seconds: Int,
        _ each: @escaping @Sendable (Int, KeyRing) async throws -> Void
    ) async throws {
        let ring = Mutex<KeyRing?>(nil)
        let count = Mutex(0)
        var surroundings = app.provider.surroundings
        surroundings.sleep = { duration in
            #expect(duration == .seconds(1))
            let number = count.withLock { count in
                count += 1
                return count
            }
            guard number <= seconds, let ring = ring.withLock({ $0 }) else { throw CancellationError() }
            try await each(number, ring)
        }
        let policies = app.provider.configuration.pools.map { KeyPolicy($0) }
        let masterKey = try MasterKey.load(
            path: app.provider.configuration.masterKeyFile, mayCreate: false, surroundings: surroundings)
        let keys = try await KeyRing.load(
            policies, database: database ?? app.database, sealer: try Sealer(masterKey: masterKey),
            surroundings: surroundings)
        ring.withLock { $0 = keys }
        try await KeyKeeper(keys: keys, surroundings: surroundings, logger: app.log.logger("keys")).run()
        #expect(count.withLock { $0 } == seconds + 1)
    }

    @Test("a database that fails is logged once, and the former keys stay")
    func trouble() async throws {
        try await TestApp.story { app in
            let kid = try app.provider.keys[.default].signing.kid
            try await keep(app, database: app.storage, seconds: 130) { number, ring in
                app.storage.trouble = (10..<125).contains(number) ? .everything : .nothing
                let now = try ring[.default].signing.kid
                #expect(now == kid)
            }
            #expect(app.log.lines.count { $0.contains("signing keys can't be brought up to date") } == 1)
        }
    }

    @Test("what the command line changes signs a second later")
    func second() async throws {
        try await TestApp.story { app in
            let kids = Mutex<[KeyID]>([])
            try await keep(app, seconds: 3) { number, ring in
                if number == 2 { try await app.keyAdministration().rotate(atOnce: true) }
                let kid = try ring[.default].signing.kid
                kids.withLock { $0.append(kid) }
            }
            let seen = kids.withLock { $0 }
            #expect(seen.count == 3 && seen[0] == seen[1] && seen[1] != seen[2])
        }
    }

    @Test("what is due is done within a minute, and the log says so without any secret")
    func minute() async throws {
        try await TestApp.story { app in
            let states = Mutex<[Int]>([])
            try await keep(app, seconds: 121) { number, ring in
                if number == 2 { app.clock.advance(by: 29 * 86_400) }
                if number == 62 { app.clock.advance(by: 86_400) }
                let published = try ring[.default].verification.keys.count
                states.withLock { $0.append(published) }
            }
            let seen = states.withLock { $0 }
            #expect(seen[59] == 1 && seen[60] == 2 && seen[120] == 2)
            let lines = app.log.lines.filter { $0.contains("signing keys changed") }
            #expect(lines.count == 6, "published, stopped and signing, of two pools")
            #expect(lines.allSatisfy { !$0.contains("PRIVATE") })
        }
    }
}
