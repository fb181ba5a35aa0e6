internal import CSSL

/// A key with a context that is prepared once as a template and copied for each signature over a digest.
///
/// Looking up algorithms by name again and again costs as much as half a verification, and a context must not be
/// shared between threads.
struct PreparedKey: Sendable {
    private let template: OpenSSLObject

    /// Prepares a context: `start` says what for, and with which parameters; it returns false when OpenSSL fails.
    init?(_ key: OpenSSLObject, start: (OpaquePointer) -> Bool) {
        // The context holds a reference of its own to the key.
        let context = key.withPointer { key in
            unsafe OpenSSLObject(EVP_PKEY_CTX_new_from_pkey(nil, key, nil)) { unsafe EVP_PKEY_CTX_free($0) }
        }
        guard let context else { return nil }
        let ready = context.withPointer { unsafe start($0) }
        guard ready else {
            ERR_clear_error()
            return nil
        }
        template = context
    }

    private func context() -> OpenSSLObject? {
        template.withPointer { template in
            unsafe OpenSSLObject(EVP_PKEY_CTX_dup(template)) { unsafe EVP_PKEY_CTX_free($0) }
        }
    }

    /// Signs a digest; nil when OpenSSL fails, and when the signature is longer than `maximumLength`.
    func sign(digest: [UInt8], maximumLength: Int) -> [UInt8]? {
        guard let context = context() else { return nil }
        var signature = [UInt8](repeating: 0, count: maximumLength)
        var written = maximumLength
        let status = context.withPointer { context in
            unsafe EVP_PKEY_sign(context, &signature, &written, digest, digest.count)
        }
        guard status == 1, written <= maximumLength else {
            ERR_clear_error()
            return nil
        }
        signature.removeLast(maximumLength - written)
        return signature
    }

    /// Whether a signature fits a digest.
    func isValid(_ signature: [UInt8], digest: [UInt8]) -> Bool {
        guard let context = context() else { return false }
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
