import Foundation
import JWT
import Testing

@testable import IdP

/// Signing keys: one set a pool, sealed at rest, the same after every start.
@Suite struct KeyRingTests {
    private let sealer: Sealer
    private let pools: [PoolID]

    init() throws {
        sealer = try Sealer(masterKey: [UInt8](repeating: 3, count: 32))
        pools = [.default] + ["shop"].compactMap { PoolID(rawValue: $0) }
    }

    private func load(_ database: any IdP.Database, sealer: Sealer? = nil) async throws -> KeyRing {
        try await KeyRing.load(
            pools.map { KeyPolicy(pool: $0) }, database: database, sealer: sealer ?? self.sealer, surroundings: .system)
    }

    @Test("a pool that was not loaded has no keys", arguments: StorageBackend.available)
    func unknownPool(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let ring = try await KeyRing.load(
                [KeyPolicy(pool: .default)], database: database, sealer: sealer, surroundings: .system)
            #expect(throws: KeyRing.NoKeys.self) { try ring[pools[1]] }
        }
    }

    @Test("keys can't be read with another master key", arguments: StorageBackend.available)
    func otherMasterKey(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            _ = try await load(database)
            let other = try Sealer(masterKey: [UInt8](repeating: 4, count: 32))
            await #expect(throws: JWTError.self) { _ = try await load(database, sealer: other) }
        }
    }

    @Test(
        "a key that was copied to another pool, or under another kid, is refused",
        arguments: [
            "UPDATE signing_keys SET private_key_sealed = (SELECT private_key_sealed FROM signing_keys WHERE pool = 'shop') WHERE pool = 'default'",
            "UPDATE signing_keys SET kid = 'x' WHERE pool = 'default'",
            "UPDATE signing_keys SET pool = 'other' WHERE pool = 'default'",
        ])
    func moved(_ sql: String) async throws {
        try await StorageBackend.sqlite.withDatabase { database in
            let before = try await load(database)
            try await database.run(sql)
            if sql.contains("'other'") {
                // The pool has no key any more, so it gets a new one, never the moved one.
                #expect(try await load(database)[.default].signing.kid != before[.default].signing.kid)
                let other = try #require(PoolID(rawValue: "other"))
                await #expect(throws: JWTError.self) {
                    _ = try await KeyRing.load(
                        [KeyPolicy(pool: other)], database: database, sealer: sealer, surroundings: .system)
                }
            } else {
                await #expect(throws: JWTError.self) { _ = try await load(database) }
            }
        }
    }

    @Test("pools have different keys, and the served set holds no private part", arguments: StorageBackend.available)
    func perPool(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let ring = try await load(database)
            let kids = try pools.map { try ring[$0].signing.kid.rawValue }
            #expect(Set(kids).count == 2)
            for (pool, kid) in zip(pools, kids) {
                let document = try #require(
                    try JSONSerialization.jsonObject(with: Data(ring[pool].document)) as? [String: [[String: Any]]])
                let keys = try #require(document["keys"])
                #expect(keys.count == 1)
                #expect(keys[0]["kid"] as? String == kid)
                #expect(Set(keys[0].keys).isDisjoint(with: ["d", "p", "q", "dp", "dq", "qi", "k", "oth"]))
            }
        }
    }

    @Test("keys are the same after a restart", arguments: StorageBackend.available)
    func restart(_ backend: StorageBackend) async throws {
        try await TemporaryFolder.with { folder in
            let first = try await load(try await backend.open(folder.path("wxidp.sqlite")))
            let second = try await load(try await backend.open(folder.path("wxidp.sqlite")))
            for pool in pools {
                #expect(try first[pool].signing.kid == second[pool].signing.kid)
                #expect(try first[pool].document == second[pool].document)
            }
        }
    }

    @Test("of many who start at once, all sign with one key", arguments: StorageBackend.available)
    func atOnce(_ backend: StorageBackend) async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path("wxidp.sqlite")
            let databases = [try await backend.open(path), try await backend.open(path)]
            let kids = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<6 {
                    group.addTask { try await load(databases[number % 2])[.default].signing.kid.rawValue }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(kids.count == 1)
            #expect(try await databases[0].count("signing_keys") == 2)
        }
    }

    @Test("no identifier looks like an option of the command line")
    func identifiers() throws {
        for _ in 0..<500 { #expect(try !SigningKeyStore.generate(.edDSA).kid.rawValue.hasPrefix("-")) }
    }

    @Test("a key's algorithm is fixed: one that was changed in the database is refused")
    func otherAlgorithm() async throws {
        try await StorageBackend.sqlite.withDatabase { database in
            _ = try await load(database)
            // PS256 takes the same RSA key, so nothing but the seal can tell.
            try await database.run("UPDATE signing_keys SET algorithm = 'PS256' WHERE pool = 'default'")
            await #expect(throws: JWTError.self) { _ = try await load(database) }
        }
    }

    @Test("a retired key whose public part was exchanged is refused")
    func exchanged() async throws {
        try await StorageBackend.sqlite.withDatabase { database in
            let ring = try await load(database)
            let store = SigningKeyStore(database: database, sealer: sealer, surroundings: .system)
            let administration = try KeyAdministration(policies: pools.map { KeyPolicy(pool: $0) }, store: store)
            let kid = try ring[.default].signing.kid.rawValue
            try await administration.rotate(kid, atOnce: true)
            try await administration.retire(kid)
            _ = try await load(database)
            try await database.run(
                "UPDATE signing_keys SET public_key = (SELECT public_key FROM signing_keys WHERE pool = 'shop') WHERE kid = $1",
                [.text(kid)])
            await #expect(throws: SigningKeyStore.Malformed.self) { _ = try await load(database) }
        }
    }

    @Test("a key without an application that needs it is not there; RS256 always is")
    func algorithms() async throws {
        try await StorageBackend.sqlite.withDatabase { database in
            let policies = [
                KeyPolicy(pool: pools[0], algorithms: [.es256, .edDSA, .ps256]), KeyPolicy(pool: pools[1]),
            ]
            let ring = try await KeyRing.load(policies, database: database, sealer: sealer, surroundings: .system)
            for algorithm in [SignatureAlgorithm.es256, .edDSA, .ps256] {
                #expect(throws: KeyRing.NoKeys.self) { try ring[pools[1]].signing(for: algorithm) }
                let key = try ring[pools[0]].signing(for: algorithm)
                let token = try JWS.sign(Array("{}".utf8), type: .jwt, with: key)
                _ = try JWS.verify(token, with: ring[pools[0]].verification, type: .jwt)
            }
            let keys = try ring[pools[0]].verification.keys
            #expect(Set(keys.map(\.kid)).count == 4)
            // Simple verifiers take the first key.
            #expect(keys.first?.algorithm == .rs256)
            #expect(try ring[pools[1]].verification.keys.map(\.algorithm) == [.rs256])
        }
    }
}
