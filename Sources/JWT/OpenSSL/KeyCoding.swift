internal import CSSL

/// Making `EVP_PKEY` objects of any kind, reading and writing them.
enum KeyCoding {
    /// The longest text or DER that is read, 64 KiB.
    static let maximumLength = 64 << 10

    /// The kind of a key.
    enum Kind {
        case rsa, ellipticCurve, ed25519

        /// OpenSSL keeps the pointer, so it points to a C literal.
        fileprivate var name: UnsafePointer<CChar>? {
            switch self {
            case .rsa: unsafe cssl_name_rsa()
            case .ellipticCurve: unsafe cssl_name_ec()
            case .ed25519: unsafe cssl_name_ed25519()
            }
        }
    }

    /// How a key is written.
    enum Format {
        case pem, der

        /// OpenSSL keeps the pointer, so it points to a C literal.
        fileprivate var name: UnsafePointer<CChar>? {
            switch self {
            case .pem: unsafe cssl_name_pem()
            case .der: unsafe cssl_name_der()
            }
        }
    }

    /// Which half of a key.
    enum Part {
        case keyPair, publicKey

        fileprivate var selection: Int32 {
            switch self {
            case .keyPair: cssl_select_key_pair()
            case .publicKey: cssl_select_public_key()
            }
        }

        /// The ASN.1 structure that is written: PKCS#8 (RFC 5208) or SubjectPublicKeyInfo (RFC 5280).
        fileprivate var structure: UnsafePointer<CChar>? {
            switch self {
            case .keyPair: unsafe cssl_name_private_key_info()
            case .publicKey: unsafe cssl_name_subject_public_key_info()
            }
        }
    }

    /// A new key on the curve P-256.
    static func generateP256() -> OpenSSLObject? {
        unsafe own(cssl_p256_generate())
    }

    /// A new Ed25519 key.
    static func generateEd25519() -> OpenSSLObject? {
        unsafe own(cssl_ed25519_generate())
    }

    /// Reads PKCS#8, or SubjectPublicKeyInfo for a public key, and the older form of the kind, PKCS#1 or SEC 1.
    ///
    /// Encrypted keys fail, as no passphrase is ever asked for, and so do private keys where a public one is wanted.
    static func decode(_ bytes: [UInt8], as format: Format, _ part: Part, _ kind: Kind) -> OpenSSLObject? {
        guard bytes.count <= maximumLength else { return nil }
        var key: OpaquePointer?
        // The decoder writes to `key` while it runs, so the address must hold from its making to its end.
        let complete = unsafe withUnsafeMutablePointer(to: &key) { slot in
            let context = unsafe OpenSSLObject(
                OSSL_DECODER_CTX_new_for_pkey(slot, format.name, nil, kind.name, part.selection, nil, nil)
            ) { unsafe OSSL_DECODER_CTX_free($0) }
            guard let context else { return false }
            return unsafe bytes.withUnsafeBufferPointer { buffer in
                var cursor = buffer.baseAddress
                var remaining = buffer.count
                let status = context.withPointer { unsafe OSSL_DECODER_from_data($0, &cursor, &remaining) }
                // DER ends where its length says; bytes behind it are refused. PEM may be followed by text.
                return status == 1 && (format == .pem || remaining == 0)
            }
        }
        let owned = unsafe own(key)
        ERR_clear_error()
        return complete ? owned : nil
    }

    static func encode(_ key: OpenSSLObject, as format: Format, _ part: Part) -> [UInt8]? {
        let context = key.withPointer { pointer in
            unsafe OpenSSLObject(
                OSSL_ENCODER_CTX_new_for_pkey(pointer, part.selection, format.name, part.structure, nil)
            ) { unsafe OSSL_ENCODER_CTX_free($0) }
        }
        guard let context else { return nil }
        var memory: UnsafeMutablePointer<UInt8>?
        var count = 0
        // The context borrows the key, so the key has to outlive the encoding.
        let status = withExtendedLifetime(key) {
            context.withPointer { unsafe OSSL_ENCODER_to_data($0, &memory, &count) }
        }
        guard status == 1, let start = unsafe memory else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe cssl_clear_free(start, count) }
        return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }

    /// Takes over a key; nil where OpenSSL gave none.
    static func own(_ key: OpaquePointer?) -> OpenSSLObject? {
        unsafe OpenSSLObject(key) { unsafe EVP_PKEY_free($0) }
    }
}
