/// An Ed25519 public key (RFC 8032), for EdDSA.
public struct Ed25519PublicKey: Sendable {
    /// The key, 32 bytes (RFC 8032 section 5.1.5).
    public let bytes: [UInt8]
    private let key: OpenSSLObject
    private let verifier: EdDSASignature

    /// Takes the 32 bytes of a key.
    ///
    /// Throws ``JWTError/invalidKey`` for another length, for what is no point of the curve in its one encoding, and
    /// for the points of small order, for which anybody can sign.
    public init(_ bytes: [UInt8]) throws(JWTError) {
        guard Edwards25519.isPublicKey(bytes), let key = FixedLengthKeyInfo.ed25519.key(bytes),
            let verifier = EdDSASignature.verifier(key)
        else { throw .invalidKey }
        self.bytes = bytes
        self.key = key
        self.verifier = verifier
    }

    /// Takes the public half of any key that OpenSSL read.
    init(_ key: OpenSSLObject) throws(JWTError) {
        guard let bytes = FixedLengthKeyInfo.ed25519.bytes(of: key) else { throw .invalidKey }
        try self.init(bytes)
    }

    /// Reads a PEM SubjectPublicKeyInfo (`BEGIN PUBLIC KEY`, RFC 8410); refuses as ``init(_:)-([UInt8])`` does.
    public init(pem: String) throws(JWTError) {
        guard let key = KeyCoding.decode(Array(pem.utf8), as: .pem, .publicKey, .ed25519) else { throw .invalidKey }
        try self.init(key)
    }

    /// The key as PEM SubjectPublicKeyInfo, with a line feed at the end.
    ///
    /// Stops the process when OpenSSL has no memory left.
    public var pem: String {
        guard let bytes = KeyCoding.encode(key, as: .pem, .publicKey) else {
            preconditionFailure("OpenSSL cannot write a public key")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether this is a signature of the message, 64 bytes (RFC 8032 section 5.1.7).
    public func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        verifier.isValid(signature, for: message)
    }
}

extension Ed25519PublicKey: Equatable {
    /// Whether both are the same key.
    public static func == (left: Ed25519PublicKey, right: Ed25519PublicKey) -> Bool {
        left.bytes == right.bytes
    }
}
