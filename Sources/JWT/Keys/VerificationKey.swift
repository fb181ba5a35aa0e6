/// A public key with its identifier and the one algorithm it is used with.
public struct VerificationKey: Sendable, Equatable {
    /// A public key, bound to its algorithm.
    public enum PublicKey: Sendable, Equatable {
        /// An RSA key for RS256.
        case rs256(RSAPublicKey)
        /// An RSA key for PS256.
        case ps256(RSAPublicKey)
        /// A P-256 key for ES256.
        case es256(ECPublicKey)
        /// An Ed25519 key for EdDSA.
        case edDSA(Ed25519PublicKey)
    }

    /// The key's identifier.
    public let kid: KeyID
    /// The key itself.
    public let key: PublicKey

    /// Takes an RSA key for RS256; the identifier is its thumbprint (RFC 7638).
    public init(_ key: RSAPublicKey) {
        self.init(.rs256(key))
    }

    /// Takes an RSA key for RS256 under an identifier that somebody else chose.
    public init(_ key: RSAPublicKey, kid: KeyID) {
        self.init(.rs256(key), kid: kid)
    }

    /// Takes a key for the algorithm it is bound to; without `kid` the identifier is its thumbprint (RFC 7638).
    public init(_ key: PublicKey, kid: KeyID? = nil) {
        self.kid = kid ?? KeyID(thumbprintOf: key)
        self.key = key
    }

    /// Reads a PEM SubjectPublicKeyInfo (`BEGIN PUBLIC KEY`) for an algorithm; ``kid`` is the thumbprint.
    ///
    /// Throws ``JWTError/invalidKey`` for a key of another kind and for what is no public key,
    /// ``JWTError/keyTooSmall``, ``JWTError/keyTooLarge`` and ``JWTError/invalidExponent`` for RSA keys.
    public init(algorithm: SignatureAlgorithm, pem: String) throws(JWTError) {
        switch algorithm {
        case .rs256: self.init(.rs256(try RSAPublicKey(pem: pem)))
        case .ps256: self.init(.ps256(try RSAPublicKey(pem: pem)))
        case .es256: self.init(.es256(try ECPublicKey(pem: pem)))
        case .edDSA: self.init(.edDSA(try Ed25519PublicKey(pem: pem)))
        }
    }

    /// The only algorithm that signatures of this key are checked by, whatever a token says.
    public var algorithm: SignatureAlgorithm {
        switch key {
        case .rs256: .rs256
        case .ps256: .ps256
        case .es256: .es256
        case .edDSA: .edDSA
        }
    }

    /// The key as a JWK: `kty`, `use`, `alg`, `kid`, then the members of its kind (RFC 7518 section 6, RFC 8037).
    public var jwk: JSON {
        let members = key.members
        var jwk: JSONObject = [
            "kty": members["kty"] ?? .null,
            "use": "sig",
            "alg": .string(algorithm.rawValue),
            "kid": .string(kid.rawValue),
        ]
        for (name, value) in members { jwk[name] = value }
        return .object(jwk)
    }

    /// Whether the signature fits the message under ``algorithm``.
    public func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        switch key {
        case .rs256(let key): key.isValidSignature(signature, for: message, by: .pkcs1v15)
        case .ps256(let key): key.isValidSignature(signature, for: message, by: .pss)
        case .es256(let key): key.isValidSignature(signature, for: message)
        case .edDSA(let key): key.isValidSignature(signature, for: message)
        }
    }
}

extension VerificationKey.PublicKey {
    /// The key as PEM SubjectPublicKeyInfo, with a line feed at the end; it does not tell RS256 from PS256.
    ///
    /// Stops the process when OpenSSL has no memory left.
    public var pem: String {
        switch self {
        case .rs256(let key), .ps256(let key): key.pem
        case .es256(let key): key.pem
        case .edDSA(let key): key.pem
        }
    }

    /// The required members of the JWK, which make the thumbprint too (RFC 7638 section 3.2, RFC 8037 section 2).
    var members: JSONObject {
        switch self {
        case .rs256(let key), .ps256(let key): key.members
        case .es256(let key): key.members
        case .edDSA(let key): key.members
        }
    }
}

extension RSAPublicKey {
    /// The required members of the JWK (RFC 7518 section 6.3.1).
    var members: JSONObject {
        [
            "kty": "RSA",
            "n": .string(Base64URL.encode(modulus)),
            "e": .string(Base64URL.encode(exponent)),
        ]
    }
}

extension ECPublicKey {
    /// The required members of the JWK (RFC 7518 section 6.2.1).
    var members: JSONObject {
        [
            "kty": "EC",
            "crv": "P-256",
            "x": .string(Base64URL.encode(x)),
            "y": .string(Base64URL.encode(y)),
        ]
    }
}

extension Ed25519PublicKey {
    /// The required members of the JWK (RFC 8037 section 2).
    var members: JSONObject {
        [
            "kty": "OKP",
            "crv": "Ed25519",
            "x": .string(Base64URL.encode(bytes)),
        ]
    }
}
