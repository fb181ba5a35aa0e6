import Foundation
import JWT
import Testing

@testable import IdP

/// `wxidp keys` beside a running provider.
@Suite struct KeyAdministrationTests {
    private let day = 86_400.0

    @Test("what is not there is named, with what there is")
    func unknown() async throws {
        try await TestApp.story { app in
            #expect(throws: KeyAdministration.Failure.unknownPool("shop", known: ["default", "other"])) {
                _ = try app.keyAdministration(pool: "shop")
            }
            let administration = try app.keyAdministration()
            await #expect(throws: KeyAdministration.Failure.unknownKey("x")) { try await administration.retire("x") }
            await #expect(throws: KeyAdministration.Failure.unknownKey("x")) {
                _ = try await administration.rotate("x")
            }
            // A key of another pool than the one that was named.
            let kid = try app.provider.keys[.default].signing.kid.rawValue
            await #expect(throws: KeyAdministration.Failure.unknownKey(kid)) {
                try await app.keyAdministration(pool: "other").retire(kid)
            }
        }
    }

    @Test("without a database nothing is made")
    func noDatabase() async throws {
        try await TemporaryFolder.with { folder in
            let configuration = try Configuration.parse(
                TestConfiguration.yaml(publicURL: "https://id.example.com"), file: "test.yaml",
                folder: folder.url.path, environment: [:])
            await #expect(throws: KeyAdministration.Failure.self) {
                _ = try await KeyAdministration(configuration: configuration)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
        }
    }

    @Test("the last key that signs can't be retired, one that does not sign can't be rotated")
    func refused() async throws {
        try await TestApp.story { app in
            let administration = try app.keyAdministration(pool: "default")
            let kid = try app.provider.keys[.default].signing.kid.rawValue
            await #expect(throws: KeyAdministration.Failure.lastActive(kid)) { try await administration.retire(kid) }
            let successor = try #require(try await administration.rotate().first)
            // A successor that does not sign yet is none.
            await #expect(throws: KeyAdministration.Failure.lastActive(kid)) { try await administration.retire(kid) }
            await #expect(throws: KeyAdministration.Failure.notActive(successor.kid, .pending)) {
                _ = try await administration.rotate(successor.kid)
            }
            try await administration.retire(successor.kid)
            await #expect(throws: KeyAdministration.Failure.alreadyRetired(successor.kid)) {
                try await administration.retire(successor.kid)
            }
            try await app.provider.keys.refresh()
            #expect(try app.provider.keys[.default].signing.kid.rawValue == kid)
        }
    }

    @Test("a running provider takes over what the command line does, and only then")
    func running() async throws {
        try await TestApp.story { app in
            let ring = app.provider.keys
            let first = try ring[.default].signing.kid
            let administration = try app.keyAdministration(pool: "default")
            app.clock.advance(by: 1)
            let pending = try await administration.rotate()
            #expect(pending.map(\.state) == [.pending])
            #expect(pending.first?.activeAt == app.clock.now + day)
            #expect(try await administration.rotate() == pending, "a second call finds the same successor")
            #expect(try ring[.default].verification.keys.count == 1)
            try await ring.refresh()
            #expect(try ring[.default].verification.keys.map(\.kid.rawValue) == [first.rawValue, pending[0].kid])
            #expect(try ring[.default].signing.kid == first)

            let active = try await administration.rotate(atOnce: true)
            #expect(active.map(\.kid) == pending.map(\.kid), "what is published already is taken")
            try await ring.refresh()
            #expect(try ring[.default].signing.kid.rawValue == active.first?.kid)
            #expect(try ring[.default].verification[first] != nil)
            #expect(try await administration.list().map(\.state) == [.retiring, .active])
            #expect(try await app.keyAdministration(pool: "other").list().map(\.state) == [.active])
        }
    }

    @Test("the configuration file leads to the same keys; without its master key to none")
    func configured() async throws {
        try await TestApp.story { app in
            var configuration = app.provider.configuration
            let keys = try await KeyAdministration(configuration: configuration).list()
            #expect(try await app.keyAdministration().list() == keys && keys.count == 2)
            configuration.masterKeyFile += ".gone"
            await #expect(throws: MasterKey.Failure.self) {
                _ = try await KeyAdministration(configuration: configuration)
            }
            #expect(!FileManager.default.fileExists(atPath: configuration.masterKeyFile))
        }
    }

    @Test("the only key of an algorithm can be retired when no application needs that any more")
    func unneeded() async throws {
        try await StorageBackend.sqlite.withDatabase { database in
            let sealer = try Sealer(masterKey: [UInt8](repeating: 3, count: 32))
            let store = SigningKeyStore(database: database, sealer: sealer, surroundings: .system)
            let needed = KeyPolicy(pool: .default, algorithms: [.es256])
            let ring = try await KeyRing.load([needed], database: database, sealer: sealer, surroundings: .system)
            let kid = try ring[.default].signing(for: .es256).kid
            await #expect(throws: KeyAdministration.Failure.lastActive(kid.rawValue)) {
                try await KeyAdministration(policies: [needed], store: store).retire(kid.rawValue)
            }
            try await KeyAdministration(policies: [KeyPolicy(pool: .default)], store: store).retire(kid.rawValue)
            let later = try await KeyRing.load(
                [KeyPolicy(pool: .default)], database: database, sealer: sealer, surroundings: .system)
            #expect(try later[.default].verification.keys.map(\.algorithm) == [.rs256])
            #expect(try later[.default].hints[kid]?.algorithm == .es256)
        }
    }

    @Test("a refresh without changes costs one small read")
    func cheap() async throws {
        try await TestApp.story { app in
            _ = app.storage.takeStatements()
            try await app.provider.keys.refresh()
            let statements = app.storage.takeStatements()
            #expect(statements.count == 1 && statements.allSatisfy { $0.rows <= 1 })
            #expect(statements.first?.sql.contains("change_counters") == true)
        }
    }

    @Test("of many calls at once, all give a key one successor", arguments: [true, false])
    func atOnce(_ atOnce: Bool) async throws {
        try await TestApp.story { app in
            let kid = try app.provider.keys[.default].signing.kid
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    let store = try app.keyAdministration(pool: "default").store
                    let policy = KeyPolicy(pool: .default)
                    group.addTask {
                        try await store.change(policy) {
                            KeySchedule(policy: policy, now: app.clock.now).rotation(of: kid, atOnce: atOnce, $0)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await app.count("signing_keys", where: "pool = 'default'") == 2)
            #expect(try await app.count("signing_keys", where: "pool = 'default' AND state = 'active'") == 1)
        }
    }

    @Test("the private part of a retired key is gone from the file")
    func erased() async throws {
        try await TemporaryFolder.with { folder in
            let sealer = try Sealer(masterKey: [UInt8](repeating: 3, count: 32))
            let path = folder.path("wxidp.sqlite")
            var parts: [[UInt8]] = []
            do {
                let database = try await SQLiteDatabase(path: path)
                let policies = [KeyPolicy(pool: .default, algorithms: [.es256])]
                let ring = try await KeyRing.load(
                    policies, database: database, sealer: sealer, surroundings: .system)
                let kid = try ring[.default].signing.kid.rawValue
                for row in try await database.query(
                    "SELECT private_key_sealed FROM signing_keys ORDER BY algorithm DESC", [])
                {
                    parts.append(Array(try row.blob("private_key_sealed").suffix(64)))
                }
                let administration = try KeyAdministration(
                    policies: policies,
                    store: SigningKeyStore(database: database, sealer: sealer, surroundings: .system))
                try await administration.rotate(kid, atOnce: true)
                try await administration.retire(kid)
                let rows = try await database.query(
                    "SELECT state FROM signing_keys WHERE private_key_sealed IS NULL AND kid = $1", [.text(kid)])
                #expect(try rows.map { try $0.text("state") } == ["retired"])
            }
            // Closed with its last connection, the journal has gone into the file.
            let bytes = folder.bytes("wxidp.sqlite") + folder.bytes("wxidp.sqlite-wal")
            #expect(parts.count == 2)
            #expect(bytes.firstRange(of: parts[0]) == nil)
            #expect(bytes.firstRange(of: parts[1]) != nil, "the other key's is still there, so the scan sees")
        }
    }
}
