extension JWKSet {
    /// Reads a key set of an issuer or a client.
    ///
    /// Unknown members, and keys of a kind, use, operation, algorithm or size that is not supported, are passed over
    /// (RFC 7517 section 5). `alg` fixes the algorithm of an RSA key; one without is for RS256, or for PS256 when `rsa`
    /// says so. A key without `kid` gets its thumbprint.
    ///
    /// Throws ``JWTError/privateKeyInSet`` and ``JWTError/symmetricKeyInSet`` for keys that must never be published,
    /// ``JWTError/duplicateKeyID`` when two usable keys share one `kid`, ``JWTError/invalidJWK`` for malformed members
    /// of a usable key, ``JWTError/invalidKeySet`` for anything that is no key set, and the errors of
    /// ``JSON/parse(_:maximumDepth:)``.
    public init(parsing bytes: some Collection<UInt8>, rsa: RSAScheme = .pkcs1v15) throws(JWTError) {
        guard bytes.count <= Self.maximumLength else { throw .invalidKeySet }
        guard let candidates = try JSON.parse(bytes)["keys"]?.arrayValue, candidates.count <= Self.maximumKeys else {
            throw .invalidKeySet
        }
        var keys: [VerificationKey] = []
        var kids: Set<KeyID> = []
        for candidate in candidates {
            guard let members = candidate.objectValue else { throw .invalidKeySet }
            guard let key = try JWK.verificationKey(members, rsa: rsa) else { continue }
            guard kids.insert(key.kid).inserted else { throw .duplicateKeyID }
            keys.append(key)
        }
        self.init(keys)
    }
}
