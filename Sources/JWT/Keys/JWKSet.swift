/// A set of public keys to verify with (RFC 7517 section 5).
public struct JWKSet: Sendable, Equatable {
    /// The longest document that is read, 256 KiB.
    public static let maximumLength = 256 << 10
    /// The most keys that are read from a document, usable or not.
    public static let maximumKeys = 128

    /// The keys, in order.
    public let keys: [VerificationKey]
    private let index: [KeyID: Int]

    /// Takes keys; of those with one identifier the first stays.
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
