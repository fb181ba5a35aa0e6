/// An RSA private key of 2048 to 8192 bits.
///
/// May sign on many threads at once.
public struct RSAPrivateKey: Sendable {
    /// The public half.
    public let publicKey: RSAPublicKey
    private let key: OpenSSLObject
    private let signer: RSASignature
    private let pssSigner: RSASignature

    /// Makes a new key; takes from a tenth of a second to some seconds.
    ///
    /// Throws ``JWTError/cryptographyFailed`` when OpenSSL cannot.
    public static func generate(_ size: RSAKeySize) throws(JWTError) -> Self {
        guard let key = RSAKeyCoding.generate(bits: size.rawValue) else { throw .cryptographyFailed }
        return try Self(key)
    }

    /// Reads an unencrypted PEM key, PKCS#8 (`BEGIN PRIVATE KEY`) or PKCS#1 (`BEGIN RSA PRIVATE KEY`).
    ///
    /// Throws ``JWTError/invalidKey`` for anything else and for parts that do not belong together,
    /// ``JWTError/keyTooSmall`` and ``JWTError/keyTooLarge``.
    public init(pem: String) throws(JWTError) {
        guard let key = KeyCoding.decode(Array(pem.utf8), as: .pem, .keyPair, .rsa) else { throw .invalidKey }
        try self.init(key)
    }

    /// Reads a key in DER, PKCS#8 (RFC 5208) or PKCS#1, nothing behind it; refuses as ``init(pem:)`` does.
    public init(pkcs8 der: [UInt8]) throws(JWTError) {
        guard let key = KeyCoding.decode(der, as: .der, .keyPair, .rsa) else { throw .invalidKey }
        try self.init(key)
    }

    private init(_ key: OpenSSLObject) throws(JWTError) {
        guard let (modulus, exponent) = RSAKeyCoding.publicNumbers(key) else { throw .invalidKey }
        let publicKey = try RSAPublicKey(modulus: modulus, exponent: exponent)
        guard let signer = RSASignature.signer(key, .pkcs1v15, length: modulus.count),
            let pssSigner = RSASignature.signer(key, .pss, length: modulus.count)
        else { throw .invalidKey }
        // Shows at once whether there is a private half and whether it belongs to the public one.
        let digest = SHA256.hash([])
        guard let probe = signer.sign(digest: digest), publicKey.isValidSignature(probe, for: []) else {
            throw .invalidKey
        }
        self.publicKey = publicKey
        self.key = key
        self.signer = signer
        self.pssSigner = pssSigner
    }

    /// The key as unencrypted PEM PKCS#8, with a line feed at the end: a secret.
    ///
    /// Stops the process when OpenSSL has no memory left.
    public var pem: String {
        String(decoding: encoded(as: .pem), as: UTF8.self)
    }

    /// The key as unencrypted PKCS#8 in DER: a secret.
    ///
    /// Stops the process when OpenSSL has no memory left.
    public var pkcs8: [UInt8] {
        encoded(as: .der)
    }

    private func encoded(as format: KeyCoding.Format) -> [UInt8] {
        guard let bytes = KeyCoding.encode(key, as: format, .keyPair) else {
            preconditionFailure("OpenSSL cannot write a private key")
        }
        return bytes
    }

    /// Signs by RSASSA-PKCS1-v1_5 or RSASSA-PSS with SHA-256 (RFC 8017 section 8); as long as the modulus.
    ///
    /// Throws ``JWTError/cryptographyFailed`` when OpenSSL cannot.
    public func sign(_ message: [UInt8], by scheme: RSAScheme = .pkcs1v15) throws(JWTError) -> [UInt8] {
        let digest = SHA256.hash(message)
        let signature =
            switch scheme {
            case .pkcs1v15: signer.sign(digest: digest)
            case .pss: pssSigner.sign(digest: digest)
            }
        guard let signature else { throw .cryptographyFailed }
        return signature
    }
}

extension RSAPrivateKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Tells what this is, not what it holds.
    public var description: String { "RSAPrivateKey(redacted)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows no members, so that `dump` and string interpolation of containers stay clean.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
