internal import CSSL

/// SHA-1, SHA-256, SHA-512 and HMAC-SHA256 by OpenSSL.
enum Digest {
    /// Bytes of a SHA-256 digest.
    static let length = 32

    /// Looked up once: a lookup by name costs more than hashing a token.
    static let sha256 = unsafe OpenSSLObject(EVP_MD_fetch(nil, "SHA256", nil)) { unsafe EVP_MD_free($0) }

    /// Looked up once, too.
    private static let sha512 = unsafe OpenSSLObject(EVP_MD_fetch(nil, "SHA512", nil)) { unsafe EVP_MD_free($0) }

    private static let sha1 = unsafe OpenSSLObject(EVP_MD_fetch(nil, "SHA1", nil)) { unsafe EVP_MD_free($0) }

    /// The SHA-1 digest of 20 bytes; nil as for ``hash(_:)``.
    static func hash1(_ message: [UInt8]) -> [UInt8]? {
        hash(message, sha1, length: 20)
    }

    /// The SHA-256 digest; nil only when OpenSSL has no memory or no default provider.
    static func hash(_ message: [UInt8]) -> [UInt8]? {
        hash(message, sha256, length: length)
    }

    /// The SHA-512 digest of 64 bytes; nil as for ``hash(_:)``.
    static func hash512(_ message: [UInt8]) -> [UInt8]? {
        hash(message, sha512, length: 64)
    }

    private static func hash(_ message: [UInt8], _ algorithm: OpenSSLObject?, length: Int) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: length)
        var written: UInt32 = 0
        let status = algorithm?.withPointer { algorithm in
            unsafe EVP_Digest(message, message.count, &digest, &written, algorithm, nil)
        }
        guard status == 1, written == length else {
            ERR_clear_error()
            return nil
        }
        return digest
    }

    /// HMAC-SHA256 (RFC 2104); nil for a key beyond 2 GiB, or as for ``hash(_:)``.
    static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8]? {
        guard let keyLength = Int32(exactly: key.count) else { return nil }
        var code = [UInt8](repeating: 0, count: length)
        var written: UInt32 = 0
        let status = sha256?.withPointer { algorithm in
            unsafe HMAC(algorithm, key, keyLength, message, message.count, &code, &written) != nil
        }
        guard status == true, written == length else {
            ERR_clear_error()
            return nil
        }
        return code
    }
}
