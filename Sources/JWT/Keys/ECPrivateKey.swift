/// A private key on the curve P-256, for ES256.
///
/// May sign on many threads at once.
public struct ECPrivateKey: Sendable {
    /// The public half.
    public let publicKey: ECPublicKey
    private let key: OpenSSLObject
    private let signer: ECDSASignature

    /// Makes a new key; throws ``JWTError/cryptographyFailed`` when OpenSSL cannot.
    public static func generate() throws(JWTError) -> Self {
        guard let key = KeyCoding.generateP256() else { throw .cryptographyFailed }
        return try Self(key)
    }

    /// Reads an unencrypted PEM key, PKCS#8 (`BEGIN PRIVATE KEY`) or SEC 1 (`BEGIN EC PRIVATE KEY`).
    ///
    /// Throws ``JWTError/invalidKey`` for anything else, `BEGIN EC PARAMETERS` in front included, for other curves, for
    /// parameters in place of the curve's name, and for halves that do not belong together.
    public init(pem: String) throws(JWTError) {
        guard let key = KeyCoding.decode(Array(pem.utf8), as: .pem, .keyPair, .ellipticCurve) else {
            throw .invalidKey
        }
        try self.init(key)
    }

    /// Reads a key in DER, PKCS#8 (RFC 5208) or SEC 1, nothing behind it; refuses as ``init(pem:)`` does.
    public init(pkcs8 der: [UInt8]) throws(JWTError) {
        guard let key = KeyCoding.decode(der, as: .der, .keyPair, .ellipticCurve) else { throw .invalidKey }
        try self.init(key)
    }

    private init(_ key: OpenSSLObject) throws(JWTError) {
        let publicKey = try ECPublicKey(key)
        guard let signer = ECDSASignature.signer(key) else { throw .invalidKey }
        // Shows at once whether there is a private half and whether it belongs to the public one.
        guard let probe = signer.sign(digest: SHA256.hash([])), publicKey.isValidSignature(probe, for: []) else {
            throw .invalidKey
        }
        self.publicKey = publicKey
        self.key = key
        self.signer = signer
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

    /// Signs by ECDSA with SHA-256; r and s, 32 bytes each (RFC 7518 section 3.4).
    ///
    /// Throws ``JWTError/cryptographyFailed`` when OpenSSL cannot.
    public func sign(_ message: [UInt8]) throws(JWTError) -> [UInt8] {
        guard let signature = signer.sign(digest: SHA256.hash(message)) else { throw .cryptographyFailed }
        return signature
    }
}

extension ECPrivateKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Tells what this is, not what it holds.
    public var description: String { "ECPrivateKey(redacted)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows no members, so that `dump` and string interpolation of containers stay clean.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
