import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat

@testable import IdP

@Suite("A merge can be taken back, and what it did to whom is on record")
struct UnmergeTests {
    private func identity(_ app: String, _ openID: String, _ unionID: String? = nil) -> WeChatIdentity {
        WeChatIdentity(
            appID: AppID(rawValue: app), openID: OpenID(rawValue: openID), openPlatform: "main",
            unionID: unionID.map { UnionID(rawValue: $0) })
    }

    @Test("everything goes back to where it was, and what was linked since stays where it is")
    func backAgain() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1"), newID: "ann")
            try await stand.arrive(identity("mini", "o2"), newID: "bob")
            try await stand.database.run(
                """
                UPDATE users SET nickname = 'Bob', phone_number = '+861', phone_number_verified = 1,
                    phone_number_proven_at = 7 WHERE id = 'bob'
                """)
            let before = try await stand.owners()
            try await stand.merge("bob", into: "ann")
            #expect(Set(try await stand.owners().values) == ["ann"])
            #expect(
                try await stand.database.query(
                    "SELECT id FROM users WHERE nickname = 'Bob' AND phone_number_verified = 1 AND phone_number_proven_at = 7",
                    []
                ).count == 2)
            // Bob's mini program turns up at the website, and Ann's account gets a unionid.
            #expect(try await stand.arrive(identity("web", "o3", "u3"), newID: "cid") == "cid")
            #expect(try await stand.arrive(identity("mini", "o2", "u3"), newID: nil) == "cid")
            let merges = try await stand.events(.merged)
            #expect(merges.count == 2)
            // The later merge first.
            let first = try #require(merges.first { $0.reason == .phoneNumber })
            let second = try #require(merges.first { $0.reason == .sameUnionID })
            await #expect(throws: IdentityUndoing.Refusal.mergedOnward(second.id)) {
                try await stand.undo(first.id.rawValue)
            }
            try await stand.undo(second.id.rawValue)
            try await stand.undo(first.id.rawValue)
            #expect(try await stand.owners() == before.merging(["web/o3": "cid", "main/u3": "cid"]) { $1 })
            #expect(try await stand.people() == ["ann", "bob", "cid"])
            #expect(try await stand.database.query("SELECT id FROM users WHERE blocked = 1", []).isEmpty)
            let named = try await stand.database.query("SELECT id FROM users WHERE nickname IS NOT NULL", [])
            #expect(try named.map { try $0.text("id") } == ["bob"])
            let proven = try await stand.database.query("SELECT id FROM users WHERE phone_number_proven_at = 7", [])
            #expect(try proven.map { try $0.text("id") } == ["bob"])
            for id in [first.id.rawValue, second.id.rawValue] {
                await #expect(throws: IdentityUndoing.Refusal.undone) { try await stand.undo(id) }
            }
            await #expect(throws: IdentityUndoing.Refusal.unknown) { try await stand.undo("0123456789abcdef") }
        }
    }

    @Test(
        "whom an operator has parted no answer of WeChat's and no proven number joins again, not even through a third account"
    )
    func parted() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1"), newID: "ann")
            try await stand.arrive(identity("web", "o2", "u2"), newID: "bob")
            #expect(try await stand.arrive(identity("mp", "o1", "u2"), newID: nil) == "bob")
            try await stand.undo(try #require(try await stand.events(.merged).first).id.rawValue)
            #expect(try await stand.arrive(identity("mp", "o1", "u2"), newID: nil) == "ann")
            await #expect(throws: IdentityMergeRefusal.twoPeople(.separated)) {
                try await stand.merge("bob", into: "ann")
            }
            try await stand.arrive(identity("app", "o3"), newID: "cid")
            try await stand.merge("ann", into: "cid")
            await #expect(throws: IdentityMergeRefusal.twoPeople(.separated)) {
                try await stand.merge("cid", into: "bob")
            }
            #expect(try await stand.arrive(identity("mp", "o1", "u2"), newID: nil) == "cid")
            #expect(try await stand.events(.conflict).allSatisfy { $0.reason == .separated })
        }
    }

    @Test("a merge and its undoing unblock nobody")
    func staysBlocked() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1"), newID: "ann")
            try await stand.arrive(identity("web", "o2"), newID: "bob")
            try await stand.merge("bob", into: "ann")
            try await stand.database.run("UPDATE users SET blocked = 1 WHERE id = 'ann'")
            try await stand.undo(try #require(try await stand.events(.merged).first).id.rawValue)
            #expect(try await stand.database.query("SELECT id FROM users WHERE blocked = 1", []).count == 2)
        }
    }

    @Test("a deleted account cannot come back")
    func gone() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1"), newID: "ann")
            try await stand.arrive(identity("web", "o2"), newID: "bob")
            try await stand.merge("bob", into: "ann")
            try await stand.database.run("DELETE FROM users WHERE id = 'bob'")
            let id = try #require(try await stand.events(.merged).first).id.rawValue
            await #expect(throws: IdentityUndoing.Refusal.userGone) { try await stand.undo(id) }
        }
    }

    @Test("links and conflicts are forgotten after a year, merges never")
    func swept() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            try await stand.arrive(identity("mp", "o1", "u1"), newID: "ann")
            try await stand.arrive(identity("mp", "o2", "u1"), newID: "bob")
            try await stand.arrive(identity("web", "o3"), newID: "cid")
            try await stand.merge("cid", into: "ann")
            let year = IdentityEvent.lifetime.inSeconds
            try await Housekeeping.sweep(stand.database, now: IdentityStand.time + year)
            #expect(try await stand.database.count("identity_events") == 6)
            try await Housekeeping.sweep(stand.database, now: IdentityStand.time + year + 1)
            #expect(try await stand.database.count("identity_events") == 1)
            #expect(try await stand.events(.merged).count == 1)
        }
    }
}

