/// The DER that ECDSA signatures have outside of JOSE.
enum DER {
    /// SEQUENCE { r INTEGER, s INTEGER } of 64 bytes.
    static func signature(_ numbers: [UInt8]) -> [UInt8] {
        let content = integer(numbers.prefix(32)) + integer(numbers.suffix(32))
        return [0x30, UInt8(content.count)] + content
    }

    /// r and s of such a SEQUENCE, 32 bytes each.
    static func numbers(_ der: [UInt8]) -> [UInt8] {
        var rest = der.dropFirst(2)
        var numbers: [UInt8] = []
        while rest.count > 2, let length = rest.dropFirst().first {
            let number = rest.dropFirst(2).prefix(Int(length)).drop { $0 == 0 }
            numbers += [UInt8](repeating: 0, count: max(0, 32 - number.count)) + number
            rest = rest.dropFirst(2 + Int(length))
        }
        return numbers
    }

    private static func integer(_ number: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = Array(number.drop { $0 == 0 })
        if bytes.first.map({ $0 >= 0x80 }) ?? true { bytes.insert(0, at: 0) }
        return [0x02, UInt8(bytes.count)] + bytes
    }
}
