internal import CSSL

/// RSASSA-PKCS1-v1_5 or RSASSA-PSS with SHA-256 (RFC 8017 section 8) over one key.
struct RSASignature: Sendable {
    private let key: PreparedKey
    /// Bytes of a signature, which is the length of the modulus.
    let length: Int

    /// Prepares for signing with a private key.
    static func signer(_ key: OpenSSLObject, _ scheme: RSAScheme, length: Int) -> RSASignature? {
        unsafe RSASignature(key, scheme, length: length) { unsafe EVP_PKEY_sign_init($0) }
    }

    /// Prepares for verifying with a public key.
    static func verifier(_ key: OpenSSLObject, _ scheme: RSAScheme, length: Int) -> RSASignature? {
        unsafe RSASignature(key, scheme, length: length) { unsafe EVP_PKEY_verify_init($0) }
    }

    private init?(_ key: OpenSSLObject, _ scheme: RSAScheme, length: Int, start: (OpaquePointer) -> Int32) {
        guard let sha256 = Digest.sha256 else { return nil }
        let prepared = unsafe PreparedKey(key) { context in
            sha256.withPointer { sha256 in
                guard unsafe start(context) == 1 else { return false }
                switch scheme {
                case .pkcs1v15:
                    return unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
                        && EVP_PKEY_CTX_set_signature_md(context, sha256) == 1
                case .pss:
                    // RFC 7518 section 3.5: MGF1 with the same hash, and a salt as long as it, to the byte.
                    return unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
                        && EVP_PKEY_CTX_set_signature_md(context, sha256) == 1
                        && EVP_PKEY_CTX_set_rsa_mgf1_md(context, sha256) == 1
                        && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, Int32(Digest.length)) == 1
                }
            }
        }
        guard let prepared else { return nil }
        self.key = prepared
        self.length = length
    }

    /// Signs a SHA-256 digest; nil only when OpenSSL fails.
    func sign(digest: [UInt8]) -> [UInt8]? {
        guard let signature = key.sign(digest: digest, maximumLength: length), signature.count == length else {
            return nil
        }
        return signature
    }

    /// Whether a signature fits a SHA-256 digest.
    func isValid(_ signature: [UInt8], digest: [UInt8]) -> Bool {
        signature.count == length && key.isValid(signature, digest: digest)
    }
}
