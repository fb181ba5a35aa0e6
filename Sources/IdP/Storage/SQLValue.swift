import Foundation

/// A value that is bound to a parameter or comes back in a column.
public enum SQLValue: Sendable, Equatable {
    /// No value.
    case null
    /// A number, a time in Unix seconds, or a truth value.
    case integer(Int64)
    /// Text, UTF-8, without U+0000.
    case text(String)
    /// Bytes.
    case blob([UInt8])

    static func text(_ value: String?) -> Self { value.map { .text($0) } ?? .null }
    static func text(_ value: some RawRepresentable<String>) -> Self { .text(value.rawValue) }
    static func date(_ value: Date) -> Self { .integer(Int64(value.timeIntervalSince1970.rounded(.down))) }
    static func bool(_ value: Bool) -> Self { .integer(value ? 1 : 0) }
}

/// One row of an answer, read by column name.
public struct Row: Sendable {
    private let values: [String: SQLValue]

    init(_ values: [String: SQLValue]) {
        self.values = values
    }

    /// The value of a column; nil for NULL.
    ///
    /// - Throws: `StorageError.column` when the answer has no such column.
    private func value(_ column: String) throws(StorageError) -> SQLValue? {
        guard let value = values[column] else { throw .column(column) }
        return value == .null ? nil : value
    }

    func optionalText(_ column: String) throws(StorageError) -> String? {
        switch try value(column) {
        case nil: return nil
        case .text(let text): return text
        default: throw .column(column)
        }
    }

    func text(_ column: String) throws(StorageError) -> String {
        guard let text = try optionalText(column) else { throw .column(column) }
        return text
    }

    func optionalInteger(_ column: String) throws(StorageError) -> Int64? {
        switch try value(column) {
        case nil: return nil
        case .integer(let number): return number
        default: throw .column(column)
        }
    }

    func integer(_ column: String) throws(StorageError) -> Int64 {
        guard let number = try optionalInteger(column) else { throw .column(column) }
        return number
    }

    func bool(_ column: String) throws(StorageError) -> Bool {
        try integer(column) != 0
    }

    func date(_ column: String) throws(StorageError) -> Date {
        Date(timeIntervalSince1970: Double(try integer(column)))
    }

    func optionalDate(_ column: String) throws(StorageError) -> Date? {
        try optionalInteger(column).map { Date(timeIntervalSince1970: Double($0)) }
    }

    func optionalBlob(_ column: String) throws(StorageError) -> [UInt8]? {
        switch try value(column) {
        case nil: return nil
        case .blob(let bytes): return bytes
        default: throw .column(column)
        }
    }

    func blob(_ column: String) throws(StorageError) -> [UInt8] {
        guard let bytes = try optionalBlob(column) else { throw .column(column) }
        return bytes
    }
}
