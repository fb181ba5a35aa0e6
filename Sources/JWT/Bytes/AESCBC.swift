/// AES in cipher block chaining mode (NIST SP 800-38A), for what WeChat sends; it tells nothing about who wrote a text.
///
/// Never answer a stranger differently for a wrong padding than for a wrong content: that is how such a text is forged.
public enum AESCBC {
    /// How the last block is filled.
    public enum Padding: Sendable {
        /// To 16 bytes, PKCS#7 (RFC 5652 section 6.3).
        case pkcs7
        /// Not at all: the length is a multiple of 16 already.
        case none
    }

    /// The ciphertext.
    ///
    /// - Parameters:
    ///   - key: 16 or 32 bytes, for AES-128 or AES-256.
    ///   - iv: 16 bytes.
    /// - Returns: nil for wrong lengths.
    public static func encrypt(_ plaintext: [UInt8], key: [UInt8], iv: [UInt8], padding: Padding = .pkcs7) -> [UInt8]? {
        CipherBlockChaining.run(.encrypt, plaintext, key: key, iv: iv, isPadded: padding == .pkcs7)
    }

    /// The plaintext.
    ///
    /// - Parameters:
    ///   - key: 16 or 32 bytes, for AES-128 or AES-256.
    ///   - iv: 16 bytes.
    /// - Returns: nil for wrong lengths and for a padding that does not fit.
    public static func decrypt(
        _ ciphertext: [UInt8], key: [UInt8], iv: [UInt8], padding: Padding = .pkcs7
    ) -> [UInt8]? {
        CipherBlockChaining.run(.decrypt, ciphertext, key: key, iv: iv, isPadded: padding == .pkcs7)
    }
}
