/// SHA-1 (FIPS 180-4), for WeChat's signatures alone: it resists no one who may choose both messages.
public enum SHA1 {
    /// The 20-byte digest of a message.
    ///
    /// Stops the process under the conditions of ``SHA256/hash(_:)``.
    public static func hash(_ message: some Collection<UInt8>) -> [UInt8] {
        guard let digest = Digest.hash1(Array(message)) else { preconditionFailure("OpenSSL has no SHA-1") }
        return digest
    }
}
