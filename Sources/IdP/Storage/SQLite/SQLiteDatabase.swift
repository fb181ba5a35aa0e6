import Foundation
import GRDB

/// The embedded database: WAL, concurrent readers, one writer whose commits are grouped, so that one fsync serves many.
public final class SQLiteDatabase: Database {
    private let pool: DatabasePool
    private let writer: GroupCommitWriter

    /// Opens or creates the file, and brings its schema up to date.
    ///
    /// - Throws: `StorageError` when the file can't be opened or is newer than this program.
    public init(path: String) async throws {
        var configuration = GRDB.Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        Self.createPrivately(path)
        do {
            pool = try await Self.open(path, configuration)
            // DatabasePool sets NORMAL after its own preparation, which may lose commits at a power cut.
            // What is deleted, an erased private key above all, is overwritten.
            try await pool.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
            }
        } catch {
            guard case .unavailable(let reason) = SQLiteTransaction.translated(error) else {
                throw SQLiteTransaction.translated(error)
            }
            throw StorageError.unavailable("\(path): \(reason)")
        }
        writer = GroupCommitWriter(pool: pool)
        try await Migrations.run(on: self)
    }

    /// Makes a missing file readable by this user only; SQLite gives its side files the same mode.
    private static func createPrivately(_ path: String) {
        let descriptor = Foundation.open(path, O_CREAT | O_RDWR, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Of several processes that open a new file at once, one switches it to WAL under a lock that the others' busy
    /// time-out does not wait for; so they try again.
    private static func open(_ path: String, _ configuration: GRDB.Configuration) async throws -> DatabasePool {
        for _ in 0..<100 {
            do {
                return try DatabasePool(path: path, configuration: configuration)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        return try DatabasePool(path: path, configuration: configuration)
    }

    /// Reads on one of the reader connections.
    public func query(_ sql: String, _ arguments: [SQLValue]) async throws(StorageError) -> [Row] {
        do {
            return try await pool.read { try SQLiteTransaction(database: $0).query(sql, arguments) }
        } catch {
            throw SQLiteTransaction.translated(error)
        }
    }

    /// Runs `body` on the writer, perhaps within one commit with others.
    @discardableResult
    public func transaction<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await writer.run(body)
    }

    /// `PRAGMA synchronous` of the writer: 2 is FULL.
    func writerSynchronousMode() async throws -> Int? {
        try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }
}

/// One SQLite connection within a transaction.
struct SQLiteTransaction: Transaction {
    let database: GRDB.Database

    func query(_ sql: String, _ arguments: [SQLValue]) throws(StorageError) -> [Row] {
        var named: [String: (any DatabaseValueConvertible)?] = [:]
        for (index, argument) in arguments.enumerated() {
            // By name: SQLite numbers `$2, $1` by first occurrence, so positions would swap them.
            named["\(index + 1)"] = try Self.bound(argument)
        }
        do {
            let statement = try database.cachedStatement(sql: sql)
            let cursor = try GRDB.Row.fetchCursor(statement, arguments: StatementArguments(named))
            var rows: [Row] = []
            while let row = try cursor.next() {
                rows.append(try Self.row(row))
            }
            return rows
        } catch {
            throw Self.translated(error)
        }
    }

    private static func bound(_ value: SQLValue) throws(StorageError) -> (any DatabaseValueConvertible)? {
        switch value {
        case .null: return nil
        case .integer(let number): return number
        case .blob(let bytes): return Data(bytes)
        case .text(let text):
            guard !text.utf8.contains(0) else { throw .nulCharacter }
            return text
        }
    }

    private static func row(_ row: GRDB.Row) throws(StorageError) -> Row {
        var values: [String: SQLValue] = [:]
        for (column, value) in row {
            switch value.storage {
            case .null: values[column] = .null
            case .int64(let number): values[column] = .integer(number)
            case .double(let number):
                // No column of ours holds fractions; a sum may come as a whole double.
                guard let whole = Int64(exactly: number) else { throw .column(column) }
                values[column] = .integer(whole)
            case .string(let text): values[column] = .text(text)
            case .blob(let data): values[column] = .blob(Array(data))
            }
        }
        return Row(values)
    }

    static func translated(_ error: any Error) -> StorageError {
        switch error {
        case let error as StorageError: error
        // `message` only: the full description repeats the arguments.
        case let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT:
            .constraint(error.message ?? "constraint")
        case let error as DatabaseError:
            .unavailable("SQLite \(error.extendedResultCode.rawValue) \(error.message ?? "")")
        default: .unavailable("\(type(of: error))")
        }
    }
}
