/// A public key on the curve P-256, for ES256.
public struct ECPublicKey: Sendable {
    /// Bytes of a coordinate (RFC 7518 section 6.2.1.2).
    public static let coordinateLength = 32

    /// The x coordinate, 32 bytes, big-endian.
    public let x: [UInt8]
    /// The y coordinate, 32 bytes, big-endian.
    public let y: [UInt8]
    private let key: OpenSSLObject
    private let verifier: ECDSASignature

    /// Makes a key of coordinates, zeros in front included.
    ///
    /// Throws ``JWTError/invalidKey`` unless both are 32 bytes and the point is on the curve.
    public init(x: [UInt8], y: [UInt8]) throws(JWTError) {
        guard x.count == Self.coordinateLength, y.count == Self.coordinateLength,
            let key = FixedLengthKeyInfo.p256.key(x + y),
            let verifier = ECDSASignature.verifier(key)
        else { throw .invalidKey }
        self.x = x
        self.y = y
        self.key = key
        self.verifier = verifier
    }

    /// Takes the public half of any key that OpenSSL read.
    init(_ key: OpenSSLObject) throws(JWTError) {
        guard let point = FixedLengthKeyInfo.p256.bytes(of: key) else { throw .invalidKey }
        try self.init(x: Array(point.prefix(Self.coordinateLength)), y: Array(point.suffix(Self.coordinateLength)))
    }

    /// Reads a PEM SubjectPublicKeyInfo (`BEGIN PUBLIC KEY`, RFC 5480).
    ///
    /// Throws ``JWTError/invalidKey`` for anything else: other curves, parameters in place of the curve's name, and
    /// compressed points.
    public init(pem: String) throws(JWTError) {
        guard let key = KeyCoding.decode(Array(pem.utf8), as: .pem, .publicKey, .ellipticCurve) else {
            throw .invalidKey
        }
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

    /// Whether this is an ECDSA signature with SHA-256 of the message: r and s, 32 bytes each (RFC 7518 section 3.4).
    ///
    /// ECDSA has two valid signatures, s and its negative, where one is known; so a signature is no identifier.
    public func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        verifier.isValid(signature, digest: SHA256.hash(message))
    }
}

extension ECPublicKey: Equatable {
    /// Whether both are the same key.
    public static func == (left: ECPublicKey, right: ECPublicKey) -> Bool {
        left.x == right.x && left.y == right.y
    }
}
