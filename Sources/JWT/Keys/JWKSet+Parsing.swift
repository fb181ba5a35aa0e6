extension JWKSet {
    /// Members that only private keys have (RFC 7518 sections 6.2.2 and 6.3.2).
    private static let privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth"]

    /// Reads a key set of an issuer or a client.
    ///
    /// Unknown members, and keys of a kind, use, operation, algorithm or size that is not supported, are passed over
    /// (RFC 7517 section 5). An RSA key without `alg` is taken for RS256, one without `kid` gets its thumbprint.
    ///
    /// Throws ``JWTError/privateKeyInSet`` and ``JWTError/symmetricKeyInSet`` for keys that must never be published,
    /// ``JWTError/duplicateKeyID`` when two usable keys share one `kid`, ``JWTError/invalidJWK`` for malformed members
    /// of a usable key, ``JWTError/invalidKeySet`` for anything that is no key set, and the errors of
    /// ``JSON/parse(_:maximumDepth:)``.
    public init(parsing bytes: some Collection<UInt8>) throws(JWTError) {
        guard bytes.count <= Self.maximumLength else { throw .invalidKeySet }
        guard let candidates = try JSON.parse(bytes)["keys"]?.arrayValue, candidates.count <= Self.maximumKeys else {
            throw .invalidKeySet
        }
        var keys: [VerificationKey] = []
        var kids: Set<KeyID> = []
        for candidate in candidates {
            guard let members = candidate.objectValue else { throw .invalidKeySet }
            guard let key = try Self.key(members) else { continue }
            guard kids.insert(key.kid).inserted else { throw .duplicateKeyID }
            keys.append(key)
        }
        self.init(keys)
    }

    /// The key that a JWK describes; nil for one that is to be passed over.
    private static func key(_ members: JSONObject) throws(JWTError) -> VerificationKey? {
        guard let type = try string("kty", of: members) else { throw .invalidJWK }
        guard type != "oct", members["k"] == nil else { throw .symmetricKeyInSet }
        guard privateMembers.allSatisfy({ members[$0] == nil }) else { throw .privateKeyInSet }
        guard type == "RSA", try isForVerifying(members) else { return nil }
        guard let modulus = try string("n", of: members), let exponent = try string("e", of: members) else {
            throw .invalidJWK
        }
        let key: RSAPublicKey
        do {
            key = try RSAPublicKey(modulus: Base64URL.decode(modulus), exponent: Base64URL.decode(exponent))
        } catch .keyTooSmall, .keyTooLarge, .invalidExponent {
            return nil
        } catch {
            throw .invalidJWK
        }
        guard let kid = try string("kid", of: members) else { return VerificationKey(key) }
        return VerificationKey(key, kid: KeyID(rawValue: kid))
    }

    private static func isForVerifying(_ members: JSONObject) throws(JWTError) -> Bool {
        if let use = try string("use", of: members), use != "sig" { return false }
        if let algorithm = try string("alg", of: members), SignatureAlgorithm(rawValue: algorithm) == nil {
            return false
        }
        guard let operations = members["key_ops"] else { return true }
        guard let operations = operations.arrayValue else { throw .invalidJWK }
        return operations.contains("verify")
    }

    private static func string(_ name: String, of members: JSONObject) throws(JWTError) -> String? {
        guard let value = members[name] else { return nil }
        guard let string = value.stringValue else { throw .invalidJWK }
        return string
    }
}
