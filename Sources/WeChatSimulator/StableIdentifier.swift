/// Ids that are the same in every run, in the shape WeChat uses.
enum StableIdentifier {
    /// 28 characters beginning with `o`: openids by person and app, unionids by person and open platform.
    static func openID(_ parts: String...) -> String {
        // FNV-1a, then SplitMix64: nothing secret hangs on it, it only must not collide among a few people.
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in parts.joined(separator: "\u{1F}").utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "o"
            + RandomText.characters(27, RandomText.alphabet[...]) {
                state &+= 0x9E37_79B9_7F4A_7C15
                var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
                value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
                return value ^ (value >> 31)
            }
    }
}
