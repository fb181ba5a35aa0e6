/// A generator with a seed, so that a failing run can be run again.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The bytes with one to four random changes: bits, bytes, cuts, repetitions, and what parsers trip over.
    mutating func mutate(_ original: [UInt8]) -> [UInt8] {
        let tokens = [
            "\"", "\\", "\\u", "\\ud800", "{", "}", "[", "]", ":", ",", ".", "..", "-", "1e999", "null", "\u{0}", "é",
            "=",
            "\"alg\":\"none\"", "99999999999999999999",
        ]
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &self) {
            let index = Int.random(in: 0...bytes.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0 where index < bytes.count: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 1 where index < bytes.count: bytes[index] = UInt8.random(in: .min ... .max, using: &self)
            case 2: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...8, using: &self)))
            case 3: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 16)], at: index)
            default: bytes.insert(contentsOf: (tokens.randomElement(using: &self) ?? "").utf8, at: index)
            }
        }
        return bytes
    }
}
