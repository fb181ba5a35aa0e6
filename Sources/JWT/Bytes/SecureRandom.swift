/// Unpredictable bytes for codes, tokens and keys.
public enum SecureRandom {
    /// As many random bytes as asked for, from OpenSSL's `RAND_bytes`; none for a count of zero or less.
    ///
    /// Stops the process when the system has no randomness: going on with guessable secrets would be worse.
    public static func bytes(_ count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        guard let bytes = OpenSSLPrimitives.randomBytes(count) else {
            preconditionFailure("OpenSSL has no randomness to give")
        }
        return bytes
    }
}
