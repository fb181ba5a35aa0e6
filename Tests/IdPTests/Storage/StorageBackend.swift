import Foundation
import Testing

@testable import IdP

/// An engine that the storage suite runs against; each test gets a fresh, empty database.
struct StorageBackend: Sendable, CustomTestStringConvertible {
    /// Opens a database, or opens it again; `path` is where an embedded one lives.
    var open: @Sendable (_ path: String) async throws -> any IdP.Database
    var testDescription: String

    static let sqlite = StorageBackend(open: { try await SQLiteDatabase(path: $0) }, testDescription: "SQLite")

    /// Every engine that can be reached in this run.
    static let available = [sqlite]

    /// Runs a test with a fresh database.
    func withDatabase(_ body: (any IdP.Database) async throws -> Void) async throws {
        try await TemporaryFolder.with { try await body(try await open($0.path("wxidp.sqlite"))) }
    }
}

/// A folder of its own for one test, gone afterwards.
struct TemporaryFolder: Sendable {
    let url: URL

    func path(_ name: String) -> String { url.appending(path: name).path }

    func bytes(_ name: String) -> [UInt8] { FileManager.default.contents(atPath: path(name)).map(Array.init) ?? [] }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appending(path: name))
    }

    static func with<Value>(_ body: (TemporaryFolder) async throws -> Value) async throws -> Value {
        let url = FileManager.default.temporaryDirectory.appending(path: "wxidp-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(TemporaryFolder(url: url))
    }
}

extension IdP.Database {
    /// One write on its own.
    @discardableResult
    func run(_ sql: String, _ arguments: [SQLValue] = []) async throws -> [Row] {
        try await transaction { try $0.query(sql, arguments) }
    }

    func count(_ table: String) async throws -> Int {
        Int(try await query("SELECT COUNT(*) AS n FROM \(table)", []).first?.integer("n") ?? -1)
    }

    /// A table that no migration knows.
    func makeNotes() async throws {
        try await run("CREATE TABLE notes (id BIGINT PRIMARY KEY, body TEXT, bytes BYTEA)")
    }

    func addUser(_ id: String, pool: PoolID = .default, at time: Int64 = 1_700_000_000) async throws {
        try await run(
            "INSERT INTO users (pool, id, created_at, updated_at) VALUES ($1, $2, $3, $3)",
            [.text(pool), .text(id), .integer(time)])
    }
}
