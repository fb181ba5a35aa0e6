import Foundation

/// A range of addresses such as `10.0.0.0/8`; a bare address stands for itself.
public struct IPNetwork: Sendable, Equatable {
    private let prefix: [UInt8]
    private let bits: Int

    /// Reads an address or a CIDR range; nil when it is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let bytes = Self.bytes(of: String(parts[0])) else { return nil }
        let bits = parts.count == 2 ? Int(parts[1]) : bytes.count * 8
        guard let bits, (0...bytes.count * 8).contains(bits) else { return nil }
        prefix = bytes
        self.bits = bits
    }

    /// True when the address lies within the range.
    public func contains(_ address: String) -> Bool {
        guard let bytes = Self.bytes(of: address), bytes.count == prefix.count else { return false }
        return (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return bytes[bit / 8] & mask == prefix[bit / 8] & mask
        }
    }

    private static func bytes(of address: String) -> [UInt8]? {
        // NIO's own parsed form is platform-specific, so the octets come from the system's parser.
        var octets = [UInt8](repeating: 0, count: 16)
        let family = address.contains(":") ? AF_INET6 : AF_INET
        guard inet_pton(family, address, &octets) == 1 else { return nil }
        return family == AF_INET6 ? octets : Array(octets.prefix(4))
    }
}
