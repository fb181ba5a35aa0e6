/// A JSON Web Signature in compact serialization whose signature was checked (RFC 7515).
public struct JWS: Sendable {
    /// The longest token that is read or made, in bytes.
    public static let maximumLength = 16 << 10

    /// The protected header.
    public let header: JSONObject
    /// The payload, decoded.
    public let payload: [UInt8]
    /// The identifier that the token named its key by.
    public let kid: KeyID?

    /// Signs a payload; the header is `alg`, `kid` and, where given, `typ`.
    ///
    /// Throws ``JWTError/tokenTooLarge`` for what ``verify(_:with:type:)`` would refuse.
    public static func sign(
        _ payload: [UInt8],
        type: TokenType?,
        with key: SigningKey
    ) throws(JWTError) -> String {
        guard payload.count <= maximumLength else { throw .tokenTooLarge }
        var compact = key.encodedHeader(type: type)
        compact.reserveCapacity(compact.count + payload.count * 4 / 3 + 1400)
        compact.append(UInt8(ascii: "."))
        Base64URL.append(payload, to: &compact)
        let signature = try key.sign(compact)
        compact.append(UInt8(ascii: "."))
        Base64URL.append(signature, to: &compact)
        guard compact.count <= maximumLength else { throw .tokenTooLarge }
        return String(decoding: compact, as: UTF8.self)
    }

    /// Verifies a token with the key that its `kid` names.
    ///
    /// The key decides on the algorithm (RFC 8725 section 3.1). A token without `kid` is verified only when the set
    /// holds exactly one key. With a `type`, `typ` must be there and name it; without, `typ` is not looked at, so give
    /// it wherever tokens of several kinds come from one issuer.
    ///
    /// Throws the refusals of RFC 7515 and RFC 8725, each as its own ``JWTError``. Claims are not looked at.
    public static func verify(
        _ compact: String,
        with keys: JWKSet,
        type: TokenType? = nil
    ) throws(JWTError) -> JWS {
        try CompactJWS(compact).verified(with: keys, type: type)
    }

    /// What the token says it is, by `typ`; nil when it does not say, and for types not known here.
    public var type: TokenType? {
        header["typ"]?.stringValue.flatMap(TokenType.init(typ:))
    }
}
