/// A range of addresses such as `10.0.0.0/8`; a bare address stands for itself.
public struct IPNetwork: Sendable, Equatable {
    private let prefix: [UInt8]
    private let bits: Int

    /// Reads an address or a CIDR range; nil when it is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
        let length = address.octets.count * 8
        let bits = parts.count == 2 ? Int(digits: parts[1]) : length
        guard let bits, (0...length).contains(bits) else { return nil }
        prefix = address.octets
        self.bits = bits
    }

    /// True when the address lies within the range.
    public func contains(_ address: String) -> Bool {
        guard let octets = IPAddress(address)?.octets, octets.count == prefix.count else { return false }
        return (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return octets[bit / 8] & mask == prefix[bit / 8] & mask
        }
    }
}
