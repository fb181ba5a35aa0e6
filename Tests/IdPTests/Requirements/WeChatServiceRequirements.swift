import Foundation
import HTTPTypes
import Testing
import WeChat

@testable import IdP

/// WeChat as a service: B6-1 and B6-10.
enum WeChatServiceRequirements {
    static let all = [
        Requirement("B6-1", "a message is WeChat's, recent, and taken once", messages),
        Requirement("B6-10", "one token and one ticket for all nodes, by one refresher", oneRefresher),
    ]

    /// Forged, replayed and old messages, at two nodes.
    @Sendable static func messages() async throws {
        try await TestApp.story(yaml: ServiceStory.messages) { app in
            _ = try await app.tokens()
            let (sender, openID) = (WeChatSender(app: app), try await app.openID())
            let event = sender.event("user_authorization_revoke", openID: openID, revoked: "205")
            var forger = sender
            forger.token = "guess"
            #expect(try await forger.send(event).status == .forbidden)
            #expect(try await forger.echo("1").status == .forbidden)
            let now = Int(app.clock.now.timeIntervalSince1970)
            for time in [now - 301, now + 301] {
                #expect(try await sender.send(event, timestamp: String(time)).status == .forbidden)
                #expect(try await sender.echo("1", timestamp: String(time)).status == .forbidden)
            }
            #expect(try await app.count("sessions") == 1)
            #expect(try await sender.send(event).text == "success")
            #expect(try await app.count("sessions") == 0)
            // The person signs in again; what was sent before ends nothing now: not the same request at another node,
            // not the same message under another nonce, not another message under the same nonce.
            _ = try await app.tokens()
            try await app.secondNode(yaml: ServiceStory.messages) { node in
                let repeated = try await WeChatSender(app: node).send(event)
                #expect(repeated.text == "success")
            }
            #expect(try await sender.send(event, nonce: "another").text == "success")
            let other = sender.event("user_authorization_cancellation", openID: openID, createTime: 7)
            #expect(try await sender.send(other).text == "success")
            #expect(try await app.count("sessions") == 1)
            // What is remembered outlives the time in which a message is taken, and then goes.
            let (start, end) = (app.clock.now, 2 * MessageVerification.tolerance)
            try await Housekeeping.sweep(app.database, now: start + end)
            #expect(try await app.count("wechat_messages") == 4)
            try await Housekeeping.sweep(app.database, now: start + MessageInbox.messageMemory + 1)
            #expect(try await app.count("wechat_messages") == 0)
        }
    }

    /// Document types, entities, and depth, as messages that are signed and encrypted as they should be.
    @Sendable static func xml() async throws {
        let declarations = [
            "<!DOCTYPE xml [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>",
            "<!DOCTYPE xml SYSTEM \"http://127.0.0.1/x\">",
            "<!DOCTYPE xml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>",
        ]
        try await TestApp.story(yaml: ServiceStory.messages) { app in
            for sender in [WeChatSender(app: app), .plain(app)] {
                for declaration in declarations {
                    let message = declaration + "<xml><Content>&a;</Content></xml>"
                    let answer = try await sender.send(message)
                    #expect(answer.status == .forbidden)
                }
                let deep = String(repeating: "<a>", count: 10_000) + String(repeating: "</a>", count: 10_000)
                #expect(try await sender.send("<xml><A>\(deep.prefix(40_000))</A></xml>").status == .forbidden)
            }
            #expect(try await app.count("wechat_messages") == 0)
        }
    }

    /// Ten nodes, one refresh: at the beginning, at the end of the token's life, and when WeChat refuses it.
    @Sendable static func oneRefresher() async throws {
        try await TemporaryFolder.with { folder in
            let service = AccountService(clock: StoryClock(), delay: .milliseconds(20))
            var nodes: [AccountNode] = []
            for _ in 0..<10 {
                let database = try await SQLiteDatabase(path: folder.path("shared.sqlite"))
                nodes.append(try AccountNode(database, service, hasAllTheTime: true))
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
