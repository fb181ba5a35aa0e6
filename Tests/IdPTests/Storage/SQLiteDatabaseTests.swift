import Foundation
import Testing

@testable import IdP

/// What only the embedded database does.
@Suite struct SQLiteDatabaseTests {
    @Test("the writer waits for the disk, and readers don't wait for it")
    func pragmas() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            #expect(try await database.writerSynchronousMode() == 2)
            let mode = try await database.query("PRAGMA journal_mode", []).first
            #expect(try mode?.text("journal_mode") == "wal")
            let keys = try await database.transaction { try $0.query("PRAGMA foreign_keys", []).first }
            #expect(try keys?.integer("foreign_keys") == 1)
            let synchronous = try await database.transaction { try $0.query("PRAGMA synchronous", []).first }
            #expect(try synchronous?.integer("synchronous") == 2)
        }
    }

    @Test("a read can't write")
    func readOnly() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            await #expect(throws: StorageError.self) {
                try await database.query(
                    "INSERT INTO users (pool, id, created_at, updated_at) VALUES ('default', 'u', 1, 1)", [])
            }
            #expect(try await database.count("users") == 0)
        }
    }

    @Test("transactions that arrive together share a commit")
    func sharedCommit() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            try await database.makeNotes()
            // The write-ahead log grows by whole pages a commit, so two hundred commits of their own would leave
            // hundreds of pages.
            let before = folder.bytes("wxidp.sqlite-wal").count
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await database.run(
                            "INSERT INTO notes (id, body) VALUES ($1, 'x')", [.integer(Int64(number))])
                    }
                }
                try await group.waitForAll()
            }
            let pages = (folder.bytes("wxidp.sqlite-wal").count - before) / 4096
            #expect(try await database.count("notes") == 200)
            #expect(pages < 100, "\(pages) pages for 200 transactions")
        }
    }

    /// Ways to make SQLite drop a whole transaction, whatever savepoints there are.
    static let disasters = [
        "INSERT OR ROLLBACK INTO notes (id) VALUES (1000)",
        // The database is full.
        "INSERT INTO notes (id, bytes) VALUES (2000, zeroblob(50000000))",
    ]

    @Test("when the engine drops a whole commit, nobody is told that his part is stored", arguments: disasters)
    func droppedCommit(_ disaster: String) async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            try await database.makeNotes()
            try await database.run("INSERT INTO notes (id) VALUES (1000)")
            try await database.run("PRAGMA max_page_count = 1000")
            for round in 0..<10 {
                let stored = try await withThrowingTaskGroup(of: Int64?.self) { group in
                    for number in 0..<40 {
                        let id = Int64(round * 40 + number)
                        group.addTask {
                            do {
                                try await database.transaction { transaction in
                                    try transaction.query("INSERT INTO notes (id) VALUES ($1)", [.integer(id)])
                                    if number == 20 { try transaction.query(disaster, []) }
                                }
                                return id
                            } catch is StorageError {
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: Set<Int64>()) { if let id = $1 { $0.insert(id) } }
                }
                let rows = try await database.query(
                    "SELECT id FROM notes WHERE id >= $1 AND id < $2",
                    [.integer(Int64(round * 40)), .integer(Int64(round * 40 + 40))])
                #expect(Set(try rows.map { try $0.integer("id") }) == stored)
            }
            // It goes on afterwards.
            try await database.run("INSERT INTO notes (id) VALUES (5000)")
        }
    }

    @Test("a transaction that fails because the disk is full says so")
    func full() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            try await database.makeNotes()
            try await database.run("PRAGMA max_page_count = 1000")
            let error = await #expect(throws: StorageError.self) {
                try await database.run("INSERT INTO notes (id, bytes) VALUES (1, zeroblob(50000000))")
            }
            guard case .unavailable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(error?.description.contains("full") == true, "\(String(describing: error))")
            try await database.run("INSERT INTO notes (id) VALUES (2)")
            #expect(try await database.count("notes") == 1)
        }
    }

    @Test("what a killed process had committed is there, from the log alone")
    func afterAKill() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            try await database.addUser("u1")
            // A copy taken while the original is open: no checkpoint, no orderly end.
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(
                    atPath: folder.path("wxidp.sqlite\(suffix)"), toPath: folder.path("copy.sqlite\(suffix)"))
            }
            let copy = try await SQLiteDatabase(path: folder.path("copy.sqlite"))
            #expect(try await copy.count("users") == 1)
        }
    }

    @Test("a new database and the files beside it are for their owner's eyes only")
    func permissions() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            try await database.addUser("u1")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
            #expect(names == ["wxidp.sqlite", "wxidp.sqlite-shm", "wxidp.sqlite-wal"])
            for name in names {
                let mode = try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions]
                #expect(mode as? Int == 0o600, "\(name)")
            }
        }
    }

    @Test("what an operator has allowed others to read stays as it is")
    func permissionsKept() async throws {
        try await TemporaryFolder.with { folder in
            _ = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o640], ofItemAtPath: folder.path("wxidp.sqlite"))
            let again = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            #expect(try await again.count("users") == 0)
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path("wxidp.sqlite"))[.posixPermissions]
            #expect(mode as? Int == 0o640)
        }
    }

    @Test("a file that is no database is refused with a text that names it")
    func corrupted() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write(String(repeating: "this is no database\n", count: 500), to: "wxidp.sqlite")
            let error = await #expect(throws: StorageError.self) {
                _ = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            }
            #expect(error?.description.contains("not a database") == true, "\(String(describing: error))")
            #expect(error?.description.contains("wxidp.sqlite") == true, "\(String(describing: error))")
        }
    }

    @Test("a place where no file can be is refused with a text that names it", arguments: ["folder", "file/x", "no/x"])
    func unwritable(_ name: String) async throws {
        try await TemporaryFolder.with { folder in
            try FileManager.default.createDirectory(atPath: folder.path("folder"), withIntermediateDirectories: true)
            try folder.write("x", to: "file")
            let error = await #expect(throws: StorageError.self) {
                _ = try await SQLiteDatabase(path: folder.path(name))
            }
            #expect(error?.description.contains("unable to open") == true, "\(String(describing: error))")
            #expect(error?.description.contains(name) == true, "\(String(describing: error))")
        }
    }

    @Test("nonsense in SQL is an error with the engine's words")
    func nonsense() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            let error = await #expect(throws: StorageError.self) { try await database.query("SELEC 1", []) }
            #expect(error?.description.contains("syntax error") == true)
            await #expect(throws: StorageError.self) { try await database.run("INSERT INTO nowhere VALUES (1)") }
            #expect(try await database.count("users") == 0)
        }
    }
}
