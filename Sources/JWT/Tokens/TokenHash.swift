/// The hashes that bind an ID token to a code and an access token: `c_hash` and `at_hash`.
///
/// OpenID Connect Core sections 3.1.3.6 and 3.3.2.11.
public enum TokenHash {
    /// The left half of the hash of a token or code, as base64url; `algorithm` is the one of the ID token.
    ///
    /// SHA-256, and so 16 bytes, for RS256, PS256 and ES256; SHA-512, and so 32 bytes, for EdDSA, as Ed25519 uses it.
    /// Stops the process when OpenSSL is without memory or without its default provider.
    public static func value(of token: String, for algorithm: SignatureAlgorithm) -> String {
        let digest =
            switch algorithm {
            case .rs256, .ps256, .es256: Digest.hash(Array(token.utf8))
            case .edDSA: Digest.hash512(Array(token.utf8))
            }
        guard let digest else { preconditionFailure("OpenSSL has no SHA-2") }
        return Base64URL.encode(digest.prefix(digest.count / 2))
    }
}
