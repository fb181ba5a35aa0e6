internal import CSSL

/// ECDSA on P-256 with SHA-256 over one key, signatures as r and s of 32 bytes each (RFC 7518 section 3.4).
struct ECDSASignature: Sendable {
    /// Bytes of a signature.
    static let length = 64
    /// Bytes of a signature in DER, at most: two integers of 33 bytes.
    private static let maximumDERLength = 72

    private let key: PreparedKey

    /// Prepares for signing with a private key.
    static func signer(_ key: OpenSSLObject) -> ECDSASignature? {
        unsafe ECDSASignature(key) { unsafe EVP_PKEY_sign_init($0) }
    }

    /// Prepares for verifying with a public key.
    static func verifier(_ key: OpenSSLObject) -> ECDSASignature? {
        unsafe ECDSASignature(key) { unsafe EVP_PKEY_verify_init($0) }
    }

    private init?(_ key: OpenSSLObject, start: (OpaquePointer) -> Int32) {
        guard let sha256 = Digest.sha256 else { return nil }
        let prepared = unsafe PreparedKey(key) { context in
            sha256.withPointer { sha256 in
                unsafe start(context) == 1 && EVP_PKEY_CTX_set_signature_md(context, sha256) == 1
            }
        }
        guard let prepared else { return nil }
        self.key = prepared
    }

    /// Signs a SHA-256 digest; nil only when OpenSSL fails.
    func sign(digest: [UInt8]) -> [UInt8]? {
        key.sign(digest: digest, maximumLength: Self.maximumDERLength).flatMap(Self.numbers)
    }

    /// Whether a signature fits a SHA-256 digest; OpenSSL refuses r and s that are zero or not below the order.
    func isValid(_ signature: [UInt8], digest: [UInt8]) -> Bool {
        guard signature.count == Self.length, let der = Self.der(signature) else { return false }
        return key.isValid(der, digest: digest)
    }

    /// r and s of a signature in DER.
    private static func numbers(_ der: [UInt8]) -> [UInt8]? {
        let signature = unsafe der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return unsafe own(d2i_ECDSA_SIG(nil, &cursor, buffer.count))
        }
        return signature?.withPointer { signature in
            var numbers = [UInt8](repeating: 0, count: length)
            let half = Int32(length / 2)
            let written = unsafe numbers.withUnsafeMutableBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return false }
                return unsafe BN_bn2binpad(ECDSA_SIG_get0_r(signature), start, half) == half
                    && BN_bn2binpad(ECDSA_SIG_get0_s(signature), start + Int(half), half) == half
            }
            return written ? numbers : nil
        }
    }

    /// The DER of r and s, which must be 64 bytes together.
    private static func der(_ numbers: [UInt8]) -> [UInt8]? {
        let half = length / 2
        guard numbers.count == length, let signature = unsafe own(ECDSA_SIG_new()) else { return nil }
        let filled = signature.withPointer { signature in
            let r = unsafe BN_bin2bn(Array(numbers[..<half]), Int32(half), nil)
            let s = unsafe BN_bin2bn(Array(numbers[half...]), Int32(half), nil)
            // Takes over both numbers when it succeeds and neither when it fails, as it does when one is missing.
            guard unsafe ECDSA_SIG_set0(signature, r, s) == 1 else {
                unsafe BN_free(r)
                unsafe BN_free(s)
                return false
            }
            return true
        }
        guard filled else {
            ERR_clear_error()
            return nil
        }
        return signature.withPointer { signature in
            let count = Int(unsafe i2d_ECDSA_SIG(signature, nil))
            guard count > 0, count <= maximumDERLength else { return nil }
            var der = [UInt8](repeating: 0, count: count)
            let written = unsafe der.withUnsafeMutableBufferPointer { buffer in
                var cursor = buffer.baseAddress
                return unsafe i2d_ECDSA_SIG(signature, &cursor)
            }
            return Int(written) == count ? der : nil
        }
    }

    private static func own(_ signature: OpaquePointer?) -> OpenSSLObject? {
        unsafe OpenSSLObject(signature) { unsafe ECDSA_SIG_free($0) }
    }
}
