import Foundation

/// What a connection and WeChat share for messages (消息推送): what the console calls Token and EncodingAESKey.
public struct MessageSettings: Sendable {
    /// Proves that a message is from WeChat; 3 to 32 letters and digits.
    public var token: Secret
    /// Decrypts messages; nil in plain mode (明文模式).
    ///
    /// With a key, a message that is not encrypted is refused: the signature of a plain one does not cover its text.
    public var encodingKey: MessageKey?
}

/// `EncodingAESKey`: 43 letters and digits, base64 of 32 bytes without its last `=`.
public struct MessageKey: Sendable {
    private let secret: Secret

    /// Takes the text that WeChat's console shows; nil when it is none.
    public init?(_ text: String) {
        guard text.utf8.count == 43, text.utf8.allSatisfy(\.isAlphanumeric),
            LenientBase64.decode(text + "=")?.count == 32
        else { return nil }
        secret = Secret(text)
    }

    /// The 32 bytes.
    var bytes: [UInt8] { LenientBase64.decode(secret.exposeSecret() + "=") ?? [] }
}

/// Base64 as WeChat writes it: padded, and with any value in the bits that do not count (RFC 4648 section 3.5).
enum LenientBase64 {
    static func decode(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard !digits.isEmpty, digits.count % 4 == 0, padding <= 2 else { return nil }
        digits.removeLast(padding)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3 + 2)
        var (bits, count): (UInt32, Int) = (0, 0)
        for digit in digits {
            guard let value = value(digit) else { return nil }
            bits = (bits << 6 | UInt32(value)) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
