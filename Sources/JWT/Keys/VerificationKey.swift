/// A public key with its identifier and the one algorithm it is used with.
public struct VerificationKey: Sendable, Equatable {
    /// The key's identifier.
    public let kid: KeyID
    /// The only algorithm that signatures of this key are checked by, whatever a token says.
    public let algorithm: SignatureAlgorithm
    private let key: RSAPublicKey

    /// Takes an RSA key for RS256; the identifier is its thumbprint (RFC 7638).
    public init(_ key: RSAPublicKey) {
        self.init(key, kid: KeyID(thumbprintOf: key))
    }

    /// Takes an RSA key for RS256 under an identifier that somebody else chose.
    public init(_ key: RSAPublicKey, kid: KeyID) {
        self.kid = kid
        self.key = key
        algorithm = .rs256
    }

    /// The key as a JWK (RFC 7517, RFC 7518 section 6.3.1): `kty`, `use`, `alg`, `kid`, `n`, `e`.
    public var jwk: JSON {
        [
            "kty": "RSA",
            "use": "sig",
            "alg": .string(algorithm.rawValue),
            "kid": .string(kid.rawValue),
            "n": .string(Base64URL.encode(key.modulus)),
            "e": .string(Base64URL.encode(key.exponent)),
        ]
    }

    /// Whether the signature fits the message under ``algorithm``.
    public func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        key.isValidSignature(signature, for: message)
    }
}