@Suite("What a merge and its undoing end, seen by browsers and applications")
struct MergeEndsTests {
    /// Two accounts of one person: `web`, known by openid at the one app, and `second`, known by unionid at the other.
    private func twoAccounts(_ app: TestApp, _ first: Browser, _ second: Browser) async throws -> (Answer, Answer) {
        let loser = try await app.tokens(in: first)
        // As if WeChat had not told the unionid yet.
        try await app.execute("DELETE FROM wechat_unionids")
        let winner = try await app.tokens("second", in: second)
        #expect(try await app.count("users") == 2)
        return (loser, winner)
    }

    private func mergeByUnionID(_ app: TestApp) async throws {
        let browser = Browser(app)
        _ = try await browser.pressOn(try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url))
        #expect(try await app.count("users", where: "merged_into IS NULL") == 1)
    }

    @Test("the loser's sessions, tokens, codes and devices end, and its applications are told")
    func merged() async throws {
        let mailbox = Mailbox()
        try await LogoutStand.story(mailbox) { app in
            let (first, second) = (Browser(app), Browser(app))
            let (loser, winner) = try await twoAccounts(app, first, second)
            let unspent = try await app.code(in: first)
            let sub = try await app.verified(winner.field("id_token"), type: .jwt).subject
            let old = try await app.verified(loser.field("id_token"), type: .jwt)
            #expect(old.subject != sub)
            try await mergeByUnionID(app)
            #expect(try await app.me(loser.field("access_token")).status == .unauthorized)
            #expect(try await app.refresh(loser.field("refresh_token")).error == "invalid_grant")
            #expect(try await app.redeem(unspent).error == "invalid_grant")
            #expect(try await !app.isSignedIn(first))
            // The winner keeps all it had.
            #expect(try await app.me(winner.field("access_token")).status == .ok)
            #expect(try await app.isSignedIn(second, "second"))
            try await mailbox.wait(for: 1)
            let letter = try #require(mailbox.letters.first)
            #expect(letter.address == "https://app.example.com/back?via=1")
            let notice = try await app.verified(letter.token, type: .logout)
            #expect(notice.subject == old.subject)
        }
    }

    @Test("of several sessions of the loser each one's applications are told")
    func severalSessions() async throws {
        let mailbox = Mailbox()
        try await LogoutStand.story(mailbox) { app in
            let browsers = [Browser(app), Browser(app)]
            _ = try await twoAccounts(app, browsers[0], Browser(app))
            _ = try await app.tokens(in: browsers[1])
            try await mergeByUnionID(app)
            try await mailbox.wait(for: 2)
            #expect(Set(mailbox.letters.map(\.token)).count == 2)
        }
    }

    @Test("a device that the loser had let in, but that has not asked yet, gets nothing")
    func devices() async throws {
        try await TestApp.tokenStory { app in
            let first = Browser(app)
            _ = try await twoAccounts(app, first, Browser(app))
            let device = try await app.device()
            try await first.allow(device)
            try await mergeByUnionID(app)
            #expect(try await device.poll().error == "access_denied")
            #expect(try await app.count("grants", where: "kind = 'device'") == 0)
        }
    }

    @Test("what the loser had allowed an application stays with it, and the winner is asked again")
    func consents() async throws {
        try await TestApp.story { app in
            let (first, second) = (Browser(app), Browser(app))
            _ = try await twoAccounts(app, first, second)
            let third = try await first.pressOn(try await first.open(AuthorizationRequest("third").url))
            #expect(third.query["code"] != nil)
            #expect(try await app.count("consents") == 1)
            try await mergeByUnionID(app)
            let page = try await Browser(app).open(AuthorizationRequest("third").url)
            #expect(page.page == "confirm")
            #expect(try await app.count("consents") == 1)
        }
    }

    @Test("after the undoing both live: the loser signs in as who it was, the winner's sessions through it end")
    func unmerged() async throws {
        let mailbox = Mailbox()
        try await LogoutStand.story(mailbox) { app in
            let (first, second) = (Browser(app), Browser(app))
            let (loser, winner) = try await twoAccounts(app, first, second)
            let old = try await app.verified(loser.field("id_token"), type: .jwt).subject
            try await mergeByUnionID(app)
            let tokens = try await app.tokens(in: first)
            #expect(try await app.verified(tokens.field("id_token"), type: .jwt).subject != old)
            app.clock.advance(by: 5)
            let administration = try IdentityAdministration(
                pools: app.provider.configuration.pools, database: app.database,
                ending: try app.ending())
            let merge = try #require(try await administration.merges().first)
            #expect(merge.isMerge && merge.undoneAt == nil && merge.reason == "same_unionid" && merge.identities == 1)
            let undone = try await administration.unmerge(merge.id)
            #expect(undone.undoneAt != nil)
            await #expect(throws: IdentityAdministration.Failure.undone(merge.id)) {
                try await administration.unmerge(merge.id)
            }
            await #expect(throws: IdentityAdministration.Failure.unknownMerge("0000")) {
                try await administration.unmerge("0000")
            }
            // What came through the loser's openid ends, with its refresh token; the winner's own stays.
            #expect(try await app.me(tokens.field("access_token")).status == .unauthorized)
            #expect(try await app.refresh(tokens.field("refresh_token")).error == "invalid_grant")
            #expect(try await app.me(winner.field("access_token")).status == .ok)
            #expect(try await app.isSignedIn(second, "second"))
            #expect(try await app.count("logout_notices") > 0)
            // And the loser is who it was, whatever unionid WeChat tells.
            let again = try await app.tokens(in: Browser(app))
            #expect(try await app.verified(again.field("id_token"), type: .jwt).subject == old)
        }
    }

    @Test("one pool's operator commands do not reach another pool's merges")
    func otherPool() async throws {
        try await TestApp.story { app in
            _ = try await twoAccounts(app, Browser(app), Browser(app))
            try await mergeByUnionID(app)
            let ending = try app.ending()
            let pools = app.provider.configuration.pools
            let id = try #require(
                try await IdentityAdministration(pools: pools, database: app.database, ending: ending).merges().first
            ).id
            let other = try IdentityAdministration(pools: pools, pool: "other", database: app.database, ending: ending)
            #expect(try await other.merges().isEmpty)
            await #expect(throws: IdentityAdministration.Failure.unknownMerge(id)) { try await other.unmerge(id) }
            #expect(try await app.count("users", where: "merged_into IS NULL") == 1)
        }
    }
}
