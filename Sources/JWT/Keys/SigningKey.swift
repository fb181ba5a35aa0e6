/// A private key with its identifier and the one algorithm it signs by.
public struct SigningKey: Sendable {
    /// A private key, bound to its algorithm.
    public enum PrivateKey: Sendable {
        /// An RSA key for RS256.
        case rs256(RSAPrivateKey)
        /// An RSA key for PS256.
        case ps256(RSAPrivateKey)
        /// A P-256 key for ES256.
        case es256(ECPrivateKey)
        /// An Ed25519 key for EdDSA.
        case edDSA(Ed25519PrivateKey)
    }

    /// The key's thumbprint (RFC 7638).
    ///
    /// It does not depend on the algorithm, so one RSA key must not serve RS256 and PS256 both.
    public let kid: KeyID
    /// The algorithm.
    public let algorithm: SignatureAlgorithm
    /// The public half, for the key set.
    public let verificationKey: VerificationKey
    private let key: PrivateKey
    /// Headers differ by type only, so each is encoded once.
    private let headers: [TokenType?: [UInt8]]

    /// Makes a new key for an algorithm; `rsaSize` is for RS256 and PS256.
    ///
    /// Throws ``JWTError/cryptographyFailed`` when OpenSSL cannot.
    public static func generate(
        _ algorithm: SignatureAlgorithm,
        rsaSize: RSAKeySize = .bits2048
    ) throws(JWTError) -> Self {
        switch algorithm {
        case .rs256: Self(.rs256(try .generate(rsaSize)))
        case .ps256: Self(.ps256(try .generate(rsaSize)))
        case .es256: Self(.es256(try .generate()))
        case .edDSA: Self(.edDSA(try .generate()))
        }
    }

    /// Reads what ``pem`` wrote, for the algorithm that was kept beside it.
    ///
    /// Throws ``JWTError/invalidKey`` for a key of another kind and for what is no private key,
    /// ``JWTError/keyTooSmall``, ``JWTError/keyTooLarge`` and ``JWTError/invalidExponent`` for RSA keys.
    public init(algorithm: SignatureAlgorithm, pem: String) throws(JWTError) {
        switch algorithm {
        case .rs256: self.init(.rs256(try RSAPrivateKey(pem: pem)))
        case .ps256: self.init(.ps256(try RSAPrivateKey(pem: pem)))
        case .es256: self.init(.es256(try ECPrivateKey(pem: pem)))
        case .edDSA: self.init(.edDSA(try Ed25519PrivateKey(pem: pem)))
        }
    }

    /// Takes an RSA key for RS256.
    ///
    /// Throws nothing.
    public init(_ key: RSAPrivateKey) throws(JWTError) {
        self.init(.rs256(key))
    }

    /// Takes a key for the algorithm it is bound to.
    public init(_ key: PrivateKey) {
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

    /// The private key as unencrypted PEM PKCS#8, with a line feed at the end: a secret.
    ///
    /// It does not tell RS256 from PS256, so keep ``algorithm`` beside it. Stops the process when OpenSSL has no memory
    /// left.
    public var pem: String {
        switch key {
        case .rs256(let key), .ps256(let key): key.pem
        case .es256(let key): key.pem
        case .edDSA(let key): key.pem
        }
    }

    /// Signs a message by ``algorithm``; throws ``JWTError/cryptographyFailed`` when OpenSSL cannot.
    public func sign(_ message: [UInt8]) throws(JWTError) -> [UInt8] {
        switch key {
        case .rs256(let key): try key.sign(message, by: .pkcs1v15)
        case .ps256(let key): try key.sign(message, by: .pss)
        case .es256(let key): try key.sign(message)
        case .edDSA(let key): try key.sign(message)
        }
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

extension SigningKey.PrivateKey {
    /// The public half, bound to the same algorithm.
    public var publicKey: VerificationKey.PublicKey {
        switch self {
        case .rs256(let key): .rs256(key.publicKey)
        case .ps256(let key): .ps256(key.publicKey)
        case .es256(let key): .es256(key.publicKey)
        case .edDSA(let key): .edDSA(key.publicKey)
        }
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
