import Foundation

/// What an operator can learn and do about people who were joined, beside a running provider on the same database.
public struct IdentityAdministration: Sendable {
    private let pools: [Pool]
    private let database: any Database
    private let ending: SessionEnding

    /// Opens the database that a configuration names.
    ///
    /// - Parameter pool: the only pool to work on; nil means all that are configured.
    /// - Throws: ``KeyAdministration/Failure`` when there is nothing to work on, `StorageError`, and an error that tells
    ///   what is wrong with the master key.
    public init(configuration: Configuration, pool: String? = nil) async throws {
        if case .sqlite(let path) = configuration.database, !FileManager.default.fileExists(atPath: path) {
            throw KeyAdministration.Failure.noDatabase(path)
        }
        let database = try await ProviderService.openDatabase(configuration)
        let surroundings = Surroundings.system
        let masterKey = try MasterKey.load(
            path: configuration.masterKeyFile, mayCreate: false, surroundings: surroundings)
        let sealer = try Sealer(masterKey: masterKey)
        try await MasterKey.check(sealer, path: configuration.masterKeyFile, against: database)
        try self.init(
            pools: configuration.pools, pool: pool, database: database,
            ending: SessionEnding(subjects: SubjectIdentifiers(sealer: sealer), surroundings: surroundings))
    }

    init(pools: [Pool], pool: String? = nil, database: any Database, ending: SessionEnding) throws {
        self.pools = pools.filter { pool == nil || $0.id.rawValue == pool }
        (self.database, self.ending) = (database, ending)
        if let pool, self.pools.isEmpty {
            throw KeyAdministration.Failure.unknownPool(pool, known: pools.map(\.id.rawValue))
        }
    }

    /// Why a merge stays.
    public enum Failure: Error, CustomStringConvertible, Equatable {
        /// No configured pool has a merge of that identifier.
        case unknownMerge(String)
        /// It has been undone before.
        case undone(String)
        /// The merged account has gone into another since.
        case mergedOnward(String, into: String)
        /// One of the two accounts is not there any more.
        case userGone(String)

        /// What is wrong and what to do.
        public var description: String {
            switch self {
            case .unknownMerge(let id): "no merge `\(id)`; `wxidp users merges` shows them"
            case .undone(let id): "merge `\(id)` has been undone already"
            case .mergedOnward(let id, let later):
                "what merge `\(id)` made was merged again; run `wxidp users unmerge \(later)` first"
            case .userGone(let id): "one of the accounts of merge `\(id)` has been deleted; there is nothing to part"
            }
        }
    }

    /// One merge, or one contradiction that kept two accounts apart, as an operator sees it.
    public struct Listing: Sendable, Equatable {
        /// The pool it happened in.
        public var pool: PoolID
        /// What `wxidp users unmerge` takes.
        public var id: String
        /// Whether two accounts became one; otherwise WeChat's answer would have joined two people.
        public var isMerge: Bool
        /// Why, in one word.
        public var reason: String
        /// Whose `sub` stayed; of a contradiction, the account that was signed in.
        public var user: String
        /// The other account; nil when a contradiction involves one only.
        public var other: String?
        /// How many openids and unionids moved.
        public var identities: Int
        /// When it happened; a contradiction, when last.
        public var happenedAt: Date
        /// When the merge was taken back.
        public var undoneAt: Date?
    }

    /// The most a list holds.
    public static let longestList = 1000

    /// Merges and contradictions, the latest first.
    ///
    /// - Parameter limit: how many at most, up to ``longestList``.
    public func merges(limit: Int = 100) async throws -> [Listing] {
        var listings: [Listing] = []
        for pool in pools {
            let rows = try await database.query(
                """
                SELECT \(IdentityEvent.columns) FROM identity_events WHERE pool = $1 AND kind IN ('merged', 'conflict')
                ORDER BY happened_at DESC, id LIMIT $2
                """,
                [.text(pool.id), .integer(Int64(min(max(limit, 1), Self.longestList)))])
            listings += try rows.map { Self.listing(try IdentityEvent($0)) }
        }
        return listings
    }

    /// Takes a merge back; see decision 0041 for what happens to whom.
    ///
    /// The applications that are to be told that a session has ended are told by the running provider, within two minutes.
    ///
    /// - Returns: the merge as it is now.
    /// - Throws: ``Failure``.
    @discardableResult
    public func unmerge(_ id: String) async throws -> Listing {
        let eventID = IdentityEventID(rawValue: id)
        for pool in pools {
            let (ending, draw, now) = (ending, ending.draw(), ending.surroundings.now())
            do {
                return try await database.transaction { transaction in
                    let undoing = IdentityUndoing(
                        pool: pool, ending: ending, draw: draw, transaction: transaction, now: now)
                    _ = try undoing.undo(eventID)
                    let rows = try transaction.query(
                        "SELECT \(IdentityEvent.columns) FROM identity_events WHERE pool = $1 AND id = $2",
                        [.text(pool.id), .text(eventID)])
                    guard let event = try rows.first.map({ try IdentityEvent($0) }) else {
                        throw IdentityUndoing.Refusal.unknown
                    }
                    return Self.listing(event)
                }
            } catch IdentityUndoing.Refusal.unknown {
                continue
            } catch let refusal as IdentityUndoing.Refusal {
                throw Self.failure(refusal, id)
            }
        }
        throw Failure.unknownMerge(id)
    }

    private static func failure(_ refusal: IdentityUndoing.Refusal, _ id: String) -> Failure {
        switch refusal {
        case .unknown: .unknownMerge(id)
        case .undone: .undone(id)
        case .mergedOnward(let later): .mergedOnward(id, into: later.rawValue)
        case .userGone: .userGone(id)
        }
    }

    private static func listing(_ event: IdentityEvent) -> Listing {
        Listing(
            pool: event.pool, id: event.id.rawValue, isMerge: event.kind == .merged, reason: event.reason.rawValue,
            user: event.userID.rawValue, other: event.otherID?.rawValue,
            identities: event.details.openIDs.count + event.details.unionIDs.count, happenedAt: event.happenedAt,
            undoneAt: event.undoneAt)
    }
}
