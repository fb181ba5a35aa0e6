/// An RSA public key of 2048 to 8192 bits.
public struct RSAPublicKey: Sendable {
    /// The bits that a modulus may have.
    public static let allowedBits = 2048...8192
    private static let maximumPEMLength = 64 << 10

    /// The modulus, big-endian without leading zeros.
    public let modulus: [UInt8]
    /// The public exponent, big-endian without leading zeros.
    public let exponent: [UInt8]
    private let key: OpenSSLObject
    private let verifier: RSASignature

    /// Makes a key of big-endian numbers; leading zeros are dropped.
    ///
    /// Throws ``JWTError/keyTooSmall``, ``JWTError/keyTooLarge``, ``JWTError/invalidExponent``, and
    /// ``JWTError/invalidKey`` for an even modulus.
    public init(modulus: [UInt8], exponent: [UInt8]) throws(JWTError) {
        let modulus = Array(modulus.drop { $0 == 0 })
        let exponent = Array(exponent.drop { $0 == 0 })
        let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        guard bits >= Self.allowedBits.lowerBound else { throw .keyTooSmall }
        guard bits <= Self.allowedBits.upperBound else { throw .keyTooLarge }
        guard let lowest = modulus.last, lowest & 1 == 1 else { throw .invalidKey }
        // Long exponents serve nobody but those who want verification to be slow.
        guard exponent.count <= 8, let last = exponent.last, last & 1 == 1, exponent != [1] else {
            throw .invalidExponent
        }
        guard let key = RSAKeyCoding.publicKey(modulus: modulus, exponent: exponent),
            let verifier = RSASignature.verifier(key, length: modulus.count)
        else { throw .invalidKey }
        self.modulus = modulus
        self.exponent = exponent
        self.key = key
        self.verifier = verifier
    }

    /// Reads a PEM SubjectPublicKeyInfo (`BEGIN PUBLIC KEY`, RFC 7468); refuses as ``init(modulus:exponent:)`` does.
    public init(pem: String) throws(JWTError) {
        guard pem.utf8.count <= Self.maximumPEMLength,
            let key = RSAKeyCoding.decode(Array(pem.utf8), as: .pem, .publicKey),
            let (modulus, exponent) = RSAKeyCoding.publicNumbers(key)
        else { throw .invalidKey }
        try self.init(modulus: modulus, exponent: exponent)
    }

    /// The key as PEM SubjectPublicKeyInfo (RFC 7468), with a line feed at the end.
    ///
    /// Stops the process when OpenSSL has no memory left.
    public var pem: String {
        guard let bytes = RSAKeyCoding.encode(key, as: .pem, .publicKey) else {
            preconditionFailure("OpenSSL cannot write a public key")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many bits the modulus has.
    public var bitCount: Int {
        modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
    }

    /// Whether this is an RSASSA-PKCS1-v1_5 signature with SHA-256 of the message (RFC 8017 section 8.2.2).
    public func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        verifier.isValid(signature, digest: SHA256.hash(message))
    }
}

extension RSAPublicKey: Equatable {
    /// Whether both are the same key.
    public static func == (left: RSAPublicKey, right: RSAPublicKey) -> Bool {
        left.modulus == right.modulus && left.exponent == right.exponent
    }
}
