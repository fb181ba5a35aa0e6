/// A set of public keys to verify with (RFC 7517 section 5).
public struct JWKSet: Sendable, Equatable {
    /// The longest document that is read, 256 KiB.
    public static let maximumLength = 256 << 10
    /// The most keys that are read from a document, usable or not.
    public static let maximumKeys = 128

    /// The keys, in order.
    public let keys: [VerificationKey]
    private let index: [KeyID: Int]

    /// Takes keys that must have identifiers of their own, as the keys to publish must.
    ///
    /// Throws ``JWTError/duplicateKeyID`` when two share one: the same key twice, or one RSA key for two algorithms.
    public init(distinct keys: [VerificationKey]) throws(JWTError) {
        self.init(keys)
        guard self.keys.count == keys.count else { throw .duplicateKeyID }
    }

    /// Takes keys; of those with one identifier the first stays, whatever the others are.
    ///
    /// ``init(distinct:)`` refuses instead.
    public init(_ keys: [VerificationKey]) {
        var kept: [VerificationKey] = []
        var index: [KeyID: Int] = [:]
        for key in keys where index[key.kid] == nil {
            index[key.kid] = kept.count
            kept.append(key)
        }
        self.keys = kept
        self.index = index
    }

    /// The key of that identifier.
    public subscript(kid: KeyID) -> VerificationKey? {
        index[kid].map { keys[$0] }
    }

    /// The only key of a set of one, which may verify tokens without `kid`.
    var onlyKey: VerificationKey? {
        keys.count == 1 ? keys.first : nil
    }

    /// The document to publish.
    public var json: JSON {
        ["keys": .array(keys.map(\.jwk))]
    }
}
