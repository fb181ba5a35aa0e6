/// The three parts of a compact serialization, read strictly but not verified (RFC 7515 section 7.1).
struct CompactJWS {
    let header: JWSHeader
    let payload: [UInt8]
    private let signature: [UInt8]
    private let signingInput: [UInt8]

    /// Throws the refusals of RFC 7515 and RFC 8725 that need no key.
    init(_ compact: String) throws(JWTError) {
        guard compact.utf8.count <= JWS.maximumLength else { throw .tokenTooLarge }
        let bytes = Array(compact.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .wrongNumberOfParts }
        header = try JWSHeader(encoded: parts[0])
        guard !parts[2].isEmpty else { throw .emptySignature }
        payload = try Base64URL.decode(bytes: parts[1])
        signature = try Base64URL.decode(bytes: parts[2])
        signingInput = Array(bytes[..<parts[1].endIndex])
    }

    /// Verifies with the key that `kid` names, or with the only key of the set.
    func verified(with keys: JWKSet, type: TokenType?) throws(JWTError) -> JWS {
        guard let kid = header.kid else {
            guard let key = keys.onlyKey else { throw .missingKeyID }
            return try verified(with: key, type: type)
        }
        guard let key = keys[kid] else { throw .unknownKeyID }
        return try verified(with: key, type: type)
    }

    /// Verifies with that key, by its algorithm.
    func verified(with key: VerificationKey, type: TokenType?) throws(JWTError) -> JWS {
        if let type { try header.require(type) }
        guard header.algorithm == key.algorithm else { throw .algorithmMismatch }
        guard key.isValidSignature(signature, for: signingInput) else { throw .invalidSignature }
        return JWS(header: header.members, payload: payload, kid: header.kid)
    }
}
