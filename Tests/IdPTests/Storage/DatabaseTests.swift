import Foundation
import Testing

@testable import IdP

/// What every engine must do alike.
@Suite struct DatabaseTests {
    struct Refusal: Error, Equatable { var number = 0 }

    @Test(
        "a transaction that throws leaves nothing, and its error comes out unchanged",
        arguments: StorageBackend.available)
    func rollback(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await database.makeNotes()
            await #expect(throws: Refusal(number: 7)) {
                try await database.transaction { transaction in
                    try transaction.query("INSERT INTO notes (id) VALUES (1)", [])
                    throw Refusal(number: 7)
                }
            }
            #expect(try await database.count("notes") == 0)
        }
    }

    @Test(
        "of transactions that share a commit, only the one that throws is undone",
        arguments: StorageBackend.available)
    func rollbackOfOne(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await database.makeNotes()
            let failed = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        do {
                            try await database.transaction { transaction in
                                try transaction.query(
                                    "INSERT INTO notes (id) VALUES ($1)", [.integer(Int64(number))])
                                if number.isMultiple(of: 5) { throw Refusal(number: number) }
                            }
                            return false
                        } catch let refusal as Refusal {
                            #expect(refusal.number == number)
                            return true
                        }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(failed == 40)
            #expect(try await database.count("notes") == 160)
            #expect(try await database.query("SELECT id FROM notes WHERE id % 5 = 0", []).isEmpty)
        }
    }

    @Test("a refused statement undoes its own transaction and no neighbour's", arguments: StorageBackend.available)
    func constraintOfOne(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await database.makeNotes()
            try await database.run("INSERT INTO notes (id) VALUES (1000)")
            let refused = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        do {
                            try await database.transaction { transaction in
                                let id = Int64(number)
                                try transaction.query("INSERT INTO notes (id) VALUES ($1)", [.integer(id)])
                                let clash = number.isMultiple(of: 3) ? 1000 : 2000 + id
                                try transaction.query("INSERT INTO notes (id) VALUES ($1)", [.integer(clash)])
                            }
                            return false
                        } catch {
                            guard case StorageError.constraint = error else {
                                Issue.record("\(error)")
                                return true
                            }
                            return true
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(refused == 20)
            #expect(try await database.count("notes") == 1 + 80)
        }
    }

    @Test("of fifty who spend one thing at once, one wins", arguments: StorageBackend.available)
    func oneWinner(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await database.makeNotes()
            try await database.run("INSERT INTO notes (id, body) VALUES (1, 'unspent')")
            let winners = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await database.transaction { transaction in
                            try transaction.query(
                                "UPDATE notes SET body = $2 WHERE id = $1 AND body = 'unspent' RETURNING id",
                                [.integer(1), .text("spent by \(number)")])
                        }.count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(winners == 1)
        }
    }

    @Test("one code, redeemed fifty times at once, is worth one grant", arguments: StorageBackend.available)
    func oneCode(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let fixture = StoredRows(database: database)
            try await fixture.insertEverything()
            let client = try #require(ClientID(rawValue: "web"))
            let store = AuthorizationCodeStore(database: database, surroundings: fixture.surroundings)
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let answer = try await store.redeem(
                            PresentedCode(code: StoredRows.code, redirectURI: "https://a.example.com/", verifier: nil),
                            application: .forTests(client), in: .default, accessToken: StoredRows.accessToken)
                        if case .success = answer { return true }
                        return false
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(winners == 1)
        }
    }

    @Test(
        "many who write at once are all kept, and each one's writes stay in order",
        arguments: StorageBackend.available)
    func concurrentWrites(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await database.run("CREATE TABLE steps (n BIGINT, writer BIGINT, step BIGINT)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<40 {
                    group.addTask {
                        for step in 0..<10 {
                            try await database.transaction { transaction in
                                try transaction.query(
                                    """
                                    INSERT INTO steps (n, writer, step)
                                    VALUES ((SELECT COUNT(*) FROM steps), $1, $2)
                                    """, [.integer(Int64(writer)), .integer(Int64(step))])
                            }
                            // Answered means stored: the reader sees it.
                            let seen = try await database.query(
                                "SELECT COUNT(*) AS n FROM steps WHERE writer = $1", [.integer(Int64(writer))])
                            #expect(try seen.first?.integer("n") == Int64(step + 1))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await database.query("SELECT writer, step FROM steps ORDER BY n", [])
            #expect(rows.count == 400)
            var next: [Int64: Int64] = [:]
            for row in rows {
                let writer = try row.integer("writer")
                #expect(try row.integer("step") == next[writer, default: 0])
                next[writer, default: 0] += 1
            }
        }
    }

    @Test("a transaction sees its own writes, and nobody sees half of one", arguments: StorageBackend.available)
    func isolation(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await database.makeNotes()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<50 {
                        try await database.transaction { transaction in
                            try transaction.query("INSERT INTO notes (id) VALUES ($1)", [.integer(Int64(2 * number))])
                            let own = try transaction.query("SELECT COUNT(*) AS n FROM notes", [])
                            #expect(try own.first?.integer("n") == Int64(2 * number + 1))
                            try transaction.query(
                                "INSERT INTO notes (id) VALUES ($1)", [.integer(Int64(2 * number + 1))])
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<50 {
                        let count = try await database.count("notes")
                        #expect(count.isMultiple(of: 2))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a result that is absent is not an error", arguments: StorageBackend.available)
    func optionalResult(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let none: Int? = try await database.transaction { _ in nil }
            #expect(none == nil)
            let some: Int? = try await database.transaction { _ in 5 }
            #expect(some == 5)
            try await database.transaction { _ in }
        }
    }

    @Test("foreign keys hold", arguments: StorageBackend.available)
    func foreignKeys(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let error = await #expect(throws: StorageError.self) {
                try await database.run(
                    """
                    INSERT INTO wechat_openids (pool, app_id, openid, user_id, created_at)
                    VALUES ('default', 'wx1', 'o1', 'nobody', 1)
                    """)
            }
            guard case .constraint = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            try await database.addUser("u1")
            try await database.run(
                """
                INSERT INTO wechat_openids (pool, app_id, openid, user_id, created_at)
                VALUES ('default', 'wx1', 'o1', 'u1', 1)
                """)
            // A user of another pool is no user here.
            await #expect(throws: StorageError.self) {
                try await database.run(
                    """
                    INSERT INTO wechat_openids (pool, app_id, openid, user_id, created_at)
                    VALUES ('shop', 'wx1', 'o1', 'u1', 1)
                    """)
            }
        }
    }

    @Test("an error's text never holds what was to be stored", arguments: StorageBackend.available)
    func errorTexts(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await database.addUser("p4ssw0rd")
            let error = await #expect(throws: StorageError.self) { try await database.addUser("p4ssw0rd") }
            #expect(error?.description.contains("p4ssw0rd") == false)
            #expect(!"\(String(reflecting: error))".contains("p4ssw0rd"))
        }
    }

    @Test("data is there when the database is opened again", arguments: StorageBackend.available)
    func reopen(_ backend: StorageBackend) async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path("wxidp.sqlite")
            do {
                let database = try await backend.open(path)
                try await database.addUser("u1")
            }
            let database = try await backend.open(path)
            let store = UserStore(database: database)
            #expect(try await store.find(UserID(rawValue: "u1"), in: .default)?.id.rawValue == "u1")
            let shop = try #require(PoolID(rawValue: "shop"))
            #expect(try await store.find(UserID(rawValue: "u1"), in: shop) == nil)
        }
    }

    @Test("two who have it open see each other's writes", arguments: StorageBackend.available)
    func twoProcesses(_ backend: StorageBackend) async throws {
        try await TemporaryFolder.with { folder in
            let one = try await backend.open(folder.path("wxidp.sqlite"))
            let two = try await backend.open(folder.path("wxidp.sqlite"))
            try await one.makeNotes()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    let database = number.isMultiple(of: 2) ? one : two
                    group.addTask {
                        try await database.run("INSERT INTO notes (id) VALUES ($1)", [.integer(Int64(number))])
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await one.count("notes") == 60)
            #expect(try await two.count("notes") == 60)
        }
    }
}
