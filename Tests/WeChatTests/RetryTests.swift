import Testing
import WeChat

@Suite("Repetitions")
struct RetryTests {
    private static let backup = "https://api2.weixin.qq.com"

    @Test(
        "a code is not sent again once it may have arrived",
        arguments: [
            .fails(.answerLost(.timedOut)), .fails(.answerLost(.connectionClosed)), .fails(.answerLost(.other)),
            .fails(.answerLost(.cancelled)), .fails(.bodyTooLarge), .fails(.notSent(.invalidRequest)),
            .body("<html>502</html>", status: 502), .body(""), .body(#"{"access_tok"#), .body("[]"),
        ] as [ScriptedTransport.Step]
    )
    func lostExchangeIsFinal(step: ScriptedTransport.Step) async {
        let transport = ScriptedTransport(step, .body(Sample.token))
        await #expect(throws: WeChatError.self) { try await transport.client().exchangeCode(Sample.code) }
        #expect(transport.requests.count == 1)
    }

    @Test("a lost answer after a busy one is final too, and a used code then means to start again")
    func lostAfterBusyIsFinal() async {
        let lost = ScriptedTransport(Sample.error(-1), .fails(.answerLost(.timedOut)), .body(Sample.token))
        await #expect(throws: WeChatError.transport(.answerLost(.timedOut))) {
            try await lost.client().exchangeCode(Sample.code)
        }
        #expect(lost.requests.count == 2)
        let used = ScriptedTransport(Sample.error(-1), Sample.error(40163), .body(Sample.token))
        await #expect {
            _ = try await used.client().exchangeCode(Sample.code)
        } throws: { error in
            (error as? WeChatError)?.distinction == .codeUsed && (error as? WeChatError)?.kind == .user
        }
        #expect(used.requests.count == 2)
    }

    @Test("what was not sent is sent again, to the backup host in turn")
    func notSentIsRepeated() async throws {
        let time = TestTime()
        let transport = ScriptedTransport(
            .fails(.notSent(.dns)),
            .fails(.notSent(.connect)),
            .fails(.notSent(.tls)),
            .body(Sample.token),
            time: time
        )
        let answer = try await transport.client { $0.backupAPIURL = Self.backup }.exchangeCode(Sample.code)
        #expect(answer.openID == Sample.openID)
        #expect(
            transport.urls.map { $0.prefix { $0 != "?" } } == [
                "https://api.weixin.qq.com/sns/oauth2/access_token",
                "https://api2.weixin.qq.com/sns/oauth2/access_token",
                "https://api.weixin.qq.com/sns/oauth2/access_token",
                "https://api2.weixin.qq.com/sns/oauth2/access_token",
            ]
        )
        #expect(time.pauses == [.seconds(1), .seconds(1), .seconds(1)])
    }

    @Test("end after the number allowed", arguments: 0...3)
    func endAfterMaximum(maximum: Int) async {
        let down = ScriptedTransport.Step.fails(.notSent(.connect))
        let transport = ScriptedTransport(down, down, down, down, down, down)
        await #expect(throws: WeChatError.transport(.notSent(.connect))) {
            try await transport.client { $0.maxRetries = maximum }.exchangeCode(Sample.code)
        }
        #expect(transport.requests.count == maximum + 1)
        #expect(transport.urls.allSatisfy { $0.hasPrefix("https://api.weixin.qq.com/") })
    }

    @Test("a busy answer is repeated after short pauses")
    func busyIsRepeated() async throws {
        let time = TestTime()
        let transport = ScriptedTransport(Sample.error(-1), Sample.error(-1), .body(Sample.token), time: time)
        _ = try await transport.client().exchangeCode(Sample.code)
        #expect(time.pauses == [.milliseconds(200), .seconds(1)])
    }

    @Test("calls that only read are repeated after a lost answer")
    func readsAreRepeated() async throws {
        let profile = ScriptedTransport(
            .fails(.answerLost(.timedOut)),
            .body("", status: 502),
            .body(Sample.profile(#""nickname":"a""#))
        )
        _ = try await profile.client().userInfo(Sample.accessToken, openID: Sample.openID)
        #expect(profile.requests.count == 3)
        let refresh = ScriptedTransport(.fails(.answerLost(.connectionClosed)), .body(Sample.token))
        _ = try await refresh.client().refreshToken(Sample.refreshToken)
        #expect(refresh.requests.count == 2)
        let check = ScriptedTransport(.fails(.answerLost(.other)), .body(#"{"errcode":0,"errmsg":"ok"}"#))
        #expect(try await check.client().validateToken(Sample.accessToken, openID: Sample.openID))
        #expect(check.requests.count == 2)
    }

    @Test("never go beyond the deadline")
    func keepDeadline() async {
        let time = TestTime()
        let slow = ScriptedTransport.Step.takes(.seconds(2), .notSent(.connectTimedOut))
        let transport = ScriptedTransport(slow, slow, slow, slow, time: time)
        await #expect(throws: WeChatError.transport(.notSent(.connectTimedOut))) {
            try await transport.client {
                $0.deadline = .seconds(5)
                $0.connectTimeout = .seconds(2)
            }.exchangeCode(Sample.code)
        }
        #expect(transport.requests.map(\.timeout) == [.seconds(5), .seconds(2)])
        #expect(transport.requests.map(\.connectTimeout) == [.seconds(2), .seconds(2)])
        #expect(time.now == .seconds(5))
    }

    @Test("stop when the caller is cancelled during the request")
    func stopWhenCancelledMeanwhile() async {
        let transport = ScriptedTransport(.cancels(.notSent(.connect)), .body(Sample.token))
        let call = Task { try await transport.client().exchangeCode(Sample.code) }
        await #expect(throws: WeChatError.transport(.notSent(.connect))) { try await call.value }
        #expect(transport.requests.count == 1)
    }

    @Test("stop when the caller is cancelled during a pause")
    func stopWhenCancelled() async {
        let transport = ScriptedTransport(.fails(.notSent(.connect)), .body(Sample.token))
        let client = transport.client { $0.sleep = { _ in throw CancellationError() } }
        await #expect(throws: WeChatError.transport(.notSent(.connect))) {
            try await client.exchangeCode(Sample.code)
        }
        #expect(transport.requests.count == 1)
    }
}
