/// HMAC-SHA256 (RFC 2104, FIPS 198-1).
public enum HMACSHA256 {
    /// The 32-byte authentication code of a message; compare it by ``ConstantTime/equals(_:_:)``.
    ///
    /// Stops the process under the conditions of ``SHA256/hash(_:)``, and for a key of 2 GiB.
    public static func authenticate(_ message: some Collection<UInt8>, key: [UInt8]) -> [UInt8] {
        guard let code = Digest.authenticate(Array(message), key: key) else {
            preconditionFailure("OpenSSL has no HMAC-SHA256")
        }
        return code
    }
}
