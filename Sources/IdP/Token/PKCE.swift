import JWT

/// Proof Key for Code Exchange with S256.
///
/// RFC 7636.
enum PKCE {
    /// True for a challenge of the right shape: 43 characters of base64url, as SHA-256 gives.
    static func isChallenge(_ text: String) -> Bool {
        text.utf8.count == 43 && (try? Base64URL.decode(text)) != nil
    }

    /// Compares as RFC 7636 section 4.6 says.
    ///
    /// Both downgrades fail: a stored challenge without a verifier, and a verifier for a code that has no challenge.
    static func isSatisfied(challenge: String?, verifier: String?) -> Bool {
        guard let challenge else { return verifier == nil }
        let marks = Set("-._~".utf8)
        guard let verifier, (43...128).contains(verifier.utf8.count),
            verifier.utf8.allSatisfy({ $0.isAlphanumeric || marks.contains($0) })
        else { return false }
        return ConstantTime.equals(
            Array(Base64URL.encode(SHA256.hash(Array(verifier.utf8))).utf8), Array(challenge.utf8))
    }
}
