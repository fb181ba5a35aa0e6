import Testing
import WeChat

@testable import IdP

@Suite("Two people are never made one, whatever WeChat's answer seems to say")
struct ContradictionTests {
    private func identity(_ app: String, _ openID: String, _ unionID: String? = nil) -> WeChatIdentity {
        WeChatIdentity(
            appID: AppID(rawValue: app), openID: OpenID(rawValue: openID), openPlatform: "main",
            unionID: unionID.map { UnionID(rawValue: $0) })
    }

    @Test("a new openid of an app where the unionid's person has another one is a new person")
    func secondOpenID() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1", "u1"), newID: "ann")
            // Nobody is made silently, and nobody is taken for Ann.
            #expect(try await stand.arrive(identity("mp", "o2", "u1"), newID: nil) == nil)
            #expect(try await stand.arrive(identity("mp", "o2", "u1"), newID: "bob") == "bob")
            #expect(try await stand.owners() == ["mp/o1": "ann", "main/u1": "ann", "mp/o2": "bob"])
            let conflict = try #require(try await stand.events(.conflict).first)
            #expect(conflict.reason == .openIDs && conflict.userID.rawValue == "bob")
            #expect(conflict.otherID?.rawValue == "ann")
        }
    }

    @Test("an openid and a unionid of two people who both have an openid there: the openid's person, nothing joined")
    func bothKnown() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1", "u1"), newID: "ann")
            try await stand.arrive(identity("mp", "o2"), newID: "bob")
            for _ in 0..<3 { #expect(try await stand.arrive(identity("mp", "o2", "u1"), newID: "new") == "bob") }
            #expect(try await stand.people() == ["ann", "bob"])
            #expect(try await stand.owners()["main/u1"] == "ann")
            // However often it happens, it is one event.
            #expect(try await stand.events(.conflict).map(\.reason) == [.openIDs])
        }
    }

    @Test("a known openid with another unionid than before stays who it was")
    func otherUnionID() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1", "u1"), newID: "ann")
            #expect(try await stand.arrive(identity("mp", "o1", "u2"), newID: "new") == "ann")
            #expect(try await stand.owners() == ["mp/o1": "ann", "main/u1": "ann"])
            // The unionid is free for the person it belongs to.
            #expect(try await stand.arrive(identity("web", "o9", "u2"), newID: "bob") == "bob")
            #expect(try await stand.arrive(identity("mp", "o1", "u2"), newID: "new") == "ann")
            #expect(try await stand.people() == ["ann", "bob"])
            #expect(Set(try await stand.events(.conflict).map(\.reason)) == [.unionIDs])
        }
    }

    @Test("a merge that would give somebody two openids of one app, or two unionids, is refused and changes nothing")
    func refusedMerge() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1"), newID: "ann")
            try await stand.arrive(identity("mp", "o2"), newID: "bob")
            try await stand.arrive(identity("web", "o3", "u3"), newID: "cid")
            try await stand.arrive(identity("mini", "o4", "u4"), newID: "dan")
            let before = try await stand.owners()
            await #expect(throws: IdentityMergeRefusal.twoPeople(.openIDs)) {
                try await stand.merge("ann", into: "bob")
            }
            await #expect(throws: IdentityMergeRefusal.twoPeople(.unionIDs)) {
                try await stand.merge("cid", into: "dan")
            }
            await #expect(throws: IdentityMergeRefusal.unknownUser(UserID(rawValue: "nobody"))) {
                try await stand.merge("nobody", into: "dan")
            }
            await #expect(throws: IdentityMergeRefusal.unknownUser(UserID(rawValue: "dan"))) {
                try await stand.merge("dan", into: "dan")
            }
            try await stand.merge("cid", into: "ann")
            await #expect(throws: IdentityMergeRefusal.unknownUser(UserID(rawValue: "cid"))) {
                try await stand.merge("cid", into: "bob")
            }
            #expect(
                try await stand.owners().filter { $0.value != "ann" }
                    == before.filter { ["bob", "dan"].contains($0.value) })
            #expect(try await stand.linking { try $0.contradicts(UserID(rawValue: "ann"), UserID(rawValue: "dan")) })
            #expect(try await stand.linking { try !$0.contradicts(UserID(rawValue: "bob"), UserID(rawValue: "dan")) })
        }
    }

    @Test("the schema itself refuses a second openid of one app and a second unionid of one platform")
    func schema() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1", "u1"), newID: "ann")
            for statement in [
                "INSERT INTO wechat_openids (pool, app_id, openid, user_id, created_at) VALUES ('default', 'mp', 'o2', 'ann', 1)",
                "INSERT INTO wechat_unionids (pool, open_platform, unionid, user_id, created_at) VALUES ('default', 'main', 'u2', 'ann', 1)",
            ] {
                await #expect(throws: StorageError.self) { try await stand.database.run(statement) }
            }
        }
    }

    @Test("a blocked account neither absorbs nor is absorbed", arguments: ["ann", "bob"])
    func blocked(_ name: String) async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1"), newID: "ann")
            try await stand.arrive(identity("web", "o2", "u2"), newID: "bob")
            try await stand.database.run("UPDATE users SET blocked = 1 WHERE id = $1", [.text(name)])
            let before = try await stand.owners()
            // The openid of one, the unionid of the other: whoever asks finds the blocked account.
            #expect(try await stand.arrive(identity("mp", "o1", "u2"), newID: "new") == name)
            await #expect(throws: IdentityMergeRefusal.blocked(UserID(rawValue: name))) {
                try await stand.merge("ann", into: "bob")
            }
            #expect(try await stand.owners() == before)
        }
    }

    @Test(
        "of two transactions that make the same person at once the later one finds the earlier one's",
        arguments: [1, 2])
    func race(_ kind: Int) async throws {
        try await IdentityStand.with { stand async throws -> Void in
            let (pool, ending, draw) = (stand.pool, stand.ending, stand.ending.draw())
            let identity = identity("mp", "o1", "u1")
            // What an engine with several writers shows a transaction: nothing at the first look, a row when it writes.
            let rival = [
                "INSERT INTO users (pool, id, created_at, updated_at) VALUES ('default', 'rival', 1, 1)",
                "INSERT INTO wechat_openids (pool, app_id, openid, user_id, created_at) VALUES ('default', 'mp', 'o1', 'rival', 1)",
                "INSERT INTO wechat_unionids (pool, open_platform, unionid, user_id, created_at) VALUES ('default', 'main', 'u1', 'rival', 1)",
            ]
            let user = try await stand.database.transaction { transaction in
                var linking = IdentityLinking(
                    pool: pool, ending: ending, draw: draw,
                    transaction: Overtaken(
                        base: transaction, before: "INSERT INTO wechat_unionids",
                        rival: kind == 1 ? rival : Array(rival.prefix(2))),
                    now: IdentityStand.time)
                return try linking.link(identity, newID: UserID(rawValue: "late"))?.rawValue
            }
            #expect(try await stand.people().count == 1)
            #expect(try await stand.people() == [try #require(user)])
            #expect(Set(try await stand.owners().values) == [try #require(user)])
        }
    }
}

/// A transaction that another one overtakes once, right before a statement.
private final class Overtaken: Transaction {
    private let base: any Transaction
    private let marker: String
    private var rival: [String]

    init(base: any Transaction, before marker: String, rival: [String]) {
        (self.base, self.marker, self.rival) = (base, marker, rival)
    }

    func query(_ sql: String, _ arguments: [SQLValue]) throws(StorageError) -> [Row] {
        if sql.contains(marker) {
            for statement in rival { try base.query(statement, []) }
            rival = []
        }
        return try base.query(sql, arguments)
    }
}
