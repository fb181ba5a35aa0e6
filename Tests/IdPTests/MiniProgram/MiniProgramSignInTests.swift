import Foundation
import JWT
import Testing
import WeChat

@testable import IdP

/// The code of `wx.login` names a person, once.
@Suite struct MiniProgramSignInTests {
    private static let code = LoginCode("023abcdefghijklmnopqrstuvwxyz012")

    private func refusal(_ work: () async throws -> AppPerson) async -> AppSignInFailure? {
        do {
            _ = try await work()
            return nil
        } catch {
            return error as? AppSignInFailure
        }
    }

    @Test("nobody is made when WeChat refuses the code")
    func refused() async throws {
        try await TestApp.story { app in
            let signIn = try app.miniProgramSignIn()
            for number in [40029, 40163, 40226, 45011, 40125, 45009] {
                app.bridge.script(AppCodes.error(number))
                let failure = await refusal {
                    try await signIn.signIn(Self.code, at: try app.connection("mini"), in: try app.pool())
                }
                guard case .weChat(.api(let api))? = failure else {
                    Issue.record("\(number) gave \(String(describing: failure))")
                    continue
                }
                #expect(api.code.number == number)
            }
            #expect(try await app.isUntouched())
            #expect(try await app.count("mini_program_sessions") == 0)
        }
    }

    @Test("while the quota is used up, WeChat is not asked")
    func quota() async throws {
        try await TestApp.story { app in
            let signIn = try app.miniProgramSignIn()
            app.bridge.script(AppCodes.error(45009))
            let (connection, pool) = (try app.connection("mini"), try app.pool())
            _ = await refusal { try await signIn.signIn(Self.code, at: connection, in: pool) }
            let asked = app.bridge.calls("/sns/jscode2session")
            let failure = await refusal { try await signIn.signIn(Self.code, at: connection, in: pool) }
            guard case .weChat(.api(let api))? = failure else { throw StorageError.column("no failure") }
            #expect(api.code == .dailyQuotaReached && api.call == .miniProgramLogin)
            #expect(app.bridge.calls("/sns/jscode2session") == asked)
        }
    }

    @Test("only a mini program's connection takes these codes")
    func otherKinds() async throws {
        try await TestApp.story { app in
            let (mini, mobile) = (try app.miniProgramSignIn(), try app.mobileAppSignIn())
            let (official, program, pool) = (try app.connection("mp"), try app.connection("mini"), try app.pool())
            guard case .wrongKind? = await refusal({ try await mini.signIn(Self.code, at: official, in: pool) }),
                case .wrongKind? = await refusal({ try await mobile.signIn(Self.code, at: official, in: pool) }),
                case .wrongKind? = await refusal({ try await mobile.signIn(Self.code, at: program, in: pool) })
            else {
                Issue.record("a connection of another kind was used")
                return
            }
            #expect(app.bridge.urls.isEmpty)
        }
    }

    @Test("a blocked person is refused, and nothing about them changes")
    func blocked() async throws {
        try await TestApp.story { app in
            let signIn = try app.miniProgramSignIn()
            let (connection, pool) = (try app.connection("mini"), try app.pool())
            app.bridge.script(AppCodes.session())
            let person = try await signIn.signIn(Self.code, at: connection, in: pool)
            try await app.execute("UPDATE users SET blocked = 1")
            app.bridge.script(AppCodes.session(key: "AAAAAAAAAAAAAAAAAAAAAA=="))
            guard case .blocked? = await refusal({ try await signIn.signIn(Self.code, at: connection, in: pool) })
            else {
                Issue.record("a blocked person was let in")
                return
            }
            #expect(try await app.sessionKeys().find(person.account, in: pool.id) == SessionKey(AppCodes.sessionKey))
            #expect(try await app.count("users", where: "sign_ins = 1") == 1)
        }
    }

    @Test("requests in flight together share one exchange; a later one gets WeChat's word that the code was used")
    func together() async throws {
        try await TestApp.story { app in
            let signIn = try app.miniProgramSignIn()
            let (connection, pool) = (try app.connection("mini"), try app.pool())
            app.bridge.script(AppCodes.session())
            let people = try await withThrowingTaskGroup(of: UserID.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await signIn.signIn(Self.code, at: connection, in: pool).userID }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(people.count == 50 && Set(people).count == 1)
            #expect(app.bridge.calls("/sns/jscode2session") == 1)
            #expect(try await app.count("users", where: "sign_ins = 1") == 1)
            app.bridge.script(AppCodes.error(40163))
            guard
                case .weChat(.api(let api))? = await refusal({
                    try await signIn.signIn(Self.code, at: connection, in: pool)
                })
            else {
                Issue.record("a used code was taken again")
                return
            }
            #expect(api.code == .codeUsed)
            #expect(app.bridge.calls("/sns/jscode2session") == 2)
        }
    }

