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
        try await KeyRing.load(pools, database: database, sealer: sealer ?? self.sealer, surroundings: .system)
    }

    @Test("a pool that was not loaded has no keys", arguments: StorageBackend.available)
    func unknownPool(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let ring = try await KeyRing.load([.default], database: database, sealer: sealer, surroundings: .system)
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
                    _ = try await KeyRing.load([other], database: database, sealer: sealer, surroundings: .system)
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

    @Test("the newest key signs, and older ones still verify", arguments: StorageBackend.available)
    func older(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let first = try await load(database)[.default].signing
            let privateKey = try RSAPrivateKey.generate(.bits2048)
            let key = try SigningKey(privateKey)
            // The context is part of the format: a key sealed by an earlier version must stay readable.
            let sealed = try sealer.seal(privateKey.pem, context: "signing key default \(key.kid.rawValue)")
            try await database.run(
                """
                INSERT INTO signing_keys (pool, kid, algorithm, private_key_sealed, created_at)
                VALUES ('default', $1, 'RS256', $2, $3)
                """, [.text(key.kid), .blob(sealed), .date(Date() + 60)])
            let keys = try await load(database)[.default]
            #expect(keys.signing.kid == key.kid)
            let document = String(decoding: keys.document, as: UTF8.self)
            #expect(document.contains(first.kid.rawValue) && document.contains(key.kid.rawValue))
        }
    }
}
