/// The sizes of RSA keys that are made here, in bits of the modulus.
public enum RSAKeySize: Int, Sendable, Hashable, CaseIterable {
    /// What every client takes, and good beyond 2030 (NIST SP 800-57).
    case bits2048 = 2048
    /// The strength of AES-128; a signature costs three times as much.
    case bits3072 = 3072
    /// A signature costs about six times as much.
    case bits4096 = 4096
}
