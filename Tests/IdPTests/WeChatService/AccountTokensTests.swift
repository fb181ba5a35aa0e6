import Foundation
import Testing
import WeChat

@testable import IdP

/// The app's own token, of which WeChat knows only one.
@Suite("Shared access tokens") struct AccountTokensTests {
    private func withNode(
        _ backend: StorageBackend, _ body: (AccountNode, AccountService, any IdP.Database) async throws -> Void
    ) async throws {
        try await backend.withDatabase { database in
            let service = AccountService(clock: StoryClock())
            try await body(AccountNode(database, service), service, database)
        }
    }

    @Test("a token is asked for once and lies sealed", arguments: StorageBackend.available)
    func sealed(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, database in
            let connection = try Connection.forTests()
            for _ in 0..<5 { #expect(try await node.token(connection) == "TOKEN-1") }
            #expect(service.state.stableCalls == 1)
            let row = try #require(try await database.query("SELECT * FROM wechat_credentials", []).first)
            let sealed = try row.blob("value_sealed")
            #expect(!String(decoding: sealed, as: UTF8.self).contains("TOKEN"))
            #expect(try !row.text("secret_hash").contains(TestConfiguration.appSecret))
        }
    }

    @Test("it is replaced five minutes before its end, and not sooner", arguments: StorageBackend.available)
    func inTime(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, _ in
            let connection = try Connection.forTests()
            _ = try await node.token(connection)
            service.clock.advance(by: 6899)
            #expect(try await node.token(connection) == "TOKEN-1")
            #expect(service.state.stableCalls == 1)
            service.clock.advance(by: 1)
            #expect(try await node.token(connection) == "TOKEN-2")
            #expect(service.state.stableCalls == 2)
        }
    }

    @Test("a failure in the last minutes leaves the old one in use", arguments: StorageBackend.available)
    func oldOneHolds(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, _ in
            let connection = try Connection.forTests()
            _ = try await node.token(connection)
            service.clock.advance(by: 7000)
            service.change { $0.script = [.error(45009, "reach max api daily quota limit")] }
            #expect(try await node.token(connection) == "TOKEN-1")
            #expect(try await node.token(connection) == "TOKEN-1")
            #expect(service.state.stableCalls == 2)
            service.clock.advance(by: 60)
            #expect(try await node.token(connection) == "TOKEN-2")
        }
    }

    @Test("what another program has replaced is fetched and the call made again", arguments: StorageBackend.available)
    func replacedElsewhere(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, _ in
            let connection = try Connection.forTests()
            _ = try await node.token(connection)
            service.change { $0.token = 40 }
            #expect(try await node.ticket(connection) == "TICKET-1")
            #expect(service.state.stableCalls == 2)
            #expect(service.state.forcedAt.isEmpty, "another's new token is not killed")
        }
    }

    @Test("force is used only against the refused token itself, and sparingly", arguments: StorageBackend.available)
    func force(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, _ in
            let connection = try Connection.forTests()
            _ = try await node.token(connection)
            service.change { $0.accepts = "nothing" }
            #expect(try await node.ticket(connection) == "TICKET-1")
            #expect(service.state.forcedAt.count == 1)
            // Refused again within the half minute: WeChat would refuse to be forced.
            service.change { $0.accepts = "nothing" }
            await #expect(throws: AccountTokenFailure.self) { try await node.ticket(connection) }
            #expect(service.state.forcedAt.count == 1)
            for _ in 0..<40 {
                service.clock.advance(by: 31)
                service.change { $0.accepts = "nothing" }
                _ = try? await node.ticket(connection)
            }
            #expect(service.state.forcedAt.count == ForceAllowance.daily)
            service.clock.advance(by: 86_400)
            _ = try await node.token(connection)
            service.change { $0.accepts = "nothing" }
            _ = try? await node.ticket(connection)
            #expect(service.state.forcedAt.count == ForceAllowance.daily + 1)
            for (first, second) in zip(service.state.forcedAt, service.state.forcedAt.dropFirst()) {
                #expect(second.timeIntervalSince(first) >= 30)
            }
        }
    }

    @Test("a call that is refused for good is repeated once only", arguments: StorageBackend.available)
    func onceMore(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, _ in
            let connection = try Connection.forTests()
            var calls = 0
            await #expect {
                try await node.tokens.withToken(connection, in: .default) { _ throws(WeChatError) -> Int in
                    calls += 1
                    throw .api(APIError(call: .phoneNumber, code: .accessTokenExpired))
                }
            } throws: {
                if case .call(.api(let error))? = $0 as? AccountTokenFailure {
                    error.code == .accessTokenExpired
                } else {
                    false
                }
            }
            #expect(calls == 2)
            // Anything else is not the token's fault.
            calls = 0
            _ = try? await node.tokens.withToken(connection, in: .default) { _ throws(WeChatError) -> Int in
                calls += 1
                throw .api(APIError(call: .phoneNumber, code: .invalidCode))
            }
            #expect(calls == 1)
            #expect(service.state.forcedAt.count == 1)
        }
    }

    @Test(
        "the operator is told the number and what to do, and WeChat is left alone for a minute",
        arguments: [
            (45009, "reach max api daily quota limit", "清零"),
            (40164, "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist", "IP白名单"),
        ])
    func told(number: Int, text: String, remedy: String) async throws {
        try await withNode(.sqlite) { node, service, _ in
            let connection = try Connection.forTests()
            service.change { $0.script = [.error(number, text)] }
            for _ in 0..<20 { await #expect(throws: AccountTokenFailure.self) { try await node.token(connection) } }
            #expect(service.state.stableCalls == 1)
            let line = try #require(node.log.lines.first { $0.hasPrefix("error") })
            #expect(line.contains("\(number)") && line.contains(text) && line.contains(remedy))
            #expect(line.contains(connection.appID.rawValue))
            #expect(!line.contains(TestConfiguration.appSecret))
            service.clock.advance(by: 60)
            #expect(try await node.token(connection) == "TOKEN-1")
        }
    }

    @Test("silence is asked again after 1, 2, 4 … 32 seconds", arguments: StorageBackend.available)
    func backoff(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, _ in
            let connection = try Connection.forTests()
            service.change { $0.script = Array(repeating: .fails(.answerLost(.timedOut)), count: 100) }
            for _ in 0..<64 {
                _ = try? await node.token(connection)
                service.clock.advance(by: 1)
            }
            // Each attempt is two calls: the library repeats a lost answer once.
            #expect(service.state.stableCalls == 2 * 7)
        }
    }

    @Test("a wrong secret in one pool does not disturb the right one in another", arguments: StorageBackend.available)
    func wrongSecret(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, _ in
            let wrong = try Connection.forTests("typo", secret: "0123456789abcdef0123456789abcdef")
            let right = try Connection.forTests()
            for _ in 0..<3 {
                await #expect(throws: AccountTokenFailure.self) { try await node.token(wrong) }
                #expect(try await node.token(right) == "TOKEN-1")
            }
            #expect(service.state.refusedSecrets == 1)
            #expect(service.state.stableCalls == 2)
            // The same app under another name shares what there is.
            #expect(try await node.token(try Connection.forTests("second")) == "TOKEN-1")
            #expect(service.state.stableCalls == 2)
        }
    }

    @Test("should the refresher die, another takes over", arguments: StorageBackend.available)
    func takeover(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, database in
            let connection = try Connection.forTests()
            let key = try node.tokens.key(.accountToken, connection)
            _ = try #require(try await node.tokens.keeper.store.lease(key, at: 0))
            #expect(try await node.tokens.keeper.store.lease(key, at: 0) == nil, "one holder at a time")
            service.clock.advance(by: SharedCredentialStore.leaseLength)
            #expect(try await node.token(connection) == "TOKEN-1")
        }
    }

    @Test("whoever lost the lease overwrites nothing", arguments: StorageBackend.available)
    func lostLease(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, _ in
            let connection = try Connection.forTests()
            let (store, key) = (node.tokens.keeper.store, try node.tokens.key(.accountToken, connection))
            let slow = try #require(try await store.lease(key, at: 0))
            service.clock.advance(by: SharedCredentialStore.leaseLength)
            _ = try await node.token(connection)
            let none = ForceAllowance(count: 0)
            #expect(
                try await store.store(Secret("OLD"), lifetime: .seconds(7200), forces: none, key: key, lease: slow)
                    == nil)
            try await store.storeFailure(.invalidAppID, forces: none, key: key, lease: slow)
            #expect(try await node.token(connection) == "TOKEN-1")
        }
    }

    @Test("a visitor who goes away leaves the fetch to the others")
    func goneVisitor() async throws {
        try await StorageBackend.sqlite.withDatabase { database in
            let service = AccountService(clock: StoryClock(), delay: .milliseconds(30))
            let node = try AccountNode(database, service)
            let connection = try Connection.forTests()
            let visitor = Task { try await node.token(connection) }
            while try await database.count("wechat_credentials") == 0 { await Task.yield() }
            visitor.cancel()
            #expect(try await node.token(connection) == "TOKEN-1")
            #expect(service.state.stableCalls == 1)
            _ = try? await visitor.value
        }
    }

    @Test("tickets are shared, kept a minute in memory, and follow their token", arguments: StorageBackend.available)
    func tickets(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, database in
            let connection = try Connection.forTests()
            let second = try AccountNode(database, service)
            for _ in 0..<3 {
                #expect(try await node.tickets.ticket(connection, in: .default) == JSAPITicket("TICKET-1"))
                #expect(try await second.tickets.ticket(connection, in: .default) == JSAPITicket("TICKET-1"))
            }
            #expect(service.state.ticketCalls == 1)
            // Another program has replaced token; the next ticket is fetched with the new one.
            service.change { $0.token = 9 }
            service.clock.advance(by: 6900)
            #expect(try await node.tickets.ticket(connection, in: .default) == JSAPITicket("TICKET-2"))
            #expect(try await second.tickets.ticket(connection, in: .default) == JSAPITicket("TICKET-2"))
        }
    }

    @Test("what is not used any more is swept", arguments: StorageBackend.available)
    func swept(_ backend: StorageBackend) async throws {
        try await withNode(backend) { node, service, database in
            _ = try await node.token(try Connection.forTests())
            try await Housekeeping.sweep(database, now: service.clock.now + 7200 + 86_400)
            #expect(try await database.count("wechat_credentials") == 1)
            try await Housekeeping.sweep(database, now: service.clock.now + 7200 + 86_401)
            #expect(try await database.count("wechat_credentials") == 0)
        }
    }
}
