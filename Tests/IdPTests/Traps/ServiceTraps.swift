import Testing
import WeChat

@testable import IdP

/// Mini programs, and the account's own interfaces.
enum ServiceTraps {
    @Sendable static func loginCodeOnce() async throws {
        try await TestApp.story { app async throws -> Void in
            let (signIn, pool, connection) = (try app.miniProgramSignIn(), try app.pool(), try app.connection("mini"))
            let gate = TrapGate()
            app.bridge.take { _ async throws(WeChatTransportError) in
                await gate.pass()
                return WeChatResponse(
                    status: 200,
                    body: Array(#"{"session_key":"\#(AppCodes.sessionKey)","openid":"\#(AppCodes.openID)"}"#.utf8))
            }
            let people = try await withThrowingTaskGroup(of: UserID.self) { group in
                for _ in 0..<5 {
                    group.addTask { try await signIn.signIn(LoginCode("0a1b2c"), at: connection, in: pool).userID }
                }
                return try await group.reduce(into: Set<UserID>()) { $0.insert($1) }
            }
            #expect(people.count == 1 && app.bridge.calls("/sns/jscode2session") == 1)
        }
    }

    @Sendable static func sessionKeyOfLogin() async throws {
        try await TestApp.story { app async throws -> Void in
            let (signIn, pool, connection) = (try app.miniProgramSignIn(), try app.pool(), try app.connection("mini"))
            for key in ["EBESExQVFhcYGRobHB0eHw==", "AAECAwQFBgcICQoLDA0ODw=="] {
                app.bridge.script(AppCodes.session(key: key))
                let person = try await signIn.signIn(LoginCode("code-of-\(key.prefix(3))"), at: connection, in: pool)
                let kept = try await app.sessionKeys().find(person.account, in: pool.id)
                #expect(kept?.exposeSecret() == key)
            }
            #expect(try await app.count("mini_program_sessions") == 1)
        }
    }

    @Sendable static func separateInterfaces() async throws {
        try await TestApp.story { app async throws -> Void in
            _ = try await app.tokens()
            #expect(app.bridge.urls.count >= 3)
            #expect(app.bridge.urls.allSatisfy { $0.contains("weixin.qq.com/sns/") })
        }
    }

    @Sendable static func oneToken() async throws {
        try await StorageBackend.sqlite.withDatabase { database in
            let service = AccountService(clock: StoryClock())
            let nodes = [try AccountNode(database, service), try AccountNode(database, service)]
            let connection = try Connection.forTests()
            for node in nodes + nodes {
                let token = try await node.token(connection)
                #expect(token == "TOKEN-1")
            }
            #expect(service.state.stableCalls == 1)
        }
    }
}

/// Lets whoever is under way at the same time meet.
private actor TrapGate {
    func pass() async {
        for _ in 0..<50 { await Task.yield() }
    }
}
