import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Deleting what has expired, and nothing else.
@Suite struct HousekeepingTests {
    private static let start = Date(timeIntervalSince1970: 1_700_000_000)
    private static let kept = ["users", "schema_version"]

    private func counts(_ database: any IdP.Database, _ tables: [String]) async throws -> [Int] {
        var counts: [Int] = []
        for table in tables { counts.append(try await database.count(table)) }
        return counts
    }

    @Test("a moment of expiry belongs to life", arguments: StorageBackend.available)
    func boundaries(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await StoredRows(database: database).insertEverything(lifetime: .seconds(3600))
            let tables = ["sign_ins", "wechat_rounds", "sessions", "authorization_codes", "refresh_tokens", "grants"]
            let before = try await counts(database, Self.kept)
            // The successor of the refresh token, and with it the grant, lives thirty days; codes are remembered an hour
            // longer, grants a day.
            let month = 30.0 * 86_400
            let story: [(seconds: Double, left: [Int])] = [
                (0, [1, 1, 1, 1, 2, 1]), (600, [1, 1, 1, 1, 2, 1]), (601, [0, 0, 1, 1, 2, 1]),
                (3600, [0, 0, 1, 1, 2, 1]),
                (3601, [0, 0, 0, 1, 1, 1]), (7200, [0, 0, 0, 1, 1, 1]), (7201, [0, 0, 0, 0, 1, 1]),
                (month, [0, 0, 0, 0, 1, 1]), (month + 1, [0, 0, 0, 0, 0, 1]), (month + 86_400, [0, 0, 0, 0, 0, 1]),
                (month + 86_401, [0, 0, 0, 0, 0, 0]),
            ]
            for (seconds, left) in story {
                try await Housekeeping.sweep(database, now: Self.start + seconds)
                #expect(try await counts(database, tables) == left, "after \(seconds) s")
            }
            #expect(try await counts(database, Self.kept) == before)
        }
    }

    @Test("what lives in one pool survives what expires in another", arguments: StorageBackend.available)
    func neighbours(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let shop = try #require(PoolID(rawValue: "shop"))
            try await StoredRows(database: database).insertEverything(lifetime: .seconds(60))
            // Other codes and cookies, ten hours later.
            var later = StoredRows(database: database)
            let surroundings = later.surroundings
            later.surroundings.now = { surroundings.now() + 36_000 }
            try await later.insertEverything(pool: shop, lifetime: .seconds(60))
            try await Housekeeping.sweep(database, now: Self.start + 36_000)
            for table in ["sessions", "authorization_codes"] {
                let rows = try await database.query("SELECT pool FROM \(table)", [])
                #expect(try rows.map { try $0.text("pool") } == ["shop"], "\(table)")
            }
            #expect(try await database.count("sign_ins") == 1)
            #expect(try await database.count("wechat_rounds") == 1)
            #expect(try await database.count("users") == 2)
        }
    }

    @Test("keys, people and their identities never expire", arguments: StorageBackend.available)
    func permanent(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let sealer = try Sealer(masterKey: [UInt8](repeating: 7, count: 32))
            _ = try await KeyRing.load(
                [KeyPolicy(pool: .default)], database: database, sealer: sealer, surroundings: .system)
            try await MasterKey.check(sealer, path: "master.key", against: database)
            try await database.addUser("u1")
            try await database.run(
                """
                INSERT INTO wechat_openids (pool, app_id, openid, user_id, created_at)
                VALUES ('default', 'wx1', 'o1', 'u1', 1)
                """)
            try await Housekeeping.sweep(database, now: Self.start + 100 * 365 * 86_400)
            #expect(
                try await counts(database, ["signing_keys", "master_key", "users", "wechat_openids"]) == [1, 1, 1, 1])
        }
    }

    @Test("an empty database is swept without complaint", arguments: StorageBackend.available)
    func empty(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await Housekeeping.sweep(database, now: Self.start)
        }
    }

    @Test("an access token that outlives its refresh token keeps its grant")
    func longAccessToken() async throws {
        let lifetimes = "client_id: web, access_token_lifetime: 10d, refresh_token_lifetime: 2d,"
        try await TestApp.story(yaml: { $0.replacing("client_id: web,", with: lifetimes) }) { app in
            let day = 86_400.0
            let first = try await app.tokens()
            app.clock.advance(by: 1.9 * day)
            let second = try await app.refresh(first.field("refresh_token"))
            #expect(second.status == .ok)
            // Later than a grant is kept for the first access token, earlier than the second one expires.
            app.clock.advance(by: 9.6 * day)
            try await Housekeeping.sweep(app.database, now: app.clock.now)
            #expect(try await app.count("refresh_tokens") == 0)
            #expect(try await app.me(second.field("access_token")).status == .ok)
            app.clock.advance(by: 0.5 * day)
            #expect(try await app.me(second.field("access_token")).status == .unauthorized)
            app.clock.advance(by: day)
            try await Housekeeping.sweep(app.database, now: app.clock.now)
            #expect(try await app.count("grants") == 0)
        }
    }
}
