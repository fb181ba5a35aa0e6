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
