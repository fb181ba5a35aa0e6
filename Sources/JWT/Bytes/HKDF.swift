/// HKDF, the key derivation of RFC 5869.
public enum HKDF {
    /// The most that one derivation gives: 255 blocks of SHA-256 (RFC 5869 section 2.3).
    public static let maximumLength = 255 * Digest.length

    /// Derives `count` bytes from a key that is already strong; not meant for passwords.
    ///
    /// Throws ``JWTError/invalidDerivedLength`` unless `count` is 1 to ``maximumLength``.
    public static func deriveSHA256(
        key: [UInt8],
        salt: [UInt8],
        info: [UInt8],
        count: Int
    ) throws(JWTError) -> [UInt8] {
        guard (1...maximumLength).contains(count) else { throw .invalidDerivedLength }
        // An empty salt stands for 32 zero bytes, which HMAC pads it to anyway.
        let extracted = HMACSHA256.authenticate(key, key: salt)
        var derived: [UInt8] = []
        var block: [UInt8] = []
        var counter: UInt8 = 0
        while derived.count < count {
            counter += 1
            block = HMACSHA256.authenticate(block + info + [counter], key: extracted)
            derived += block
        }
        return Array(derived.prefix(count))
    }
}
