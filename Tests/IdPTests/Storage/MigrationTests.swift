import Testing

@testable import IdP

/// The schema: an ordered list that is only appended to.
@Suite struct MigrationTests {
    @Test("a schema of a later version is refused, with both numbers", arguments: StorageBackend.available)
    func newer(_ backend: StorageBackend) async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path("wxidp.sqlite")
            let database = try await backend.open(path)
            try await database.run(
                "INSERT INTO schema_version (version) VALUES ($1)", [.integer(Int64(Migrations.steps.count + 1))])
            let error = await #expect(throws: StorageError.self) { _ = try await backend.open(path) }
            guard case .schemaTooNew(let found, let known) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(found == Migrations.steps.count + 1)
            #expect(known == Migrations.steps.count)
        }
    }

    @Test("each step runs once", arguments: StorageBackend.available)
    func once(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            for _ in 0..<3 { try await Migrations.run(on: database) }
            let versions = try await database.query("SELECT version FROM schema_version ORDER BY version", [])
            #expect(try versions.map { try $0.integer("version") } == (1...Migrations.steps.count).map(Int64.init))
        }
    }

    @Test(
        "an old database with rows is brought up to date, and its rows still read well",
        arguments: StorageBackend.available)
    func oldRows(_ backend: StorageBackend) async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path("wxidp.sqlite")
            let database = try await backend.open(path)
            let fixture = StoredRows(database: database)
            try await fixture.insertEverything()
            let next = [
                "ALTER TABLE users ADD COLUMN locale TEXT",
                "UPDATE users SET locale = 'zh-CN'",
            ]
            try await Migrations.run(Migrations.steps + [next], on: database)
            try await Migrations.run(Migrations.steps + [next], on: database)
            let user = try await UserStore(database: database).find(UserID(rawValue: "person"), in: .default)
            #expect(user?.nickname == "小明👩‍👩‍👧‍👦")
            let session = try await SessionStore(database: database, surroundings: fixture.surroundings)
                .find(secret: StoredRows.cookie, in: .default)
            #expect(session?.userID.rawValue == "person")
            let locales = try await database.query("SELECT locale FROM users", [])
            #expect(try locales.allSatisfy { try $0.text("locale") == "zh-CN" })
            // The program that does not know the new step refuses the database from now on.
            await #expect(throws: StorageError.self) { _ = try await backend.open(path) }
        }
    }

    @Test("a step that fails leaves nothing of itself, and runs again later", arguments: StorageBackend.available)
    func failure(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let bad = ["CREATE TABLE half (a BIGINT)", "CREATE TABLE half (a BIGINT)"]
            await #expect(throws: StorageError.self) {
                try await Migrations.run(Migrations.steps + [bad], on: database)
            }
            await #expect(throws: StorageError.self) { try await database.query("SELECT a FROM half", []) }
            try await Migrations.run(Migrations.steps + [["CREATE TABLE half (a BIGINT)"]], on: database)
            #expect(try await database.count("half") == 0)
        }
    }

    @Test("several processes that start at once on a new database all come up", arguments: StorageBackend.available)
    func atOnce(_ backend: StorageBackend) async throws {
        try await TemporaryFolder.with { folder in
            for round in 0..<5 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask { _ = try await backend.open(folder.path("\(round).sqlite")) }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}
