internal import CSSL

/// Making `EVP_PKEY` objects and writing them out.
enum RSAKeyCoding {
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

    static func generate(bits: Int) -> OpenSSLObject? {
        guard let bits = UInt32(exactly: bits) else { return nil }
        return unsafe own(cssl_rsa_generate(bits))
    }

    /// Reads a key of type `RSA`; encrypted ones fail, as no passphrase is ever asked for.
    static func decode(_ bytes: [UInt8], as format: Format, _ part: Part) -> OpenSSLObject? {
        var key: OpaquePointer?
        // The decoder writes to `key` while it runs, so the address must hold from its making to its end.
        let complete = unsafe withUnsafeMutablePointer(to: &key) { slot in
            let context = unsafe OpenSSLObject(
                OSSL_DECODER_CTX_new_for_pkey(slot, format.name, nil, cssl_name_rsa(), part.selection, nil, nil)
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

    /// A public key from big-endian numbers.
    static func publicKey(modulus: [UInt8], exponent: [UInt8]) -> OpenSSLObject? {
        guard let modulus = number(modulus), let exponent = number(exponent),
            let builder = unsafe OpenSSLObject(OSSL_PARAM_BLD_new(), free: { unsafe OSSL_PARAM_BLD_free($0) }),
            let context = unsafe OpenSSLObject(
                EVP_PKEY_CTX_new_from_name(nil, cssl_name_rsa(), nil),
                free: { unsafe EVP_PKEY_CTX_free($0) }
            )
        else { return nil }
        // The builder borrows the numbers until its parameters are made.
        let parameters: OpenSSLObject? = withExtendedLifetime((modulus, exponent)) {
            let pushed = builder.withPointer { builder in
                let first = modulus.withPointer {
                    unsafe OSSL_PARAM_BLD_push_BN(builder, cssl_rsa_modulus_name(), $0)
                }
                let second = exponent.withPointer {
                    unsafe OSSL_PARAM_BLD_push_BN(builder, cssl_rsa_exponent_name(), $0)
                }
                return first == 1 && second == 1
            }
            guard pushed else { return nil }
            return builder.withPointer { builder in
                unsafe OpenSSLObject(OSSL_PARAM_BLD_to_param(builder).map { OpaquePointer($0) }) {
                    unsafe OSSL_PARAM_free(UnsafeMutablePointer($0))
                }
            }
        }
        guard let parameters else { return nil }
        var key: OpaquePointer?
        let status = context.withPointer { context in
            guard unsafe EVP_PKEY_fromdata_init(context) == 1 else { return Int32(0) }
            return parameters.withPointer { parameters in
                unsafe EVP_PKEY_fromdata(
                    context,
                    &key,
                    cssl_select_public_key(),
                    UnsafeMutablePointer(parameters)
                )
            }
        }
        let owned = unsafe own(key)
        ERR_clear_error()
        return status == 1 ? owned : nil
    }

    /// The modulus and public exponent, big-endian without leading zeros.
    static func publicNumbers(_ key: OpenSSLObject) -> (modulus: [UInt8], exponent: [UInt8])? {
        key.withPointer { key in
            guard let modulus = unsafe bytes(key, cssl_rsa_modulus_name()),
                let exponent = unsafe bytes(key, cssl_rsa_exponent_name())
            else {
                ERR_clear_error()
                return nil
            }
            return (modulus, exponent)
        }
    }

    private static func own(_ key: OpaquePointer?) -> OpenSSLObject? {
        unsafe OpenSSLObject(key) { unsafe EVP_PKEY_free($0) }
    }

    private static func number(_ bytes: [UInt8]) -> OpenSSLObject? {
        guard let count = Int32(exactly: bytes.count) else { return nil }
        return unsafe OpenSSLObject(BN_bin2bn(bytes, count, nil)) { unsafe BN_free($0) }
    }

    private static func bytes(_ key: OpaquePointer, _ name: UnsafePointer<CChar>?) -> [UInt8]? {
        var value: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(key, name, &value) == 1,
            let number = unsafe OpenSSLObject(value, free: { unsafe BN_free($0) })
        else { return nil }
        return number.withPointer { number in
            var bytes = [UInt8](repeating: 0, count: Int(unsafe cssl_bn_byte_count(number)))
            let written = unsafe BN_bn2binpad(number, &bytes, Int32(bytes.count))
            return Int(written) == bytes.count ? bytes : nil
        }
    }
}
