import Foundation
import Synchronization
import Testing
import WeChat

@testable import IdP

/// A visitor waits for WeChat for eight seconds in all, exchange and profile together.
@Suite struct PatienceTests {
    /// WeChat taking its time: each answer comes after so many seconds, and what each call was given is noted.
    private final class SlowWeChat: WeChatTransport {
        let now = Mutex(Duration.zero)
        let given = Mutex<[Duration]>([])
        private let answers: Mutex<[(after: Duration, body: String)]>

        init(_ answers: [(after: Duration, body: String)]) {
            self.answers = Mutex(answers)
        }

        func send(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse {
            given.withLock { $0.append(request.timeout) }
            guard let answer = answers.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
                throw .answerLost(.connectionClosed)
            }
            guard answer.after <= request.timeout else {
                now.withLock { $0 += request.timeout }
                throw .answerLost(.timedOut)
            }
            now.withLock { $0 += answer.after }
            return WeChatResponse(status: 200, body: Array(answer.body.utf8))
        }
    }

    private static let exchange = #"""
        {"access_token":"t","expires_in":7200,"refresh_token":"r","openid":"oAAA0000000000000000000000000",
        "scope":"snsapi_userinfo"}
        """#
    private static let profile = #"{"openid":"oAAA0000000000000000000000000","nickname":"n","headimgurl":""}"#

    private func visit(_ transport: SlowWeChat) async throws(WeChatError) -> WeChatGateway.Visitor {
        guard let configuration = try? ConfigurationText.parse(ConfigurationText.minimal()),
            let connection = configuration.defaultPool?.connections.first
        else { throw .transport(.notSent(.invalidRequest)) }
        let gateway = WeChatGateway(
            settings: configuration.wechat, transport: transport, breaker: QuotaBreaker(now: { Date() }),
            crowd: ConnectionCrowd(), sleep: { pause in transport.now.withLock { $0 += pause } },
            uptime: { transport.now.withLock { $0 } })
        return try await gateway.visitor(
            connection, pool: .default, code: AuthorizationCode("0713eFw0abcdefghijklmnopqrstuvwx"), language: .english)
    }

    @Test("a slow exchange leaves the profile what remains of eight seconds")
    func sharedDeadline() async throws {
        let transport = SlowWeChat([(.seconds(4), Self.exchange), (.seconds(5), Self.profile)])
        await #expect(throws: WeChatError.self) { try await visit(transport) }
        let given = transport.given.withLock { $0 }
        #expect(given.first == .seconds(5))
        #expect(given.dropFirst().allSatisfy { $0 <= .seconds(4) })
        #expect(transport.now.withLock { $0 } <= WeChatGateway.longestWait)
    }

    @Test("no number of busy answers makes it longer")
    func busy() async throws {
        let busy = #"{"errcode":-1,"errmsg":"system error"}"#
        let transport = SlowWeChat([(.seconds(3), busy), (.seconds(3), busy), (.seconds(3), busy)])
        await #expect(throws: WeChatError.self) { try await visit(transport) }
        #expect(transport.now.withLock { $0 } <= WeChatGateway.longestWait + .milliseconds(1))
    }

    @Test("in time is in time")
    func inTime() async throws {
        let transport = SlowWeChat([(.seconds(4), Self.exchange), (.seconds(3), Self.profile)])
        let visitor = try await visit(transport)
        #expect(visitor.profile?.nickname == "n")
    }
}
