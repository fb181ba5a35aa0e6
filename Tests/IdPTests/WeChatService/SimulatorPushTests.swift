import Foundation
import HTTPTypes
import JWT
import Testing
import WeChatSimulator

@testable import IdP

/// The simulated WeChat, which was written by the documents alone, as the sender of messages and as the JS-SDK's judge.
@Suite("With the simulated WeChat") struct SimulatorPushTests {
    private static let modes: [(SimulatedMessageServer.Mode, SimulatedMessageServer.Format)] = [
        (.both, .xml), (.encrypted, .xml), (.encrypted, .json), (.both, .json),
    ]

    private func story(
        _ server: SimulatedMessageServer, _ body: @escaping @Sendable (TestApp) async throws -> Void
    ) async throws {
        try await TestApp.story(yaml: ServiceStory.messages) { app in
            var account = try #require(TestConfiguration.apps.first { $0.appID == ServiceStory.appID })
            account.messageServer = server
            await app.simulator.setApp(account)
            _ = try await app.tokens()
            try await body(app)
        }
    }

    private static func server(
        _ mode: SimulatedMessageServer.Mode, _ format: SimulatedMessageServer.Format
    ) -> SimulatedMessageServer {
        SimulatedMessageServer(
            url: "https://id.example.com/connections/wechat/messages/mp", token: ServiceStory.messageToken,
            encodingAESKey: ServiceStory.aesKey, mode: mode, format: format)
    }

    private func deliver(_ request: SimulatorOutboundRequest, to app: TestApp) async throws -> Answer {
        let path = try #require(Address.split(request.url)).path
        let method = try #require(HTTPRequest.Method(rawValue: request.method))
        return try await app.send(method, path, body: String(decoding: request.body, as: UTF8.self))
    }

    @Test("what it pushes is taken and acted on, in every mode and format", arguments: modes)
    func pushed(mode: SimulatedMessageServer.Mode, format: SimulatedMessageServer.Format) async throws {
        try await story(Self.server(mode, format)) { app in
            let (check, echo) = try await app.simulator.echoRequest(app: ServiceStory.appID)
            #expect(try await deliver(check, to: app).text == echo)
            let text = PushedEvent(.text, user: "alice", content: "你好 <&> ]]>")
            let talk = try await app.simulator.pushRequest(text, app: ServiceStory.appID)
            #expect(try await deliver(talk, to: app).text == "success")
            #expect(try await app.count("sessions") == 1)
            let event = PushedEvent(.authorizationCancelled, user: "alice")
            let request = try await app.simulator.pushRequest(event, app: ServiceStory.appID)
            #expect(try await deliver(request, to: app).text == "success")
            #expect(try await app.count("sessions") == 0)
            #expect(try await app.count("wechat_openids") == 0)
        }
    }

    @Test("every flaw that it can put into a message is noticed", arguments: PushedEvent.Flaw.allCases)
    func flaws(_ flaw: PushedEvent.Flaw) async throws {
        try await story(Self.server(.encrypted, .xml)) { app in
            let event = PushedEvent(.authorizationCancelled, user: "alice", flaw: flaw)
            let request = try await app.simulator.pushRequest(event, app: ServiceStory.appID)
            #expect(try await deliver(request, to: app).status == .forbidden)
            #expect(try await app.count("sessions") == 1)
            #expect(try await app.count("wechat_messages") == 0)
        }
    }

    @Test("a plain message is refused where a key is configured")
    func plain() async throws {
        try await story(Self.server(.plain, .xml)) { app in
            let event = PushedEvent(.authorizationCancelled, user: "alice")
            let request = try await app.simulator.pushRequest(event, app: ServiceStory.appID)
            #expect(try await deliver(request, to: app).status == .forbidden)
            #expect(app.log.lines.contains { $0.contains("安全模式") })
            #expect(try await app.count("sessions") == 1)
        }
    }

    @Test("it accepts our JS-SDK signatures, and no other")
    func signatures() async throws {
        try await TestApp.story { app in
            var account = try #require(TestConfiguration.apps.first { $0.appID == ServiceStory.appID })
            account.jsHosts = ["app.example.com"]
            await app.simulator.setApp(account)
            let page = "https://app.example.com/shop?a=1&b=%E4%B8%AD"
            let config = try await app.jssdkConfig(page + "#/cart")
            let timestamp = try #require(config.json["timestamp"]?.integerValue)
            for (address, isRight) in [(page, true), (page + "#x", true), (page + "&c", false)] {
                let answer = await app.simulator.checkJSSDK(
                    app: config.field("appId"), url: address, nonce: config.field("nonceStr"),
                    timestamp: String(timestamp), signature: config.field("signature"))
                #expect((answer == .ok) == isRight, "\(answer)")
            }
        }
    }
}
