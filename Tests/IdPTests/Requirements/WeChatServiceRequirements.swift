import Foundation
import Testing
import WeChat

@testable import IdP

/// WeChat as a service: B6-1 and B6-10.
enum WeChatServiceRequirements {
    static let all = [
        Requirement("B6-10", "one token and one ticket for all nodes, by one refresher", oneRefresher)
    ]

    /// Ten nodes, one refresh: at the beginning, at the end of the token's life, and when WeChat refuses it.
    @Sendable static func oneRefresher() async throws {
        try await TemporaryFolder.with { folder in
            let service = AccountService(clock: StoryClock(), delay: .milliseconds(20))
            var nodes: [AccountNode] = []
            for _ in 0..<10 {
                nodes.append(try AccountNode(try await SQLiteDatabase(path: folder.path("shared.sqlite")), service))
            }
            try await expect(["TOKEN-1"], from: nodes) { try await $0.token($1) }
            #expect(service.state.stableCalls == 1)
            service.clock.advance(by: 7200)
            try await expect(["TOKEN-2"], from: nodes) { try await $0.token($1) }
            #expect(service.state.stableCalls == 2)
            // 40001 for everybody at once: one asks, gets the same token, and forces another.
            service.change { $0.accepts = "nothing" }
            try await expect(["TICKET-1"], from: nodes) { node, connection in
                try await node.tickets.ticket(connection, in: .default).exposeSecret()
            }
            #expect(service.state.stableCalls == 4)
            #expect(service.state.forcedAt.count == 1)
            #expect(service.state.ticketCalls == 2)
        }
    }

    private static func expect(
        _ values: Set<String>, from nodes: [AccountNode],
        _ call: @escaping @Sendable (AccountNode, IdP.Connection) async throws -> String
    ) async throws {
        let connection = try Connection.forTests()
        let found = try await withThrowingTaskGroup(of: String.self) { group in
            for node in nodes {
                for _ in 0..<3 { group.addTask { try await call(node, connection) } }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(found == values)
    }
}

@Suite struct WeChatServiceRequirementTests {
    @Test("WeChat as a service", arguments: WeChatServiceRequirements.all)
    func weChatService(_ requirement: Requirement) async throws {
        try await requirement.check()
    }
}
