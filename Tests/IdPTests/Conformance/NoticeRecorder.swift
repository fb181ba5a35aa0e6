import Synchronization

@testable import IdP

/// Stands where an application would be called back, and keeps what it was told.
final class NoticeRecorder: OutboundHTTP {
    /// One form that was posted.
    struct Notice: Sendable {
        var address: String
        var fields: [(name: String, value: String)]
    }

    private let received = Mutex<[Notice]>([])

    var notices: [Notice] { received.withLock { $0 } }

    func get(_ address: String) async -> [UInt8]? { nil }

    func post(_ form: [(String, String)], to address: String) async -> Bool {
        received.withLock { $0.append(Notice(address: address, fields: form.map { ($0.0, $0.1) })) }
        return true
    }
}
