import IdP
import Logging

/// What the demonstration logs: the same lines as `serve`.
enum DemoLog {
    static func handler(label: String, level: Logger.Level) -> any LogHandler {
        LogHandlers.make(format: .text, level: level)(label)
    }
}
