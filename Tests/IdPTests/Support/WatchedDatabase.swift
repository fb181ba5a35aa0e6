import Synchronization

@testable import IdP

/// A database that breaks when a test says so, and remembers what it was asked.
final class WatchedDatabase: IdP.Database {
    /// What fails, as it does when a disk is full or a server is gone.
    enum Trouble: Sendable {
        case nothing, writes, everything
    }

    /// One statement that was run.
    struct Statement: Sendable {
        var sql: String
        var arguments: [SQLValue]
        var rows: Int
    }

    private struct State {
        var trouble = Trouble.nothing
        var statements: [Statement] = []
    }

    /// What the engine says; nothing of it is for visitors.
    static let reason = "SQLite 13 database or disk is full"

    private let base: any IdP.Database
    private let state = Mutex(State())

    init(_ base: any IdP.Database) {
        self.base = base
    }

    var trouble: Trouble {
        get { state.withLock(\.trouble) }
        set { state.withLock { $0.trouble = newValue } }
    }

    /// What was run since the last look.
    func takeStatements() -> [Statement] {
        state.withLock { state in
            defer { state.statements = [] }
            return state.statements
        }
    }

    func query(_ sql: String, _ arguments: [SQLValue]) async throws(StorageError) -> [Row] {
        guard trouble != .everything else { throw .unavailable(Self.reason) }
        let rows = try await base.query(sql, arguments)
        note(sql, arguments, rows)
        return rows
    }

    @discardableResult
    func transaction<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        guard trouble == .nothing else { throw StorageError.unavailable(Self.reason) }
        return try await base.transaction { try body(Watched(base: $0, database: self)) }
    }

    private func note(_ sql: String, _ arguments: [SQLValue], _ rows: [Row]) {
        state.withLock { $0.statements.append(Statement(sql: sql, arguments: arguments, rows: rows.count)) }
    }

    private struct Watched: Transaction {
        let base: any Transaction
        let database: WatchedDatabase

        func query(_ sql: String, _ arguments: [SQLValue]) throws(StorageError) -> [Row] {
            let rows = try base.query(sql, arguments)
            database.note(sql, arguments, rows)
            return rows
        }
    }
}
