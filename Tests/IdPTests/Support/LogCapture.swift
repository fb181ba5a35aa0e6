import Logging
import Synchronization

/// Keeps every line that is logged, at trace level, so that a test can search all of them.
final class LogCapture: Sendable {
    private let storage = Mutex<[String]>([])

    var lines: [String] { storage.withLock { $0 } }

    func logger(_ label: String) -> Logger {
        Logger(label: label, factory: { _ in Handler(capture: self) })
    }

    fileprivate func add(_ line: String) {
        storage.withLock { $0.append(line) }
    }

    private struct Handler: LogHandler {
        let capture: LogCapture
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        init(capture: LogCapture) {
            self.capture = capture
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
            let pairs = all.map { " \($0.key)=\($0.value)" }.joined()
            let error = event.error.map { " error=\($0)" } ?? ""
            capture.add("\(event.level) \(event.message)\(pairs)\(error)")
        }
    }
}
