/// An RSA public key of 2048 to 8192 bits.
public struct RSAPublicKey: Sendable {
    /// The bits that a modulus may have.
    public static let allowedBits = 2048...8192

    /// The modulus, big-endian without leading zeros.
    public let modulus: [UInt8]
    /// The public exponent, big-endian without leading zeros.
    public let exponent: [UInt8]
    private let key: OpenSSLObject
    private let verifier: RSASignature
    private let pssVerifier: RSASignature

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
            let verifier = RSASignature.verifier(key, .pkcs1v15, length: modulus.count),
            let pssVerifier = RSASignature.verifier(key, .pss, length: modulus.count)
        else { throw .invalidKey }
        self.modulus = modulus
        self.exponent = exponent
        self.key = key
        self.verifier = verifier
        self.pssVerifier = pssVerifier
    }

    /// Reads PEM, SubjectPublicKeyInfo (`BEGIN PUBLIC KEY`, RFC 7468) or PKCS#1 (`BEGIN RSA PUBLIC KEY`).
    ///
    /// Refuses as ``init(modulus:exponent:)`` does.
    public init(pem: String) throws(JWTError) {
        guard let key = KeyCoding.decode(Array(pem.utf8), as: .pem, .publicKey, .rsa),
            let (modulus, exponent) = RSAKeyCoding.publicNumbers(key)
        else { throw .invalidKey }
        try self.init(modulus: modulus, exponent: exponent)
    }

    /// The key as PEM SubjectPublicKeyInfo (RFC 7468), with a line feed at the end.
    ///
    /// Stops the process when OpenSSL has no memory left.
    public var pem: String {
        guard let bytes = KeyCoding.encode(key, as: .pem, .publicKey) else {
            preconditionFailure("OpenSSL cannot write a public key")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many bits the modulus has.
    public var bitCount: Int {
        modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
    }

    /// Whether this is a signature of the message under that scheme, with SHA-256 (RFC 8017 section 8).
    public func isValidSignature(
        _ signature: [UInt8],
        for message: [UInt8],
        by scheme: RSAScheme = .pkcs1v15
    ) -> Bool {
        let digest = SHA256.hash(message)
        return switch scheme {
        case .pkcs1v15: verifier.isValid(signature, digest: digest)
        case .pss: pssVerifier.isValid(signature, digest: digest)
        }
    }
}

extension RSAPublicKey: Equatable {
    /// Whether both are the same key.
    public static func == (left: RSAPublicKey, right: RSAPublicKey) -> Bool {
        left.modulus == right.modulus && left.exponent == right.exponent
    }
}
