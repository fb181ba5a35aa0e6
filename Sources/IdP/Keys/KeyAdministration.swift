import Foundation
import JWT

/// What an operator can do to the signing keys, beside a running provider on the same database.
public struct KeyAdministration: Sendable {
    private let policies: [KeyPolicy]
    let store: SigningKeyStore

    /// Opens the database that a configuration names.
    ///
    /// - Parameter pool: the only pool to work on; nil means all that are configured.
    /// - Throws: ``Failure`` when there is nothing to work on, `StorageError`, and an error that tells what is wrong with
    ///   the master key.
    public init(configuration: Configuration, pool: String? = nil) async throws {
        if case .sqlite(let path) = configuration.database, !FileManager.default.fileExists(atPath: path) {
            throw Failure.noDatabase(path)
        }
        let database = try await ProviderService.openDatabase(configuration)
        let surroundings = Surroundings.system
        let masterKey = try MasterKey.load(
            path: configuration.masterKeyFile, mayCreate: false, surroundings: surroundings)
        let sealer = try Sealer(masterKey: masterKey)
        try await MasterKey.check(sealer, path: configuration.masterKeyFile, against: database)
        try self.init(
            policies: configuration.pools.map { KeyPolicy($0) }, pool: pool,
            store: SigningKeyStore(database: database, sealer: sealer, surroundings: surroundings))
    }

    init(policies: [KeyPolicy], pool: String? = nil, store: SigningKeyStore) throws(Failure) {
        self.policies = policies.filter { pool == nil || $0.pool.rawValue == pool }
        self.store = store
        if let pool, self.policies.isEmpty { throw .unknownPool(pool, known: policies.map(\.pool.rawValue)) }
    }

    /// Why a key stays as it is.
    public enum Failure: Error, CustomStringConvertible, Equatable {
        /// The provider has never run on this configuration.
        case noDatabase(String)
        /// No such pool is configured.
        case unknownPool(String, known: [String])
        /// No pool has a key of that identifier.
        case unknownKey(String)
        /// Only a key that signs can get a successor.
        case notActive(String, KeyState)
        /// An algorithm of the pool would have no key to sign with.
        case lastActive(String)
        /// It has been withdrawn before.
        case alreadyRetired(String)

        /// What is wrong and what to do.
        public var description: String {
            switch self {
            case .noDatabase(let path): "\(path) does not exist; run `wxidp serve` once, which makes the keys"
            case .unknownPool(let pool, let known): "no pool `\(pool)`; there are: \(known.joined(separator: ", "))"
            case .unknownKey(let kid): "no key `\(kid)`; `wxidp keys list` shows them"
            case .notActive(let kid, let state): "`\(kid)` is \(state.rawValue); only an active key can be rotated"
            case .lastActive(let kid): "`\(kid)` is the one that signs; run `wxidp keys rotate --now \(kid)` first"
            case .alreadyRetired(let kid): "`\(kid)` has been retired already"
            }
        }
    }

    /// One key, as an operator sees it.
    public struct Listing: Sendable, Equatable {
        /// The pool it belongs to.
        public var pool: PoolID
        /// Its identifier, `kid`.
        public var kid: String
        /// The algorithm, as in `alg`.
        public var algorithm: String
        /// Where it is in its life.
        public var state: KeyState
        /// When it was made.
        public var createdAt: Date
        /// When it began to sign, or will; a key that was withdrawn while pending never did.
        public var activeAt: Date
        /// When it was withdrawn, or will be; nil when that is not known yet.
        public var retireAt: Date?
    }

    /// All keys, pool by pool, oldest first.
    public func list() async throws -> [Listing] {
        var keys: [Listing] = []
        for policy in policies {
            keys += try await store.records(of: policy.pool).map { Self.listing($0, of: policy) }
        }
        return keys
    }

    /// Gives active keys a successor: published now, signing a day later, or now when `atOnce`.
    ///
    /// A successor that is published already is taken. Two calls at once make one successor.
    ///
    /// - Parameter kid: the only key to replace; nil means every active key.
    /// - Returns: the successors.
    /// - Throws: ``Failure/unknownKey(_:)``, ``Failure/notActive(_:_:)``.
    @discardableResult
    public func rotate(_ kid: String? = nil, atOnce: Bool = false) async throws -> [Listing] {
        var successors: [Listing] = []
        for (policy, key) in try await chosen(kid) where kid != nil || key.state == .active {
            guard key.state == .active else { throw Failure.notActive(key.kid.rawValue, key.state) }
            let schedule = KeySchedule(policy: policy, now: store.surroundings.now())
            try await store.change(policy) { schedule.rotation(of: key.kid, atOnce: atOnce, $0) }
            successors += try await store.records(of: policy.pool)
                .filter { $0.algorithm == key.algorithm && $0.state == (atOnce ? .active : .pending) }
                .map { Self.listing($0, of: policy) }
        }
        return successors
    }

    /// Withdraws a key at once: no token it signed verifies any more, and its private part is erased.
    ///
    /// - Throws: ``Failure/unknownKey(_:)``, ``Failure/lastActive(_:)``, ``Failure/alreadyRetired(_:)``.
    public func retire(_ kid: String) async throws {
        for (policy, key) in try await chosen(kid) {
            try await store.change(policy) { keys in
                switch keys.first(where: { $0.kid == key.kid })?.state {
                case nil: throw Failure.unknownKey(kid)
                case .retired?: throw Failure.alreadyRetired(kid)
                case .active? where policy.algorithms.contains(key.algorithm): throw Failure.lastActive(kid)
                case .active?, .pending?, .retiring?: return [.erase(key.kid)]
                }
            }
        }
    }

    private func chosen(_ kid: String?) async throws -> [(KeyPolicy, KeyRecord)] {
        var keys: [(KeyPolicy, KeyRecord)] = []
        for policy in policies {
            keys += try await store.records(of: policy.pool).map { (policy, $0) }
        }
        guard let kid else { return keys }
        keys = keys.filter { $0.1.kid.rawValue == kid }
        if keys.isEmpty { throw Failure.unknownKey(kid) }
        return keys
    }

    private static func listing(_ key: KeyRecord, of policy: KeyPolicy) -> Listing {
        Listing(
            pool: policy.pool, kid: key.kid.rawValue, algorithm: key.algorithm.rawValue, state: key.state,
            createdAt: key.createdAt, activeAt: key.activeAt, retireAt: key.retireAt)
    }
}
