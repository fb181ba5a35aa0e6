internal import CSSL

/// AES-128-CBC and AES-256-CBC (NIST SP 800-38A) by OpenSSL.
enum CipherBlockChaining {
    enum Direction: Int32 {
        case decrypt = 0
        case encrypt = 1
    }

    static let blockLength = 16

    private static let aes128 = unsafe OpenSSLObject(EVP_CIPHER_fetch(nil, "AES-128-CBC", nil)) {
        unsafe EVP_CIPHER_free($0)
    }

    private static let aes256 = unsafe OpenSSLObject(EVP_CIPHER_fetch(nil, "AES-256-CBC", nil)) {
        unsafe EVP_CIPHER_free($0)
    }

    /// The other text; nil for wrong lengths, a padding that does not fit, or when OpenSSL fails.
    static func run(
        _ direction: Direction, _ input: [UInt8], key: [UInt8], iv: [UInt8], isPadded: Bool
    ) -> [UInt8]? {
        // OpenSSL reads as many bytes as the cipher wants, whatever the arrays hold.
        guard iv.count == blockLength, let cipher = cipher(for: key), let count = Int32(exactly: input.count),
            let context = unsafe OpenSSLObject(EVP_CIPHER_CTX_new(), free: { unsafe EVP_CIPHER_CTX_free($0) })
        else { return failed() }
        let isReady = context.withPointer { context in
            let started = cipher.withPointer { cipher in
                unsafe EVP_CipherInit_ex2(context, cipher, key, iv, direction.rawValue, nil)
            }
            guard started == 1 else { return false }
            return unsafe EVP_CIPHER_CTX_set_padding(context, isPadded ? 1 : 0) == 1
        }
        guard isReady else { return failed() }
        // An update writes at most the input and one block, the end at most one block.
        var output = [UInt8](repeating: 0, count: input.count + blockLength)
        var last = [UInt8](repeating: 0, count: blockLength)
        var written: Int32 = 0
        var writtenLast: Int32 = 0
        let isDone = context.withPointer { context in
            if count > 0 {
                guard unsafe EVP_CipherUpdate(context, &output, &written, input, count) == 1 else { return false }
            }
            return unsafe EVP_CipherFinal_ex(context, &last, &writtenLast) == 1
        }
        guard isDone, (0...output.count).contains(Int(written)), (0...blockLength).contains(Int(writtenLast)) else {
            return failed()
        }
        return Array(output.prefix(Int(written))) + last.prefix(Int(writtenLast))
    }

    private static func cipher(for key: [UInt8]) -> OpenSSLObject? {
        switch key.count {
        case 16: aes128
        case 32: aes256
        default: nil
        }
    }

    private static func failed<Result>() -> Result? {
        ERR_clear_error()
        return nil
    }
}
