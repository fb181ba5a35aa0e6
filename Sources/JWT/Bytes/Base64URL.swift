/// Base64url without padding (RFC 4648 section 5, as RFC 7515 section 2 wants it).
public enum Base64URL {
    private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The value of each byte, or 255 for a byte outside the alphabet.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// Encodes bytes; the result is `(4 * count + 2) / 3` characters long.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        append(Array(bytes), to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Decodes text that has one spelling only.
    ///
    /// Throws ``JWTError/invalidBase64URL`` for padding, white space, other characters and impossible lengths, and
    /// ``JWTError/nonCanonicalBase64URL`` when unused bits are set.
    public static func decode(_ text: some StringProtocol) throws(JWTError) -> [UInt8] {
        try decode(bytes: Array(text.utf8)[...])
    }

    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        let alphabet = alphabet
        text.reserveCapacity(text.count + (bytes.count * 4 + 2) / 3)
        var index = 0
        while index + 2 < bytes.count {
            let group = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
            text.append(alphabet[group >> 18])
            text.append(alphabet[group >> 12 & 63])
            text.append(alphabet[group >> 6 & 63])
            text.append(alphabet[group & 63])
            index += 3
        }
        switch bytes.count - index {
        case 1:
            let group = Int(bytes[index]) << 16
            text.append(alphabet[group >> 18])
            text.append(alphabet[group >> 12 & 63])
        case 2:
            let group = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8
            text.append(alphabet[group >> 18])
            text.append(alphabet[group >> 12 & 63])
            text.append(alphabet[group >> 6 & 63])
        default:
            break
        }
    }

    static func decode(bytes text: ArraySlice<UInt8>) throws(JWTError) -> [UInt8] {
        let values = values
        let rest = text.count % 4
        guard rest != 1 else { throw .invalidBase64URL }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3 + 2)
        var index = text.startIndex
        let groupsEnd = text.endIndex - rest
        while index < groupsEnd {
            let first = values[Int(text[index])]
            let second = values[Int(text[index + 1])]
            let third = values[Int(text[index + 2])]
            let fourth = values[Int(text[index + 3])]
            // Values are below 64, so a high bit tells that one of the four was not in the alphabet.
            guard (first | second | third | fourth) < 64 else { throw .invalidBase64URL }
            bytes.append(first << 2 | second >> 4)
            bytes.append(second << 4 | third >> 2)
            bytes.append(third << 6 | fourth)
            index += 4
        }
        guard rest > 0 else { return bytes }
        let first = values[Int(text[index])]
        let second = values[Int(text[index + 1])]
        let third = rest == 3 ? values[Int(text[index + 2])] : 0
        guard (first | second | third) < 64 else { throw .invalidBase64URL }
        bytes.append(first << 2 | second >> 4)
        if rest == 3 { bytes.append(second << 4 | third >> 2) }
        guard (rest == 3 ? third & 3 : second & 15) == 0 else { throw .nonCanonicalBase64URL }
        return bytes
    }
}
