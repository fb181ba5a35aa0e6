import Foundation
import JWT

/// The signing keys of one pool: the one that signs, and all that verify.
struct PoolKeys: Sendable {
    let signing: SigningKey
    let verification: JWKSet
    /// The JWK set as served.
    let document: [UInt8]
}

/// The signing keys of every pool.
///
/// Keys are made per pool, so a token of one verifies in no other.
struct KeyRing: Sendable {
    private let pools: [PoolID: PoolKeys]

    subscript(pool: PoolID) -> PoolKeys {
        get throws {
            guard let keys = pools[pool] else { throw NoKeys() }
            return keys
        }
    }

    /// The pool has no keys, so it is not one that was configured at the start.
    struct NoKeys: Error {}

    /// Loads the keys of all pools, and makes one for each pool that has none.
    static func load(_ ids: [PoolID], database: any Database, sealer: Sealer, surroundings: Surroundings) async throws
        -> KeyRing
    {
        var pools: [PoolID: PoolKeys] = [:]
        for id in ids {
            let store = SigningKeyStore(database: database, sealer: sealer, surroundings: surroundings)
            let keys = try await store.keys(of: id)
            guard let newest = keys.last else { throw NoKeys() }
            let set = JWKSet(keys.map(\.verificationKey))
            pools[id] = PoolKeys(signing: newest, verification: set, document: set.json.encoded())
        }
        return KeyRing(pools: pools)
    }
}

/// Private keys at rest: PKCS#8, sealed with the master key for exactly this pool and `kid`.
struct SigningKeyStore: Sendable {
    let database: any Database
    let sealer: Sealer
    let surroundings: Surroundings

    /// The keys of a pool, oldest first; never empty.
    func keys(of pool: PoolID) async throws -> [SigningKey] {
        let stored = try await read(pool)
        guard stored.isEmpty else { return stored }
        let key = try RSAPrivateKey.generate(.bits2048)
        let signing = try SigningKey(key)
        let sealed = try sealer.seal(key.pem, context: Self.context(pool, signing.kid.rawValue))
        let now = surroundings.now()
        try await database.transaction { transaction in
            // Of two processes that start at once on one database, the first makes the key.
            let others = try transaction.query("SELECT kid FROM signing_keys WHERE pool = $1", [.text(pool)])
            guard others.isEmpty else { return }
            try transaction.query(
                """
                INSERT INTO signing_keys (pool, kid, algorithm, private_key_sealed, created_at) VALUES ($1, $2, $3, $4, $5)
                """,
                [.text(pool), .text(signing.kid), .text(signing.algorithm), .blob(sealed), .date(now)])
        }
        return try await read(pool)
    }

    private func read(_ pool: PoolID) async throws -> [SigningKey] {
        let rows = try await database.query(
            "SELECT kid, private_key_sealed FROM signing_keys WHERE pool = $1 ORDER BY created_at, kid", [.text(pool)])
        return try rows.map { row in
            let pem = try sealer.open(
                try row.blob("private_key_sealed"), context: Self.context(pool, try row.text("kid")))
            return try SigningKey(try RSAPrivateKey(pem: pem))
        }
    }

    private static func context(_ pool: PoolID, _ kid: String) -> String { "signing key \(pool) \(kid)" }
}
