/// Ids that are the same in every run, and texts drawn at random, in the shapes WeChat uses.
enum StableIdentifier {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// 28 characters beginning with `o`: openids by person and app, unionids by person and open platform.
    static func openID(_ parts: String...) -> String {
        // FNV-1a, then SplitMix64: nothing secret hangs on it, it only must not collide among a few people.
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in parts.joined(separator: "\u{1F}").utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "o"
            + characters(27, alphabet) {
                state &+= 0x9E37_79B9_7F4A_7C15
                var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
                value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
                return value ^ (value >> 31)
            }
    }

    /// 32 characters, three digits first.
    static func code(_ next: () -> UInt64) -> String {
        characters(3, alphabet[52..<62], next) + characters(29, alphabet[..<62], next)
    }

    /// `NN_` and 86 characters.
    static func token(_ next: () -> UInt64) -> String {
        "\(10 + next() % 90)_" + characters(86, alphabet[...], next)
    }

    /// Three groups of eight hexadecimal digits.
    static func rid(_ next: () -> UInt64) -> String {
        let hex = Array("0123456789abcdef".utf8)[...]
        return (0..<3).map { _ in characters(8, hex, next) }.joined(separator: "-")
    }

    private static func characters(_ count: Int, _ alphabet: [UInt8], _ next: () -> UInt64) -> String {
        characters(count, alphabet[...], next)
    }

    private static func characters(_ count: Int, _ alphabet: ArraySlice<UInt8>, _ next: () -> UInt64) -> String {
        let bytes = (0..<count).map { _ in
            alphabet[alphabet.startIndex + Int((next() >> 8) % UInt64(alphabet.count))]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
