import Foundation
import JWT
import Logging

/// Writes the log to standard error, as readable lines or as JSON, and hides nothing by itself: callers log no secrets.
public enum LogHandlers {
    /// The server's own key for a request's id; it appears as `request`.
    static let requestIDKey = "hb.request.id"

    /// Makes the handler for a format and level.
    public static func make(format: Configuration.LogFormat, level: Logger.Level)
        -> @Sendable (String) -> any LogHandler
    {
        { _ in StandardErrorLogHandler(format: format, logLevel: level) }
    }
}

/// One line an event on standard error.
struct StandardErrorLogHandler: LogHandler {
    let format: Configuration.LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(format: Configuration.LogFormat, logLevel: Logger.Level) {
        self.format = format
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .map { (key: $0.key == LogHandlers.requestIDKey ? "request" : $0.key, value: $0.value) }
            .sorted { $0.key < $1.key }
        let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let line: String
        switch format {
        case .text:
            let pairs = all.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
            line = "\(time) \(event.level.rawValue) \(Self.singleLine("\(event.message)"))\(pairs)\n"
        case .json:
            var object: JSONObject = [
                "time": .string(time), "level": .string(event.level.rawValue), "message": .string("\(event.message)"),
            ]
            for (key, value) in all { object[key] = Self.json(value) }
            line = JSON.object(object).text + "\n"
        }
        // A log that can't be written must not end the service.
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
    }

    private static func json(_ value: Logger.MetadataValue) -> JSON {
        if case .stringConvertible(let number as Int) = value { return .integer(Int64(number)) }
        return .string("\(value)")
    }

    private static func quoted(_ value: String) -> String {
        let plain = value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 < 0x7F }
        return plain && !value.isEmpty ? value : JSON.string(singleLine(value)).text
    }

    /// A line break inside a value must not look like a second event.
    private static func singleLine(_ text: String) -> String {
        text.replacingOccurrences(of: "\n", with: " ").replacingOccurrences(of: "\r", with: " ")
    }
}
