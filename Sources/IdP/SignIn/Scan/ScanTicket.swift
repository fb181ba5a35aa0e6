import Foundation
import JWT

/// What a desktop shows as a QR code: a name for one attempt to sign in by scan, signed, good for two minutes.
///
/// Not a credential: whoever has the picture can confirm as themselves, and gets nothing. The desktop goes on by a cookie
/// that is not in the picture. 36 bytes as base64url: 16 random, 4 of expiry, 16 of signature. The signature keeps made-up
/// tickets away from the database.
struct ScanTicket: Sendable {
    /// From the moment it is shown to the last moment at which a phone may open or decide it.
    static let lifetime: Duration = .seconds(120)

    /// As it stands in the address.
    let text: String
    let expiresAt: Date

    var hash: ScanTicketHash { ScanTicketHash(of: text) }
}

/// Makes and recognises tickets, on every node alike.
struct ScanTicketSigner: Sendable {
    private static let identifierLength = 16
    private static let signatureLength = 16
    private static let length = identifierLength + 4 + signatureLength

    private let key: [UInt8]

    init(sealer: Sealer) throws(JWTError) {
        key = try sealer.derivedKey("scan tickets")
    }

    /// A new ticket.
    ///
    /// - Parameter chance: where its 16 bytes come from.
    func issue(in pool: PoolID, at now: Date, chance: @Sendable (Int) -> [UInt8]) -> ScanTicket {
        let expiry = UInt32(clamping: Int64(now.timeIntervalSince1970 + ScanTicket.lifetime.inSeconds))
        let content = chance(Self.identifierLength) + (0..<4).map { UInt8(truncatingIfNeeded: expiry >> (24 - 8 * $0)) }
        return ScanTicket(
            text: Base64URL.encode(content + signature(content, pool)),
            expiresAt: Date(timeIntervalSince1970: Double(expiry)))
    }

    /// A ticket as it came in an address; nil for anything but one of ours, of this pool, in time.
    func ticket(_ text: String, in pool: PoolID, at now: Date) -> ScanTicket? {
        guard text.utf8.count == Self.length / 3 * 4, let bytes = try? Base64URL.decode(text),
            bytes.count == Self.length
        else { return nil }
        let content = Array(bytes.prefix(Self.length - Self.signatureLength))
        guard ConstantTime.equals(Array(bytes.suffix(Self.signatureLength)), signature(content, pool)) else {
            return nil
        }
        let expiry = content.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let expiresAt = Date(timeIntervalSince1970: Double(expiry))
        return now <= expiresAt ? ScanTicket(text: text, expiresAt: expiresAt) : nil
    }

    private func signature(_ content: [UInt8], _ pool: PoolID) -> [UInt8] {
        let message = Array("scan \(pool)\n".utf8) + content
        return Array(HMACSHA256.authenticate(message, key: key).prefix(Self.signatureLength))
    }
}
