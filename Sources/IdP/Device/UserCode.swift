import JWT

/// The code that a device shows and a person enters: eight consonants, shown in two groups of four.
///
/// RFC 8628 section 6.1: no vowels, so no words, and nothing that looks like a digit. 20^8 codes are 34.5 bits; with
/// ``AttemptLimiter`` before them that is enough for the ten minutes one lives (section 5.1).
struct UserCode: Sendable, Equatable {
    private static let letters = Array("BCDFGHJKLMNPQRSTVWXZ".utf8)
    private static let length = 8
    /// The eight letters.
    private let text: String

    /// Draws a code; every one is equally likely.
    init(drawing surroundings: Surroundings) {
        var drawn: [UInt8] = []
        // The 16 highest byte values would favour some letters.
        let limit = 256 - 256 % Self.letters.count
        while drawn.count < Self.length {
            let usable = surroundings.randomBytes(Self.length).filter { Int($0) < limit }
            drawn += usable.map { Self.letters[Int($0) % Self.letters.count] }
        }
        text = String(decoding: drawn.prefix(Self.length), as: UTF8.self)
    }

    /// Reads what a person typed: either case, full-width letters of a Chinese keyboard, blanks and dashes anywhere.
    init?(typed: String) {
        guard typed.utf8.count <= 64 else { return nil }
        var letters: [UInt8] = []
        for scalar in typed.unicodeScalars {
            // Full-width forms stand at a fixed distance from ASCII.
            let value = (0xFF01...0xFF5E).contains(scalar.value) ? scalar.value - 0xFEE0 : scalar.value
            switch value {
            case 0x20, 0x09, 0x2D, 0x3000, 0x2010...0x2015, 0x2212: continue
            case 0x61...0x7A: letters.append(UInt8(value - 0x20))
            case 0x41...0x5A: letters.append(UInt8(value))
            default: return nil
            }
        }
        guard letters.count == Self.length, letters.allSatisfy(Self.letters.contains) else { return nil }
        text = String(decoding: letters, as: UTF8.self)
    }

    /// As people read it.
    var display: String { "\(text.prefix(4))-\(text.suffix(4))" }

    /// What is stored; keyed, as a plain hash of so short a code could be tried out.
    func hash(with sealer: Sealer, in pool: PoolID) throws -> UserCodeHash {
        let key = try sealer.derivedKey("device user code \(pool)")
        return UserCodeHash(rawValue: Base64URL.encode(HMACSHA256.authenticate(text.utf8, key: key)))
    }
}

/// The keyed hash of a user code.
typealias UserCodeHash = SecretHash<UserCode>
/// The hash of a device code.
typealias DeviceCodeHash = SecretHash<DeviceCodeStore>

extension UserCode: CustomStringConvertible {
    /// Tells what this is, not what it holds.
    var description: String { "UserCode(redacted)" }
}
