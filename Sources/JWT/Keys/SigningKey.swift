/// A private key with its identifier and the one algorithm it signs by.
public struct SigningKey: Sendable {
    /// The key's thumbprint (RFC 7638).
    public let kid: KeyID
    /// The algorithm.
    public let algorithm: SignatureAlgorithm
    /// The public half, for the key set.
    public let verificationKey: VerificationKey
    private let key: RSAPrivateKey
    /// Headers differ by type only, so each is encoded once.
    private let headers: [TokenType?: [UInt8]]

    /// Takes an RSA key for RS256.
    ///
    /// Throws nothing today; other kinds of keys will.
    public init(_ key: RSAPrivateKey) throws(JWTError) {
        let verificationKey = VerificationKey(key.publicKey)
        self.key = key
        self.verificationKey = verificationKey
        kid = verificationKey.kid
        algorithm = verificationKey.algorithm
        var headers: [TokenType?: [UInt8]] = [:]
        for type in TokenType.allCases.map(Optional.some) + [nil] {
            headers[type] = Self.encodedHeader(type: type, key: verificationKey)
        }
        self.headers = headers
    }

    /// Signs a message; throws ``JWTError/cryptographyFailed`` when OpenSSL cannot.
    public func sign(_ message: [UInt8]) throws(JWTError) -> [UInt8] {
        try key.sign(message)
    }

    /// The base64url of the protected header.
    func encodedHeader(type: TokenType?) -> [UInt8] {
        headers[type] ?? Self.encodedHeader(type: type, key: verificationKey)
    }

    private static func encodedHeader(type: TokenType?, key: VerificationKey) -> [UInt8] {
        var header: JSONObject = ["alg": .string(key.algorithm.rawValue), "kid": .string(key.kid.rawValue)]
        header["typ"] = type.map { .string($0.rawValue) }
        return Array(Base64URL.encode(JSON.object(header).encoded()).utf8)
    }
}

extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Tells which key this is, not what it holds.
    public var description: String { "SigningKey(\(kid), redacted)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows no members, so that `dump` and string interpolation of containers stay clean.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
