import Foundation
import JWT

/// Signing keys at rest: private parts as PKCS#8, sealed with the master key for exactly this pool, `kid` and algorithm.
struct SigningKeyStore: Sendable {
    let database: any Database
    let sealer: Sealer
    let surroundings: Surroundings

    /// A stored key contradicts itself: its identifier is not its thumbprint, or its state is unknown.
    struct Malformed: Error, CustomStringConvertible {
        let pool: PoolID
        let kid: KeyID
        var description: String { "signing key \(kid) of pool \(pool) was altered; restore the database from a backup" }
    }

    private static let columns =
        "kid, algorithm, state, public_key, private_key_sealed, token_lifetime, created_at, active_at, retire_at"
    private static let selection = "SELECT \(columns) FROM signing_keys WHERE pool = $1 ORDER BY created_at, kid"

    // MARK: Reading

    /// A number that changes whenever any pool's keys do.
    func revision() async throws -> Int64 {
        try await database.query("SELECT value FROM change_counters WHERE name = 'signing_keys'", []).first?
            .integer("value") ?? 0
    }

    /// The keys of a pool without their private parts, oldest first.
    func records(of pool: PoolID) async throws -> [KeyRecord] {
        try await database.query(Self.selection, [.text(pool)]).map { try Self.record($0, pool: pool) }
    }

    /// The keys of a pool, ready for use.
    ///
    /// - Throws: `JWTError` when a private part was sealed for another place or with another master key.
    func keys(of pool: PoolID) async throws -> PoolKeys {
        let rows = try await database.query(Self.selection, [.text(pool)])
        return try PoolKeys(rows.map { try member($0, pool: pool) })
    }

