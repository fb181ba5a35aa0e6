import Foundation

/// An IPv4 or IPv6 address.
///
/// An IPv4 address that a dual-stack socket reports as IPv6 (`::ffff:10.0.0.1`) is the IPv4 address it stands for.
struct IPAddress: Sendable, Equatable {
    /// Four or sixteen octets, in network order.
    let octets: [UInt8]
    /// As RFC 5952 writes it.
    let canonicalText: String

    /// Reads the usual text form; nil when it is none.
    init?(_ text: some StringProtocol) {
        // C would stop at U+0000 and read only what stands before.
        guard !text.utf8.contains(0) else { return nil }
        let family = text.contains(":") ? AF_INET6 : AF_INET
        var bytes = [UInt8](repeating: 0, count: 16)
        var written = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_pton(family, String(text), &bytes) == 1,
            inet_ntop(family, bytes, &written, socklen_t(written.count)) != nil
        else { return nil }
        let isMapped = family == AF_INET6 && bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
        octets = family == AF_INET ? Array(bytes.prefix(4)) : isMapped ? Array(bytes.suffix(4)) : bytes
        canonicalText = String(decoding: written.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
