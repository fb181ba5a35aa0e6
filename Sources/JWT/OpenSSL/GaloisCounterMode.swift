internal import CSSL

/// AES-256-GCM (NIST SP 800-38D) with a 96-bit nonce and a 128-bit tag.
enum GaloisCounterMode {
    static let keyLength = 32
    static let nonceLength = 12
    static let tagLength = 16

    private static let cipher = unsafe OpenSSLObject(EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)) {
        unsafe EVP_CIPHER_free($0)
    }

    private enum Direction: Int32 {
        case decrypt = 0
        case encrypt = 1
    }

    /// Ciphertext and tag; nil for wrong lengths or when OpenSSL fails.
    static func encrypt(
        _ plaintext: [UInt8],
        key: [UInt8],
        nonce: [UInt8],
        associated: [UInt8]
    ) -> (ciphertext: [UInt8], tag: [UInt8])? {
        guard let context = start(.encrypt, key: key, nonce: nonce, associated: associated),
            let ciphertext = update(context, plaintext)
        else { return failed() }
        var tag = [UInt8](repeating: 0, count: tagLength)
        let done = context.withPointer { context in
            guard unsafe finish(context) else { return false }
            return unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), &tag) == 1
        }
        return done ? (ciphertext, tag) : failed()
    }

    /// The plaintext, or nil when the tag does not fit; nothing unauthenticated is ever returned.
    static func decrypt(
        _ ciphertext: [UInt8],
        tag: [UInt8],
        key: [UInt8],
        nonce: [UInt8],
        associated: [UInt8]
    ) -> [UInt8]? {
        guard tag.count == tagLength,
            let context = start(.decrypt, key: key, nonce: nonce, associated: associated),
            let plaintext = update(context, ciphertext)
        else { return failed() }
        // OpenSSL takes the expected tag through a mutable pointer.
        var expected = tag
        let authentic = context.withPointer { context in
            guard unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &expected) == 1 else {
                return false
            }
            return unsafe finish(context)
        }
        return authentic ? plaintext : failed()
    }

    private static func start(
        _ direction: Direction,
        key: [UInt8],
        nonce: [UInt8],
        associated: [UInt8]
    ) -> OpenSSLObject? {
        // OpenSSL reads as many bytes as the cipher wants, whatever the arrays hold.
        guard key.count == keyLength, nonce.count == nonceLength, let count = Int32(exactly: associated.count),
            let cipher,
            let context = unsafe OpenSSLObject(EVP_CIPHER_CTX_new(), free: { unsafe EVP_CIPHER_CTX_free($0) })
        else { return nil }
        let ready = context.withPointer { context in
            let started = cipher.withPointer { cipher in
                unsafe EVP_CipherInit_ex2(context, cipher, key, nonce, direction.rawValue, nil)
            }
            guard started == 1 else { return false }
            var written: Int32 = 0
            return unsafe EVP_CipherUpdate(context, nil, &written, associated, count) == 1
        }
        return ready ? context : nil
    }

    private static func update(_ context: OpenSSLObject, _ input: [UInt8]) -> [UInt8]? {
        guard let count = Int32(exactly: input.count) else { return nil }
        var output = [UInt8](repeating: 0, count: input.count)
        // An empty update is an error to some providers and needless to all.
        guard count > 0 else { return output }
        var written: Int32 = 0
        let status = context.withPointer { unsafe EVP_CipherUpdate($0, &output, &written, input, count) }
        return status == 1 && written == count ? output : nil
    }

    /// GCM writes nothing at the end, but OpenSSL wants room for a block.
    private static func finish(_ context: OpaquePointer) -> Bool {
        var rest = [UInt8](repeating: 0, count: 16)
        var written: Int32 = 0
        return unsafe EVP_CipherFinal_ex(context, &rest, &written) == 1 && written == 0
    }

    private static func failed<Result>() -> Result? {
        ERR_clear_error()
        return nil
    }
}
