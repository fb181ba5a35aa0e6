import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// The life of a signing key as verifiers see it, over HTTP, in the provider's own time.
@Suite struct KeyRotationTests {
    private let day = 86_400.0

    private func served(_ app: TestApp, pool: String = "") async throws -> [String] {
        let set = try await app.send(pool + "/oidc/.well-known/jwks.json").json["keys"]?.arrayValue ?? []
        return set.compactMap { $0["kid"]?.stringValue }
    }

    private func kid(_ token: String) throws -> String? { try UnverifiedJWS(token).kid?.rawValue }

    @Test("published before use, verifying until its last token has expired, known for hints for ever")
    func life() async throws {
        try await TestApp.story { app in
            let ring = app.provider.keys
            let first = try ring[.default].signing.kid.rawValue
            let others = try await served(app, pool: "/pools/other")
            app.clock.advance(by: 29 * day - 1)
            #expect(try await ring.maintain() == [])
            #expect(try await served(app) == [first])

            // Published, and not used for a day.
            app.clock.advance(by: 1)
            #expect(try await ring.maintain().count == 2, "one of each pool")
            let published = try await served(app)
            #expect(published.count == 2 && published.first == first)
            let second = try #require(published.last)
            app.clock.advance(by: day - 1)
            #expect(try await ring.maintain() == [])
            let old = try await app.tokens(in: Browser(app))
            for name in ["id_token", "access_token"] { #expect(try kid(old.field(name)) == first) }

            // Used; the former key still verifies what it signed a second ago.
            app.clock.advance(by: 1)
            #expect(try await ring.maintain().count == 4)
            let new = try await app.tokens(in: Browser(app))
            for name in ["id_token", "access_token"] { #expect(try kid(new.field(name)) == second) }
            #expect(try await served(app) == [second, first])
            app.clock.advance(by: 3598)
            #expect(try await ring.maintain() == [])
            #expect(try await app.me(old.field("access_token")).status == .ok)
            _ = try await app.verified(old.field("id_token"), type: .jwt)

            // Withdrawn: no token of it is taken any more, but a hint is.
            app.clock.advance(by: 302)
            #expect(try await ring.maintain().count == 2)
            #expect(try await served(app) == [second])
            let keys = try ring[.default]
            #expect(throws: JWTError.unknownKeyID) {
                try JWS.verify(old.field("id_token"), with: keys.verification, type: .jwt)
            }
            _ = try JWS.verify(old.field("id_token"), with: keys.hints, type: .jwt)
            #expect(try await app.me(new.field("access_token")).status == .unauthorized, "expired by now")
            #expect(Set(try await served(app, pool: "/pools/other")).isDisjoint(with: others + [first, second]))
        }
    }

    @Test("a hint of another pool's retired key is unknown here")
    func pools() async throws {
        try await TestApp.story { app in
            let other = try #require(PoolID(rawValue: "other"))
            let key = try app.provider.keys[other].signing
            app.clock.advance(by: 29 * day)
            try await app.provider.keys.maintain()
            app.clock.advance(by: day)
            try await app.provider.keys.maintain()
            app.clock.advance(by: day)
            try await app.provider.keys.maintain()
            #expect(try app.provider.keys[other].hints[key.kid] != nil)
            #expect(try app.provider.keys[other].verification[key.kid] == nil)
            #expect(try app.provider.keys[.default].hints[key.kid] == nil)
        }
    }

    @Test("a token of a retired key is refused although it has not expired")
    func compromised() async throws {
        try await TestApp.story { app in
            let tokens = try await app.tokens()
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
            let administration = try app.keyAdministration()
            let kid = try app.provider.keys[.default].signing.kid.rawValue
            try await administration.rotate(kid, atOnce: true)
            try await administration.retire(kid)
            try await app.provider.keys.refresh()
            let answer = try await app.me(tokens.field("access_token"))
            #expect(answer.status == .unauthorized)
            #expect(try await served(app).contains(kid) == false)
        }
    }

    @Test("tokens of a lifetime that was shortened since stay good to their end")
    func shortened() async throws {
        try await StorageBackend.sqlite.withDatabase { database in
            let (clock, sealer) = (StoryClock(), try Sealer(masterKey: [UInt8](repeating: 3, count: 32)))
            let surroundings = Surroundings(now: { clock.now }, randomBytes: { SecureRandom.bytes($0) })
            func load(_ lifetime: Duration) async throws -> KeyRing {
                try await KeyRing.load(
                    [KeyPolicy(pool: .default, tokenLifetime: lifetime)], database: database, sealer: sealer,
                    surroundings: surroundings)
            }
            _ = try await load(.seconds(3600))
            let kid = try await load(.seconds(10 * 86_400))[.default].signing.kid
            let ring = try await load(.seconds(60))
            clock.advance(by: 29 * day)
            try await ring.maintain()
            clock.advance(by: day)
            try await ring.maintain()
            #expect(try ring[.default].signing.kid != kid)
            clock.advance(by: 10 * day)
            try await ring.maintain()
            #expect(try ring[.default].verification[kid] != nil)
            clock.advance(by: 300)
            try await ring.maintain()
            #expect(try ring[.default].verification[kid] == nil)
        }
    }

    @Test("a provider that was off for months goes on with the rules: published first, used a day later")
    func longPause() async throws {
        try await TestApp.story { app in
            let first = try app.provider.keys[.default].signing.kid.rawValue
            app.clock.advance(by: 400 * day)
            try await app.provider.keys.maintain()
            #expect(try app.provider.keys[.default].signing.kid.rawValue == first)
            app.clock.advance(by: 90 * day)
            try await app.provider.keys.maintain()
            #expect(try app.provider.keys[.default].signing.kid.rawValue != first)
            #expect(try await served(app).count == 2)
        }
    }

    @Test("of many processes that rotate at once, all make one successor", arguments: StorageBackend.available)
    func atOnce(_ backend: StorageBackend) async throws {
        try await TemporaryFolder.with { folder in
            let (clock, sealer) = (StoryClock(), try Sealer(masterKey: [UInt8](repeating: 3, count: 32)))
            let surroundings = Surroundings(now: { clock.now }, randomBytes: { SecureRandom.bytes($0) })
            var rings: [KeyRing] = []
            for _ in 0..<4 {
                rings.append(
                    try await KeyRing.load(
                        [KeyPolicy(pool: .default, algorithms: [.es256])],
                        database: try await backend.open(folder.path("wxidp.sqlite")), sealer: sealer,
                        surroundings: surroundings))
            }
            // Published by all, then used by all, then withdrawn by all: made, activated and erased once each.
            for (days, steps) in [(29.0, 2), (1, 4), (1, 2)] {
                clock.advance(by: days * day)
                let changes = try await withThrowingTaskGroup(of: Int.self) { group in
                    for ring in rings { group.addTask { try await ring.maintain().count } }
                    return try await group.reduce(0, +)
                }
                #expect(changes == steps)
            }
            for ring in rings { try await ring.refresh() }
            let kids = try rings.map { try $0[.default].signing.kid }
            let documents = try rings.map { try $0[.default].document }
            #expect(Set(kids).count == 1 && Set(documents).count == 1)
            #expect(try await backend.open(folder.path("wxidp.sqlite")).count("signing_keys") == 4)
        }
    }
}

extension TestApp {
    /// The command line's part of key management, in the provider's time, on the same database.
    func keyAdministration(pool: String? = nil) throws -> KeyAdministration {
        let masterKey = try MasterKey.load(
            path: provider.configuration.masterKeyFile, mayCreate: false, surroundings: provider.surroundings)
        return try KeyAdministration(
            policies: provider.configuration.pools.map { KeyPolicy($0) }, pool: pool,
            store: SigningKeyStore(
                database: database, sealer: try Sealer(masterKey: masterKey), surroundings: provider.surroundings))
    }
}
