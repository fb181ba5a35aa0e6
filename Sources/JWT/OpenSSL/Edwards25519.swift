internal import CSSL

/// The curve of Ed25519 (RFC 7748 section 4.1), for a check of public keys that OpenSSL leaves out.
enum Edwards25519 {
    /// The prime 2^255 - 19, big-endian.
    private static let prime = [0x7F] + [UInt8](repeating: 0xFF, count: 30) + [0xED]
    /// The constant d = -121665 / 121666 of the curve, big-endian.
    private static let constant: [UInt8] = [
        0x52, 0x03, 0x6C, 0xEE, 0x2B, 0x6F, 0xFE, 0x73, 0x8C, 0xC7, 0x40, 0x79, 0x77, 0x79, 0xE8, 0x98,
        0x00, 0x70, 0x0A, 0x4D, 0x41, 0x41, 0xD8, 0xAB, 0x75, 0xEB, 0x4D, 0xCA, 0x13, 0x59, 0x78, 0xA3,
    ]
    /// The y of the points whose order divides 8, big-endian: anybody can sign for them.
    private static let smallOrder: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),
        [UInt8](repeating: 0, count: 31) + [1],
        prime.dropLast() + [0xEC],
        [
            0x05, 0xFC, 0x53, 0x6D, 0x88, 0x02, 0x38, 0xB1, 0x39, 0x33, 0xC6, 0xD3, 0x05, 0xAC, 0xDF, 0xD5,
            0xF0, 0x98, 0xEF, 0xF2, 0x89, 0xF4, 0xC3, 0x45, 0xB0, 0x27, 0xB2, 0xC2, 0x8F, 0x95, 0xE8, 0x26,
        ],
        [
            0x7A, 0x03, 0xAC, 0x92, 0x77, 0xFD, 0xC7, 0x4E, 0xC6, 0xCC, 0x39, 0x2C, 0xFA, 0x53, 0x20, 0x2A,
            0x0F, 0x67, 0x10, 0x0D, 0x76, 0x0B, 0x3C, 0xBA, 0x4F, 0xD8, 0x4D, 0x3D, 0x70, 0x6A, 0x17, 0xC7,
        ],
    ]

    /// Whether 32 bytes are a point of the curve in its one encoding (RFC 8032 section 5.1.3), and of a large order.
    static func isPublicKey(_ encoded: [UInt8]) -> Bool {
        guard encoded.count == 32 else { return false }
        var y = Array(encoded.reversed())
        y[0] &= 0x7F
        guard y.lexicographicallyPrecedes(prime), !smallOrder.contains(y) else { return false }
        return isOnCurve(y)
    }

    /// Whether x² = (y² - 1) / (d y² + 1) has a root; a quotient is a square where the product is.
    private static func isOnCurve(_ y: [UInt8]) -> Bool {
        guard let y = number(y), let d = number(constant), let one = number([1]),
            let square = unsafe combine(y, y, BN_mod_mul),
            let numerator = unsafe combine(square, one, BN_mod_sub),
            let product = unsafe combine(d, square, BN_mod_mul),
            let denominator = unsafe combine(product, one, BN_mod_add),
            let quotient = unsafe combine(numerator, denominator, BN_mod_mul)
        else { return false }
        return isSquare(quotient)
    }

    private typealias Operation = (
        OpaquePointer?, OpaquePointer?, OpaquePointer?, OpaquePointer?, OpaquePointer?
    ) -> Int32

    private static func combine(
        _ left: OpenSSLObject,
        _ right: OpenSSLObject,
        _ operation: Operation
    ) -> OpenSSLObject? {
        guard let result = unsafe OpenSSLObject(BN_new(), free: { unsafe BN_free($0) }), let modulus = number(prime),
            let scratch = scratch()
        else { return nil }
        let status = result.withPointer { result in
            left.withPointer { left in
                right.withPointer { right in
                    modulus.withPointer { modulus in
                        scratch.withPointer { unsafe operation(result, left, right, modulus, $0) }
                    }
                }
            }
        }
        guard status == 1 else {
            ERR_clear_error()
            return nil
        }
        return result
    }

    private static func isSquare(_ number: OpenSSLObject) -> Bool {
        guard let modulus = self.number(prime), let scratch = scratch() else { return false }
        return number.withPointer { number in
            modulus.withPointer { modulus in
                scratch.withPointer { unsafe BN_kronecker(number, modulus, $0) == 1 }
            }
        }
    }

    private static func number(_ bytes: [UInt8]) -> OpenSSLObject? {
        unsafe OpenSSLObject(BN_bin2bn(bytes, Int32(bytes.count), nil)) { unsafe BN_free($0) }
    }

    private static func scratch() -> OpenSSLObject? {
        unsafe OpenSSLObject(BN_CTX_new()) { unsafe BN_CTX_free($0) }
    }
}
