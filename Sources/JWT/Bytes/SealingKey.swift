/// A key that seals secrets for storage: AES-256-GCM with a random nonce (NIST SP 800-38D).
///
/// One key may seal some four thousand million values before random nonces get close to repeating.
public struct SealingKey: Sendable {
    /// The most bytes sealed at once, 16 MiB.
    public static let maximumPlaintextLength = 16 << 20

    private let key: [UInt8]

    /// Takes 32 random bytes, or throws ``JWTError/invalidSealingKey``.
    public init(_ key: [UInt8]) throws(JWTError) {
        guard key.count == GaloisCounterMode.keyLength else { throw .invalidSealingKey }
        self.key = key
    }

    /// Seals bytes for one context, such as the table, column and row they are kept in.
    ///
    /// The answer is nonce (12 bytes), ciphertext, tag (16 bytes). Throws ``JWTError/plaintextTooLarge``.
    public func seal(_ plaintext: [UInt8], context: String) throws(JWTError) -> [UInt8] {
        guard plaintext.count <= Self.maximumPlaintextLength else { throw .plaintextTooLarge }
        let nonce = SecureRandom.bytes(GaloisCounterMode.nonceLength)
        let result = GaloisCounterMode.encrypt(plaintext, key: key, nonce: nonce, associated: Array(context.utf8))
        guard let (ciphertext, tag) = result else { throw .cryptographyFailed }
        return nonce + ciphertext + tag
    }

    /// Opens what ``seal(_:context:)`` gave for the same context.
    ///
    /// Throws ``JWTError/unsealingFailed`` for everything else, without telling why.
    public func open(_ sealed: [UInt8], context: String) throws(JWTError) -> [UInt8] {
        let overhead = GaloisCounterMode.nonceLength + GaloisCounterMode.tagLength
        guard sealed.count >= overhead, sealed.count <= Self.maximumPlaintextLength + overhead else {
            throw .unsealingFailed
        }
        let plaintext = GaloisCounterMode.decrypt(
            Array(sealed[GaloisCounterMode.nonceLength..<sealed.count - GaloisCounterMode.tagLength]),
            tag: Array(sealed.suffix(GaloisCounterMode.tagLength)),
            key: key,
            nonce: Array(sealed.prefix(GaloisCounterMode.nonceLength)),
            associated: Array(context.utf8)
        )
        guard let plaintext else { throw .unsealingFailed }
        return plaintext
    }
}

extension SealingKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Tells what this is, not what it holds.
    public var description: String { "SealingKey(redacted)" }
    /// The same as ``description``.
    public var debugDescription: String { description }
    /// Shows no members, so that `dump` and string interpolation of containers stay clean.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
