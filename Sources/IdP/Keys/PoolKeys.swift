import JWT

/// The signing keys of one pool at one moment.
struct PoolKeys: Sendable {
    private let active: [SignatureAlgorithm: SigningKey]
    /// The published keys: those that sign, those that will, and those whose tokens may still live.
    let verification: JWKSet
    /// Every key there ever was, for `id_token_hint` only.
    ///
    /// OpenID Connect RP-Initiated Logout section 2 takes hints whose key has been retired since.
    let hints: JWKSet
    /// The JWK set as served.
    let document: [UInt8]
    /// The key that signs by RS256.
    let signing: SigningKey

    /// One stored key; `signing` is nil when its private part has been erased.
    struct Member: Sendable {
        var state: KeyState
        var verification: VerificationKey
        var signing: SigningKey?
    }

    /// Takes the keys of a pool.
    ///
    /// - Throws: `KeyRing.NoKeys` when none signs by RS256; `JWTError.duplicateKeyID` when two share an identifier.
    init(_ members: [Member]) throws {
        var active: [SignatureAlgorithm: SigningKey] = [:]
        for case let (.active, key?) in members.map({ ($0.state, $0.signing) }) { active[key.algorithm] = key }
        guard let signing = active[.rs256] else { throw KeyRing.NoKeys() }
        // The keys that sign stand first, RS256 before all: simple verifiers take the first that fits.
        let order = SignatureAlgorithm.allCases.flatMap { algorithm in
            KeyState.allCases.map { (algorithm, $0) }
        }
        let published = order.flatMap { algorithm, state in
            members.filter { $0.state == state && state != .retired && $0.verification.algorithm == algorithm }
        }
        let sorted = published.filter { $0.state == .active } + published.filter { $0.state != .active }
        self.active = active
        self.signing = signing
        verification = try JWKSet(distinct: sorted.map(\.verification))
        hints = try JWKSet(distinct: members.map(\.verification))
        document = verification.json.encoded()
    }

    /// The key that signs by an algorithm.
    ///
    /// - Throws: `KeyRing.NoKeys` when no application of the pool was known to need one.
    func signing(for algorithm: SignatureAlgorithm) throws -> SigningKey {
        guard let key = active[algorithm] else { throw KeyRing.NoKeys() }
        return key
    }
}