    private func member(_ row: Row, pool: PoolID) throws -> PoolKeys.Member {
        let record = try Self.record(row, pool: pool)
        guard let sealed = try row.optionalBlob("private_key_sealed") else {
            let set = try JWKSet(parsing: Array(#"{"keys":[\#(try row.text("public_key"))]}"#.utf8))
            guard record.state == .retired, let key = set.keys.first, key.kid == record.kid,
                key.kid == KeyID(thumbprintOf: key.key), key.algorithm == record.algorithm
            else { throw Malformed(pool: pool, kid: record.kid) }
            return PoolKeys.Member(state: .retired, verification: key)
        }
        let pem = try sealer.open(sealed, context: Self.context(pool, record.kid, record.algorithm))
        let key = try SigningKey(algorithm: record.algorithm, pem: pem)
        return PoolKeys.Member(state: record.state, verification: key.verificationKey, signing: key)
    }

    private static func record(_ row: Row, pool: PoolID) throws -> KeyRecord {
        let kid = KeyID(rawValue: try row.text("kid"))
        guard let algorithm = SignatureAlgorithm(rawValue: try row.text("algorithm")),
            let state = KeyState(rawValue: try row.text("state"))
        else { throw Malformed(pool: pool, kid: kid) }
        return KeyRecord(
            kid: kid, algorithm: algorithm, state: state, tokenLifetime: .seconds(try row.integer("token_lifetime")),
            createdAt: try row.date("created_at"), activeAt: try row.date("active_at"),
            retireAt: try row.optionalDate("retire_at"))
    }

    // MARK: Changing

    /// The keys changed so fast that no plan held; another process is at work.
    struct Contention: Error, CustomStringConvertible {
        var description: String { "another process is changing the signing keys; try again" }
    }

    private struct Replan: Error {}

    /// Makes the changes that `plan` asks for, and answers them.
    ///
    /// `plan` is asked twice: without a lock, to make keys outside the transaction, because that takes time; and behind
    /// the lock, where it decides. So of two processes that plan the same, the second finds nothing left to do.
    @discardableResult
    func change(
        _ policy: KeyPolicy, _ plan: @escaping @Sendable ([KeyRecord]) throws -> [KeyStep]
    ) async throws -> [KeyStep] {
        for _ in 0..<8 {
            let expected = try plan(try await records(of: policy.pool))
            if expected.isEmpty { return [] }
            var made: [SignatureAlgorithm: SigningKey] = [:]
            for case .make(let algorithm, _, _) in expected { made[algorithm] = try Self.generate(algorithm) }
            do {
                return try await database.transaction { [made] transaction in
                    try apply(plan, keys: made, policy: policy, transaction: transaction)
                }
            } catch is Replan {
                continue
            }
        }
        throw Contention()
    }

    /// A new key whose identifier does not look like an option of the command line.
    static func generate(_ algorithm: SignatureAlgorithm) throws(JWTError) -> SigningKey {
        var key = try SigningKey.generate(algorithm)
        while key.kid.rawValue.hasPrefix("-") { key = try SigningKey.generate(algorithm) }
        return key
    }

    private func apply(
        _ plan: ([KeyRecord]) throws -> [KeyStep], keys: [SignatureAlgorithm: SigningKey], policy: KeyPolicy,
        transaction: any Transaction
    ) throws -> [KeyStep] {
        // First of all, because this row is the lock between processes, on engines with many writers too.
        try transaction.query(
            """
            INSERT INTO change_counters (name, value) VALUES ('signing_keys', 1)
            ON CONFLICT (name) DO UPDATE SET value = change_counters.value + 1
            """, [])
        let rows = try transaction.query(Self.selection, [.text(policy.pool)])
        let steps = try plan(rows.map { try Self.record($0, pool: policy.pool) })
        for step in steps {
            try apply(step, keys: keys, policy: policy, transaction: transaction)
        }
        return steps
    }

    private func apply(
        _ step: KeyStep, keys: [SignatureAlgorithm: SigningKey], policy: KeyPolicy, transaction: any Transaction
    ) throws {
        let pool = SQLValue.text(policy.pool)
        let now = SQLValue.date(surroundings.now())
        switch step {
        case .make(let algorithm, let state, let activeAt):
            guard let key = keys[algorithm] else { throw Replan() }
            let sealed = try sealer.seal(key.pem, context: Self.context(policy.pool, key.kid, algorithm))
            try transaction.query(
                """
                INSERT INTO signing_keys (pool, kid, algorithm, state, public_key, private_key_sealed, token_lifetime,
                    created_at, active_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                [
                    pool, .text(key.kid), .text(algorithm), .text(state),
                    .text(String(decoding: key.verificationKey.jwk.encoded(), as: UTF8.self)), .blob(sealed),
                    .seconds(policy.tokenLifetime), now, .date(activeAt),
                ])
        case .activate(let kid):
            try transaction.query(
                """
                UPDATE signing_keys SET state = 'active', active_at = $3, token_lifetime = $4
                WHERE pool = $1 AND kid = $2 AND state = 'pending'
                """,
                [pool, .text(kid), now, .seconds(policy.tokenLifetime)])
        case .retire(let kid, let until):
            try transaction.query(
                """
                UPDATE signing_keys SET state = 'retiring', retire_at = $3
                WHERE pool = $1 AND kid = $2 AND state = 'active'
                """,
                [pool, .text(kid), .date(until)])
        case .erase(let kid):
            // The engine clears the old bytes (`secure_delete` in SQLite): earlier updates left copies that zeros
            // written here would not reach.
            try transaction.query(
                """
                UPDATE signing_keys SET state = 'retired', private_key_sealed = NULL, retire_at = $3
                WHERE pool = $1 AND kid = $2
                """,
                [pool, .text(kid), now])
        case .lengthen(let kid, let lifetime):
            try transaction.query(
                "UPDATE signing_keys SET token_lifetime = $3 WHERE pool = $1 AND kid = $2",
                [pool, .text(kid), .seconds(lifetime)])
        }
    }

    private static func context(_ pool: PoolID, _ kid: KeyID, _ algorithm: SignatureAlgorithm) -> String {
        "signing key \(pool) \(kid) \(algorithm.rawValue)"
    }
}

extension SQLValue {
    fileprivate static func seconds(_ value: Duration) -> Self { .integer(value.components.seconds) }
}
