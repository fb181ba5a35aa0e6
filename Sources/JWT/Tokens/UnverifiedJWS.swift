/// A JWT whose signature was not checked: to find the key or the client by, never to trust.
///
/// Anybody can have written it. Look up by ``claims`` whose keys to verify with, as with the `sub` of a client assertion
/// (RFC 7523 section 3), then go on with what ``verified(with:type:)-(JWKSet,_)`` returns. Compare that one's claims,
/// not these.
public struct UnverifiedJWS: Sendable {
    private let compact: CompactJWS
    /// What the token says of itself.
    public let claims: Claims

    /// Reads a token as strictly as ``JWS/verify(_:with:type:)`` does, within the same limits.
    ///
    /// Throws the refusals of RFC 7515 and RFC 8725 that need no key, and what ``RegisteredClaims/init(parsing:)``
    /// throws.
    public init(_ compact: String) throws(JWTError) {
        self.compact = try CompactJWS(compact)
        claims = Claims(try RegisteredClaims(parsing: self.compact.payload))
    }

    /// The protected header.
    public var header: JSONObject { compact.header.members }

    /// The algorithm that the token claims; the key decides.
    public var algorithm: SignatureAlgorithm { compact.header.algorithm }

    /// The identifier that the token names its key by.
    public var kid: KeyID? { compact.header.kid }

    /// Verifies with the key that `kid` names, as ``JWS/verify(_:with:type:)`` does.
    ///
    /// Claims, `exp` among them, are not looked at.
    public func verified(with keys: JWKSet, type: TokenType? = nil) throws(JWTError) -> JWS {
        try compact.verified(with: keys, type: type)
    }

    /// Verifies with a key that the caller chose; `kid` is not looked at.
    ///
    /// Throws ``JWTError/unexpectedType``, ``JWTError/algorithmMismatch`` and ``JWTError/invalidSignature``. Claims,
    /// `exp` among them, are not looked at.
    public func verified(with key: VerificationKey, type: TokenType? = nil) throws(JWTError) -> JWS {
        try compact.verified(with: key, type: type)
    }
}

extension UnverifiedJWS {
    /// Claims that anybody can have written.
    ///
    /// A type of its own, so that they fit nowhere ``RegisteredClaims`` are asked for, and cannot be validated.
    public struct Claims: Sendable {
        private let claims: RegisteredClaims

        init(_ claims: RegisteredClaims) {
            self.claims = claims
        }

        /// Who is said to have issued the token, `iss`.
        public var issuer: String? { claims.issuer }

        /// Whom the token is said to be about, `sub`.
        public var subject: String? { claims.subject }

        /// Whom the token is said to be for, `aud`; empty when absent.
        public var audience: [String] { claims.audience }

        /// Any claim by its name.
        public subscript(name: String) -> JSON? { claims[name] }
    }
}

extension UnverifiedJWS: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Tells what this is, not what it holds: the token may be as good as a password.
    public var description: String { "UnverifiedJWS(redacted)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows no members, so that `dump` and string interpolation of containers stay clean.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension UnverifiedJWS.Claims: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Tells what this is, not what it holds.
    public var description: String { "UnverifiedJWS.Claims(redacted)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows no members, so that `dump` and string interpolation of containers stay clean.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
