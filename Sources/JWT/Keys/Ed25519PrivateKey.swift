/// An Ed25519 private key (RFC 8032), for EdDSA.
///
/// May sign on many threads at once.
public struct Ed25519PrivateKey: Sendable {
    /// The public half.
    public let publicKey: Ed25519PublicKey
    private let key: OpenSSLObject
    private let signer: EdDSASignature

    /// Makes a new key; throws ``JWTError/cryptographyFailed`` when OpenSSL cannot.
    public static func generate() throws(JWTError) -> Self {
        guard let key = KeyCoding.generateEd25519() else { throw .cryptographyFailed }
        return try Self(key)
    }

    /// Reads an unencrypted PEM key, PKCS#8 (`BEGIN PRIVATE KEY`, RFC 8410).
    ///
    /// Throws ``JWTError/invalidKey`` for anything else.
    public init(pem: String) throws(JWTError) {
        guard let key = KeyCoding.decode(Array(pem.utf8), as: .pem, .keyPair, .ed25519) else {
            throw .invalidKey
        }
        try self.init(key)
    }

    /// Reads a PKCS#8 PrivateKeyInfo in DER (RFC 5208), nothing behind it; refuses as ``init(pem:)`` does.
    public init(pkcs8 der: [UInt8]) throws(JWTError) {
        guard let key = KeyCoding.decode(der, as: .der, .keyPair, .ed25519) else { throw .invalidKey }
        try self.init(key)
    }

    private init(_ key: OpenSSLObject) throws(JWTError) {
        let publicKey = try Ed25519PublicKey(key)
        guard let signer = EdDSASignature.signer(key) else { throw .invalidKey }
        // Shows at once whether there is a private half.
        guard let probe = signer.sign([]), publicKey.isValidSignature(probe, for: []) else {
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

    /// Signs a message; 64 bytes, always the same for one message (RFC 8032 section 5.1.6).
    ///
    /// Throws ``JWTError/cryptographyFailed`` when OpenSSL cannot.
    public func sign(_ message: [UInt8]) throws(JWTError) -> [UInt8] {
        guard let signature = signer.sign(message) else { throw .cryptographyFailed }
        return signature
    }
}

extension Ed25519PrivateKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Tells what this is, not what it holds.
    public var description: String { "Ed25519PrivateKey(redacted)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows no members, so that `dump` and string interpolation of containers stay clean.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
