/// A protected header that holds nothing we refuse (RFC 7515 section 4, RFC 8725).
struct JWSHeader {
    /// Headers are flat; a deeper one is refused before it costs anything.
    private static let maximumDepth = 4
    /// Members by which a token would choose the key it is checked with.
    private static let embeddedKeys = ["jwk", "jku", "x5u", "x5c"]

    let members: JSONObject
    let algorithm: SignatureAlgorithm
    let kid: KeyID?

    init(encoded: ArraySlice<UInt8>) throws(JWTError) {
        let json = try JSON.parse(Base64URL.decode(bytes: encoded), maximumDepth: Self.maximumDepth)
        guard case .object(let members) = json else { throw .headerNotAnObject }
        algorithm = try Self.algorithm(members["alg"])
        guard members["crit"] == nil else { throw .criticalHeader }
        guard members["b64"] == nil else { throw .unencodedPayload }
        guard members["zip"] == nil else { throw .compressedPayload }
        guard Self.embeddedKeys.allSatisfy({ members[$0] == nil }) else { throw .embeddedKey }
        switch members["kid"] {
        case nil: kid = nil
        case .string(let value): kid = KeyID(rawValue: value)
        default: throw .invalidHeaderMember
        }
        self.members = members
    }

    /// Throws ``JWTError/unexpectedType`` unless `typ` names the type.
    func require(_ type: TokenType) throws(JWTError) {
        guard let typ = members["typ"]?.stringValue, type.matches(typ) else { throw .unexpectedType }
    }

    private static func algorithm(_ value: JSON?) throws(JWTError) -> SignatureAlgorithm {
        guard let value else { throw .missingAlgorithm }
        guard let name = value.stringValue else { throw .invalidHeaderMember }
        if let algorithm = SignatureAlgorithm(rawValue: name) { return algorithm }
        switch name.lowercased() {
        case "none": throw .unsignedToken
        case let name where name.hasPrefix("hs"): throw .symmetricAlgorithm
        default: throw .unsupportedAlgorithm
        }
    }
}
