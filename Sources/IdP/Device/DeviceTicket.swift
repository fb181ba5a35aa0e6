import Foundation
import JWT

/// What travels through the browser between the steps of a device's sign-in, sealed.
///
/// The user code is stored nowhere in the clear, so the browser carries it; and the page that asks for the decision is
/// bound to the session that it was made for, so that no other browser can use its link.
struct DeviceTicket: Sendable {
    var userCode: UserCode
    /// The session that may decide; nil before the sign-in.
    var sid: SessionID?
    var expiresAt: Date

    init(userCode: UserCode, sid: SessionID?, expiresAt: Date) {
        self.userCode = userCode
        self.sid = sid
        self.expiresAt = expiresAt
    }

    func sealed(with sealer: Sealer, in pool: PoolID) throws -> String {
        let text = "\(userCode.display)\n\(sid?.rawValue ?? "")\n\(Int64(expiresAt.timeIntervalSince1970))"
        return Base64URL.encode(try sealer.seal(text, context: Self.context(pool)))
    }

    /// Opens a ticket; nil for anything but one of ours, of this pool, in time.
    init?(_ sealed: String?, sealer: Sealer, in pool: PoolID, now: Date) {
        guard let sealed, sealed.utf8.count <= 1024, let bytes = try? Base64URL.decode(sealed),
            let text = try? sealer.open(bytes, context: Self.context(pool))
        else { return nil }
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard parts.count == 3, let code = UserCode(typed: String(parts[0])), let expiry = Double(parts[2]),
            now.timeIntervalSince1970 < expiry
        else { return nil }
        userCode = code
        sid = parts[1].isEmpty ? nil : SessionID(rawValue: String(parts[1]))
        expiresAt = Date(timeIntervalSince1970: expiry)
    }

    private static func context(_ pool: PoolID) -> String { "device ticket \(pool)" }
}
