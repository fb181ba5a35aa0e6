internal import CSSL

/// Ed25519 over one key (RFC 8032 section 5.1), the whole message at once.
///
/// Works from a template, as ``PreparedKey`` does.
struct EdDSASignature: Sendable {
    /// Bytes of a signature.
    static let length = 64

    private let template: OpenSSLObject

    /// Prepares for signing with a private key.
    static func signer(_ key: OpenSSLObject) -> EdDSASignature? {
        unsafe EdDSASignature(key) { unsafe EVP_DigestSignInit_ex($0, nil, nil, nil, nil, $1, nil) }
    }

    /// Prepares for verifying with a public key.
    static func verifier(_ key: OpenSSLObject) -> EdDSASignature? {
        unsafe EdDSASignature(key) { unsafe EVP_DigestVerifyInit_ex($0, nil, nil, nil, nil, $1, nil) }
    }

    private init?(_ key: OpenSSLObject, start: (OpaquePointer, OpaquePointer) -> Int32) {
        guard let context = Self.newContext() else { return nil }
        // The context holds a reference of its own to the key.
        let status = context.withPointer { context in key.withPointer { unsafe start(context, $0) } }
        guard status == 1 else {
            ERR_clear_error()
            return nil
        }
        template = context
    }

    private static func newContext() -> OpenSSLObject? {
        unsafe OpenSSLObject(EVP_MD_CTX_new()) { unsafe EVP_MD_CTX_free($0) }
    }

    private func context() -> OpenSSLObject? {
        guard let context = Self.newContext() else { return nil }
        let status = context.withPointer { context in
            template.withPointer { unsafe EVP_MD_CTX_copy_ex(context, $0) }
        }
        guard status == 1 else {
            ERR_clear_error()
            return nil
        }
        return context
    }

    /// Signs a message; nil only when OpenSSL fails.
    func sign(_ message: [UInt8]) -> [UInt8]? {
        guard let context = context() else { return nil }
        var signature = [UInt8](repeating: 0, count: Self.length)
        var written = Self.length
        let status = context.withPointer { context in
            unsafe EVP_DigestSign(context, &signature, &written, message, message.count)
        }
        guard status == 1, written == Self.length else {
            ERR_clear_error()
            return nil
        }
        return signature
    }

    /// Whether a signature fits a message; OpenSSL refuses an S that is not below the order.
    func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard signature.count == Self.length, let context = context() else { return false }
        let status = context.withPointer { context in
            unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count)
        }
        guard status == 1 else {
            ERR_clear_error()
            return false
        }
        return true
    }
}
