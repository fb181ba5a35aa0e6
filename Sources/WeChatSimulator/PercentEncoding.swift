/// Percent-encoding for the addresses the simulator writes.
enum PercentEncoding {
    /// Everything but unreserved characters.
    static func component(_ text: String) -> String {
        encode(text) { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-_.~".utf8.contains(byte)
        }
    }

    /// Only what cannot stand in a `Location` header.
    static func headerSafe(_ text: String) -> String {
        encode(text) { (0x21...0x7E).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) }
    }

    private static func encode(_ text: String, keeping isKept: (UInt8) -> Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let bytes = text.utf8.flatMap { byte in
            isKept(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
