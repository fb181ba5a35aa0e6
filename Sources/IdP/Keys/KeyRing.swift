import JWT
import Synchronization

/// The signing keys of every pool, as this process knows them.
///
/// Requests read a snapshot in memory; ``refresh()`` and ``maintain()`` renew it outside their path. Keys are made per
/// pool, so a token of one verifies in no other.
final class KeyRing: Sendable {
    private struct Snapshot {
        var revision: Int64
        var pools: [PoolID: PoolKeys]
    }

    private let policies: [KeyPolicy]
    private let store: SigningKeyStore
    private let snapshot: Mutex<Snapshot>

    private init(policies: [KeyPolicy], store: SigningKeyStore, snapshot: Snapshot) {
        self.policies = policies
        self.store = store
        self.snapshot = Mutex(snapshot)
    }

    subscript(pool: PoolID) -> PoolKeys {
        get throws {
            guard let keys = snapshot.withLock({ $0.pools[pool] }) else { throw NoKeys() }
            return keys
        }
    }

    /// The pool has no such key: it was not configured at the start, or no application of it needs the algorithm.
    struct NoKeys: Error {}

    /// Does what is due, makes keys where there are none, and loads those of all pools.
    static func load(
        _ policies: [KeyPolicy], database: any Database, sealer: Sealer, surroundings: Surroundings
    ) async throws -> KeyRing {
        let store = SigningKeyStore(database: database, sealer: sealer, surroundings: surroundings)
        try await change(policies, store)
        return KeyRing(policies: policies, store: store, snapshot: try await read(policies, store))
    }

    /// Takes over what another process has changed.
    ///
    /// One small read when nothing has. After an error the former keys stay.
    func refresh() async throws {
        let revision = try await store.revision()
        guard snapshot.withLock({ $0.revision != revision }) else { return }
        try await reload()
    }

    /// One change that time has brought.
    struct Change: Sendable, Equatable {
        var pool: PoolID
        var step: KeyStep
    }

    /// Does what is due by the clock: publishes successors, lets them sign, withdraws keys whose tokens have expired.
    ///
    /// Any number of processes may do so at once.
    @discardableResult
    func maintain() async throws -> [Change] {
        let changes = try await Self.change(policies, store)
        try await refresh()
        return changes
    }

    @discardableResult
    private static func change(_ policies: [KeyPolicy], _ store: SigningKeyStore) async throws -> [Change] {
        let now = store.surroundings.now()
        var changes: [Change] = []
        for policy in policies {
            let schedule = KeySchedule(policy: policy, now: now)
            let steps = try await store.change(policy) { schedule.due($0) }
            changes += steps.map { Change(pool: policy.pool, step: $0) }
        }
        return changes
    }

    private func reload() async throws {
        let fresh = try await Self.read(policies, store)
        // Two reloads may overlap; the older must not win.
        snapshot.withLock { if fresh.revision >= $0.revision { $0 = fresh } }
    }

    private static func read(_ policies: [KeyPolicy], _ store: SigningKeyStore) async throws -> Snapshot {
        // The number first: a change in between is then seen as one more.
        let revision = try await store.revision()
        var pools: [PoolID: PoolKeys] = [:]
        for policy in policies { pools[policy.pool] = try await store.keys(of: policy.pool) }
        return Snapshot(revision: revision, pools: pools)
    }
}
