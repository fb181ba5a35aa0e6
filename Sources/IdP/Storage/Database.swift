/// What the provider needs of a database: reads, and transactions that hold or vanish as a whole.
///
/// The SQL is one text for every engine: `$1` parameters, `RETURNING`, `ON CONFLICT`, integers for time, 0 and 1 for
/// truth. A driver refuses U+0000 in texts, because engines disagree about it.
public protocol Database: Sendable {
    /// Reads outside a transaction; sees everything committed.
    func query(_ sql: String, _ arguments: [SQLValue]) async throws(StorageError) -> [Row]

    /// Runs `body` in one transaction. When it throws, nothing of it remains, and the error comes out unchanged.
    @discardableResult
    func transaction<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result
}

/// An open transaction; used only inside the body it was handed to.
public protocol Transaction {
    /// Runs one statement and answers its rows (`SELECT` or `RETURNING`).
    @discardableResult
    func query(_ sql: String, _ arguments: [SQLValue]) throws(StorageError) -> [Row]
}

/// Why the database could not do what it was asked.
public enum StorageError: Error, Sendable, CustomStringConvertible {
    /// It cannot be opened, is full, locked or broken; the text is the engine's.
    case unavailable(String)
    /// A rule of the schema forbids it.
    case constraint(String)
    /// A text holds U+0000.
    case nulCharacter
    /// A row lacks a column, or it has another type: the statement and the code disagree.
    case column(String)
    /// The schema is newer than this program.
    case schemaTooNew(found: Int, known: Int)

    /// The engine's words, never a value that was stored.
    public var description: String {
        switch self {
        case .unavailable(let reason): "the database is not available: \(reason)"
        case .constraint(let rule): "the database refused: \(rule)"
        case .nulCharacter: "a text with U+0000 was refused"
        case .column(let name): "column \(name) is missing or has another type"
        case .schemaTooNew(let found, let known): "the database has schema \(found), this program knows \(known)"
        }
    }
}
