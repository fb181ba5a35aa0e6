internal import CSSL

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2) over one key.
///
/// A context is prepared once as a template and copied for each signature: looking up algorithms by name again and
/// again costs as much as half a verification, and a context must not be shared between threads.
struct RSASignature: Sendable {
    private let template: OpenSSLObject
    /// Bytes of a signature, which is the length of the modulus.
    let length: Int

    /// Prepares for signing with a private key.
    static func signer(_ key: OpenSSLObject, length: Int) -> RSASignature? {
        unsafe RSASignature(key, length: length) { unsafe EVP_PKEY_sign_init($0) }
    }

    /// Prepares for verifying with a public key.
    static func verifier(_ key: OpenSSLObject, length: Int) -> RSASignature? {
        unsafe RSASignature(key, length: length) { unsafe EVP_PKEY_verify_init($0) }
    }

    private init?(_ key: OpenSSLObject, length: Int, start: (OpaquePointer) -> Int32) {
        // The context holds a reference of its own to the key.
        let context = key.withPointer { key in
            unsafe OpenSSLObject(EVP_PKEY_CTX_new_from_pkey(nil, key, nil)) { unsafe EVP_PKEY_CTX_free($0) }
        }
        guard let context, let sha256 = Digest.sha256 else { return nil }
        let ready = context.withPointer { context in
            sha256.withPointer { sha256 in
                unsafe start(context) == 1
                    && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
                    && EVP_PKEY_CTX_set_signature_md(context, sha256) == 1
            }
        }
        guard ready else {
            ERR_clear_error()
            return nil
        }
        template = context
        self.length = length
    }

    private func context() -> OpenSSLObject? {
        template.withPointer { template in
            unsafe OpenSSLObject(EVP_PKEY_CTX_dup(template)) { unsafe EVP_PKEY_CTX_free($0) }
        }
    }

    /// Signs a SHA-256 digest; nil only when OpenSSL fails.
    func sign(digest: [UInt8]) -> [UInt8]? {
        guard let context = context() else { return nil }
        var signature = [UInt8](repeating: 0, count: length)
        var written = length
        let status = context.withPointer { context in
            unsafe EVP_PKEY_sign(context, &signature, &written, digest, digest.count)
        }
        guard status == 1, written == length else {
            ERR_clear_error()
            return nil
        }
        return signature
    }

    /// Whether a signature fits a SHA-256 digest.
    func isValid(_ signature: [UInt8], digest: [UInt8]) -> Bool {
        guard signature.count == length, let context = context() else { return false }
        let status = context.withPointer { context in
            unsafe EVP_PKEY_verify(context, signature, signature.count, digest, digest.count)
        }
        guard status == 1 else {
            ERR_clear_error()
            return false
        }
        return true
    }
}
