/// A signature scheme of RSA, with SHA-256 (RFC 8017 section 8).
public enum RSAScheme: Sendable, Hashable, CaseIterable {
    /// RSASSA-PKCS1-v1_5, as in RS256.
    case pkcs1v15
    /// RSASSA-PSS with MGF1 by SHA-256 and a salt of 32 bytes, as in PS256.
    case pss
}
