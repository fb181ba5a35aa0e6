/// The identifier of a key, `kid` (RFC 7517 section 4.5).
///
/// Ours are thumbprints (RFC 7638); other people's are any string.
public struct KeyID: RawRepresentable, Hashable, Sendable {
    /// The identifier as it stands in headers and key sets.
    public let rawValue: String

    /// Takes any string.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The thumbprint of an RSA key: base64url SHA-256 of its required members (RFC 7638 section 3).
    public init(thumbprintOf key: RSAPublicKey) {
        let members: JSON = [
            "e": .string(Base64URL.encode(key.exponent)),
            "kty": "RSA",
            "n": .string(Base64URL.encode(key.modulus)),
        ]
        rawValue = Base64URL.encode(SHA256.hash(members.encoded()))
    }
}

extension KeyID: CustomStringConvertible {
    /// The identifier itself.
    public var description: String { rawValue }
}
