/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The 32-byte digest of a message.
    ///
    /// Stops the process when OpenSSL is without memory or without its default provider, where nothing could work.
    public static func hash(_ message: some Collection<UInt8>) -> [UInt8] {
        guard let digest = Digest.hash(Array(message)) else { preconditionFailure("OpenSSL has no SHA-256") }
        return digest
    }
}
