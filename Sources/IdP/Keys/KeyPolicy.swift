import Foundation
import JWT

/// What a pool wants of its signing keys.
struct KeyPolicy: Sendable {
    let pool: PoolID
    /// The algorithms its applications need; RS256 always (OpenID Connect Discovery section 3).
    let algorithms: Set<SignatureAlgorithm>
    /// How long a key signs before its successor does.
    let rotation: Duration
    /// The longest life of a signed token of the pool.
    let tokenLifetime: Duration

    /// How long a key is published before it signs.
    ///
    /// Our key set is served with `max-age=300`, but verifiers exist that fetch it once a day.
    static let publication: Duration = .seconds(86_400)
    /// How much longer than its last token a key stays published: clocks differ, and another process goes on signing
    /// until it notices the change.
    static let margin: Duration = .seconds(300)

    init(
        pool: PoolID, algorithms: Set<SignatureAlgorithm> = [], rotation: Duration = Pool.defaultKeyRotation,
        tokenLifetime: Duration = .seconds(3600)
    ) {
        self.pool = pool
        self.algorithms = algorithms.union([.rs256])
        self.rotation = rotation
        self.tokenLifetime = tokenLifetime
    }

    /// What the configuration of a pool says.
    init(_ pool: Pool) {
        self.init(
            pool: pool.id,
            algorithms: pool.applications.reduce(into: []) { $0.formUnion($1.algorithms) },
            rotation: pool.keyRotation,
            tokenLifetime: pool.applications.flatMap { [$0.idTokenLifetime, $0.accessTokenLifetime] }.max()
                ?? .seconds(3600))
    }
}
