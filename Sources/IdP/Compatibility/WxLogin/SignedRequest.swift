import Foundation
import JWT

/// The signature of a request, `SG1:<ts>:<nonce>:<hex>`.
///
/// `hex` is the lower-case SHA-1 of `uri:ts:nonce:skey`: `uri` as it was received, path and query, nothing decoded;
/// `skey` as base64 text; `ts` in milliseconds since 1970. Contract: the crate's `src/core/security.rs`.
struct SignedRequest: Sendable {
    /// How far a phone's clock may run ahead; the crate refuses any timestamp from the future.
    static let clockTolerance: TimeInterval = 60
    /// No header of ours needs more.
    private static let longest = 256

    private let timestampText: String
    private let nonceText: String
    private let digest: String

    /// Takes a header's value apart; nil when it has another shape.
    init?(_ header: String) {
        let parts = header.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard header.utf8.count <= Self.longest, parts.count == 4, parts[0] == "SG1" else { return nil }
        (timestampText, nonceText, digest) = (parts[1], parts[2], parts[3])
    }

    /// Does the work of comparing, and fits nothing: no request gets an empty digest.
    static let decoy = Self()

    private init() {
        (timestampText, nonceText, digest) = ("0", "0", "")
    }

    /// Whether this is the signature of that address by that key; compared in constant time.
    func isValid(for uri: String, key: Secret) -> Bool {
        let text = "\(uri):\(timestampText):\(nonceText):\(key.exposeSecret())"
        let expected = SHA1.hash(text.utf8).hex
        return ConstantTime.equals(Array(digest.utf8), Array(expected.utf8))
    }

    /// When it was made and the number that tells it from others of that moment; nil unless it was made within `lifetime`.
    func stamp(at now: Date, lifetime: Duration) -> (milliseconds: UInt64, nonce: UInt64)? {
        guard let milliseconds = UInt64(timestampText), let nonce = UInt64(nonceText) else { return nil }
        let age = now.timeIntervalSince1970 - Double(milliseconds) / 1000
        guard age >= -Self.clockTolerance, age <= lifetime.inSeconds else { return nil }
        return (milliseconds, nonce)
    }
}
