internal import CSSL

/// What only RSA keys have: their numbers.
enum RSAKeyCoding {
    static func generate(bits: Int) -> OpenSSLObject? {
        guard let bits = UInt32(exactly: bits) else { return nil }
        return unsafe KeyCoding.own(cssl_rsa_generate(bits))
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
        let owned = unsafe KeyCoding.own(key)
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
