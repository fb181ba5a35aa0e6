internal import CSSL

/// Random bytes and comparison by OpenSSL.
enum OpenSSLPrimitives {
    /// Random bytes from `RAND_bytes`; nil when the generator could not be seeded.
    static func randomBytes(_ count: Int) -> [UInt8]? {
        guard let length = Int32(exactly: count), count >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        guard count > 0 else { return bytes }
        return unsafe RAND_bytes(&bytes, length) == 1 ? bytes : nil
    }

    /// Compares arrays of one length in time that depends on that length only.
    static func equals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return unsafe CRYPTO_memcmp(left, right, left.count) == 0
    }
}
