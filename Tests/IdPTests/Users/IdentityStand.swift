import Foundation
import JWT
import WeChat

@testable import IdP

/// The identity graph over a real database, without pages around it.
struct IdentityStand: Sendable {
    static let time = Date(timeIntervalSince1970: 1_760_000_000)

    let database: any IdP.Database
    let pool: Pool
    let ending: SessionEnding

    static func with(_ body: @escaping @Sendable (IdentityStand) async throws -> Void) async throws {
        try await StorageBackend.sqlite.withDatabase { database in
            try await body(try IdentityStand(database: database))
        }
    }

    init(database: any IdP.Database) throws {
        let configuration = try Configuration.parse(
            TestConfiguration.yaml(publicURL: "https://id.example.com"), file: "test.yaml", folder: "/",
            environment: [:])
        guard let pool = configuration.pools.first else { throw StorageError.unavailable("no pool") }
        let sealer = try Sealer(masterKey: [UInt8](repeating: 7, count: 32))
        self.database = database
        self.pool = pool
        ending = SessionEnding(subjects: SubjectIdentifiers(sealer: sealer), surroundings: .system)
    }

    func linking<Result: Sendable>(
        at time: Date = Self.time, _ body: @escaping @Sendable (inout IdentityLinking) throws -> Result
    ) async throws -> Result {
        let (pool, ending, draw) = (pool, ending, ending.draw())
        return try await database.transaction { transaction in
            var linking = IdentityLinking(
                pool: pool, ending: ending, draw: draw, transaction: transaction, now: time)
            return try body(&linking)
        }
    }

    /// One arrival; the user it led to.
    @discardableResult
    func arrive(_ identity: WeChatIdentity, newID: String?) async throws -> String? {
        try await linking { try $0.link(identity, newID: newID.map { UserID(rawValue: $0) })?.rawValue }
    }

    func merge(_ loser: String, into winner: String) async throws {
        try await linking {
            try $0.merge(UserID(rawValue: loser), into: UserID(rawValue: winner), reason: .phoneNumber)
        }
    }

    func undo(_ id: String, at time: Date = Self.time) async throws {
        let (pool, ending, draw) = (pool, ending, ending.draw())
        try await database.transaction { transaction in
            _ = try IdentityUndoing(pool: pool, ending: ending, draw: draw, transaction: transaction, now: time)
                .undo(IdentityEventID(rawValue: id))
        }
    }

    /// Everything of one kind that happened, oldest first.
    func events(_ kind: IdentityEvent.Kind) async throws -> [IdentityEvent] {
        try await database.query(
            "SELECT \(IdentityEvent.columns) FROM identity_events WHERE kind = $1 ORDER BY happened_at, id",
            [.text(kind)]
        ).map { try IdentityEvent($0) }
    }

    /// `app/openid` and `platform/unionid` of everybody, with whose they are.
    func owners() async throws -> [String: String] {
        let openIDs = try await database.query("SELECT app_id, openid, user_id FROM wechat_openids", [])
        let unionIDs = try await database.query("SELECT open_platform, unionid, user_id FROM wechat_unionids", [])
        var owners: [String: String] = [:]
        for row in openIDs { owners["\(try row.text("app_id"))/\(try row.text("openid"))"] = try row.text("user_id") }
        for row in unionIDs {
            owners["\(try row.text("open_platform"))/\(try row.text("unionid"))"] = try row.text("user_id")
        }
        return owners
    }

    /// Users that have not been merged into another.
    func people() async throws -> Set<String> {
        let rows = try await database.query("SELECT id FROM users WHERE merged_into IS NULL", [])
        return Set(try rows.map { try $0.text("id") })
    }
}

/// Somebody with one WeChat account, and where they can turn up.
struct Somebody: Sendable {
    /// A way to turn up at the provider.
    enum Surface: String, CaseIterable, Sendable {
        case base, userInfo, miniProgram, website

        var app: String {
            switch self {
            case .base, .userInfo: "wx-mp"
            case .miniProgram: "wx-mini"
            case .website: "wx-web"
            }
        }
    }

    let name: String

    func identity(_ surface: Surface, hasUnionID: Bool) -> WeChatIdentity {
        WeChatIdentity(
            appID: AppID(rawValue: surface.app), openID: OpenID(rawValue: "o-\(name)-\(surface.app)"),
            openPlatform: "main",
            unionID: hasUnionID && surface != .base ? UnionID(rawValue: "u-\(name)") : nil)
    }
}

extension Array {
    /// Every order of the elements.
    var permutations: [[Element]] {
        guard count > 1 else { return [self] }
        return indices.flatMap { index in
            var rest = self
            let first = rest.remove(at: index)
            return rest.permutations.map { [first] + $0 }
        }
    }
}