    @Test("each login replaces the session key, which is stored sealed")
    func sessionKey() async throws {
        try await TestApp.story { app in
            let signIn = try app.miniProgramSignIn()
            let (connection, pool) = (try app.connection("mini"), try app.pool())
            app.bridge.script(AppCodes.session(), AppCodes.session(key: "AAAAAAAAAAAAAAAAAAAAAA=="))
            let first = try await signIn.signIn(Self.code, at: connection, in: pool)
            let second = try await signIn.signIn(LoginCode("another"), at: connection, in: pool)
            #expect(first.userID == second.userID)
            let keys = try app.sessionKeys()
            #expect(try await keys.find(first.account, in: pool.id) == SessionKey("AAAAAAAAAAAAAAAAAAAAAA=="))
            #expect(try await app.count("mini_program_sessions") == 1)
            let rows = try await app.database.query("SELECT session_key_sealed FROM mini_program_sessions", [])
            let stored = String(decoding: try #require(rows.first).blob("session_key_sealed"), as: UTF8.self)
            #expect(!stored.contains("AAAA"))
            // Sealed for its place: at another app, person or pool it opens nothing.
            try await app.execute("UPDATE mini_program_sessions SET openid = 'oOTHER'")
            let moved = WeChatAccount(appID: first.account.appID, openID: OpenID(rawValue: "oOTHER"))
            await #expect(throws: JWTError.self) { try await keys.find(moved, in: pool.id) }
        }
    }

    @Test("a session key that nobody uses for 30 days is gone, one in use stays")
    func unused() async throws {
        try await TestApp.story { app in
            let signIn = try app.miniProgramSignIn()
            let (connection, pool) = (try app.connection("mini"), try app.pool())
            app.bridge.script(AppCodes.session())
            let person = try await signIn.signIn(Self.code, at: connection, in: pool)
            let keys = try app.sessionKeys()
            app.clock.advance(by: 20 * 86_400)
            #expect(try await keys.find(person.account, in: pool.id) != nil)
            app.clock.advance(by: 29 * 86_400)
            try await Housekeeping.sweep(app.database, now: app.clock.now)
            #expect(try await keys.find(person.account, in: pool.id) != nil)
            app.clock.advance(by: 31 * 86_400)
            #expect(try await keys.find(person.account, in: pool.id) == nil)
            try await Housekeeping.sweep(app.database, now: app.clock.now)
            #expect(try await app.count("mini_program_sessions") == 0)
        }
    }

    @Test("one person at two mini programs of an open platform, and two at programs of none")
    func unionID() async throws {
        try await TestApp.story { app in
            let signIn = try app.miniProgramSignIn()
            let pool = try app.pool()
            var (one, two) = (try app.connection("mini"), try app.connection("mini"))
            two.appID = AppID(rawValue: "wx000000000000000b")
            let union = "oUNI0000000000000000000000b2"
            app.bridge.script(AppCodes.session(unionID: union), AppCodes.session(openID: "oELSE", unionID: union))
            let apart = [
                try await signIn.signIn(Self.code, at: one, in: pool).userID,
                try await signIn.signIn(Self.code, at: two, in: pool).userID,
            ]
            #expect(Set(apart).count == 2)
            (one.openPlatform, two.openPlatform) = ("main", "main")
            (one.appID, two.appID) = (AppID(rawValue: "wx000000000000000c"), AppID(rawValue: "wx000000000000000d"))
            app.bridge.script(AppCodes.session(unionID: union), AppCodes.session(openID: "oELSE", unionID: union))
            let joined = [
                try await signIn.signIn(Self.code, at: one, in: pool).userID,
                try await signIn.signIn(Self.code, at: two, in: pool).userID,
            ]
            #expect(Set(joined).count == 1)
        }
    }

    @Test("no code, session key or openid stands in the log")
    func silence() async throws {
        try await TestApp.story { app in
            let signIn = try app.miniProgramSignIn()
            let (connection, pool) = (try app.connection("mini"), try app.pool())
            app.bridge.script(AppCodes.session(), AppCodes.error(40029))
            _ = try await signIn.signIn(Self.code, at: connection, in: pool)
            _ = await refusal { try await signIn.signIn(LoginCode("another-code"), at: connection, in: pool) }
            let log = app.log.lines.joined()
            for secret in [Self.code.exposeSecret(), AppCodes.sessionKey, AppCodes.openID, "another-code"] {
                #expect(!log.contains(secret))
            }
        }
    }
}
