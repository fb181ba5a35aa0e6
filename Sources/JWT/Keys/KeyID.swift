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

    /// The thumbprint of an RSA key (RFC 7638 section 3).
    public init(thumbprintOf key: RSAPublicKey) {
        self.init(thumbprintOf: key.members)
    }

    /// The thumbprint of any key: base64url SHA-256 of its required members (RFC 7638 section 3, RFC 8037 section 2).
    ///
    /// The algorithm is not part of it.
    public init(thumbprintOf key: VerificationKey.PublicKey) {
        self.init(thumbprintOf: key.members)
    }

    private init(thumbprintOf members: JSONObject) {
        let sorted = JSONObject(members.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 })
        rawValue = Base64URL.encode(SHA256.hash(JSON.object(sorted).encoded()))
    }
}

extension KeyID: CustomStringConvertible {
    /// The identifier itself.
    public var description: String { rawValue }
}
