import Synchronization
import Testing
import WeChat

@testable import IdP

/// What `wxidp check` learns from WeChat, and what it tells the operator to do.
@Suite struct ConnectionProbeTests {
    /// Answers every request alike, and remembers them.
    private final class OneAnswer: WeChatTransport {
        let answer: Result<String, WeChatTransportError>
        private let asked = Mutex<[String]>([])

        init(_ answer: Result<String, WeChatTransportError>) {
            self.answer = answer
        }

        var urls: [String] { asked.withLock { $0 } }

        func send(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse {
            asked.withLock { $0.append(request.url.exposeSecret()) }
            switch answer {
            case .success(let body): return WeChatResponse(status: 200, body: Array(body.utf8))
            case .failure(let error): throw error
            }
        }
    }

    private static let text = """
        public_url: https://id.example.com
        wechat: {api_url: https://api.example.com}
        pools:
          - id: default
            connections:
              - {identifier: mp, kind: official_account, app_id: wx0000000000000001, app_secret: 5ec2e71, callback_url: "#"}
              - {identifier: mini, kind: mini_program, app_id: wx0000000000000002, app_secret: 5ec2e72}
              - {identifier: app, kind: mobile_app, app_id: wx0000000000000003, app_secret: 5ec2e73}
          - id: shop
            connections:
              - {identifier: site, kind: website, app_id: wx0000000000000004, app_secret: 5ec2e74, callback_url: "#"}
        """

    private func findings(_ transport: OneAnswer) async throws -> [CheckFinding] {
        let probe = ConnectionProbe(configuration: try ConfigurationText.parse(Self.text))
        return await probe.findings(through: transport)
    }

    private static func error(_ number: Int, _ message: String = "text") -> OneAnswer {
        OneAnswer(.success(#"{"errcode":\#(number),"errmsg":"\#(message)"}"#))
    }

    @Test("wrong credentials are the operator's to correct", arguments: [40013, 40125, 40001, 41002, 41004])
    func wrongCredentials(_ number: Int) async throws {
        let findings = try await findings(Self.error(number))
        #expect(findings.allSatisfy { !$0.isGood && $0.text.contains("\(number)") })
        if ![41002, 41004].contains(number) {
            #expect(findings.allSatisfy { $0.text.contains("correct app_id or app_secret") })
        }
    }

    @Test(
        "what new credentials can't mend is not answered with new credentials", arguments: [40164, 45035, 89503, 48004])
    func otherSettings(_ number: Int) async throws {
        let findings = try await findings(Self.error(number, "invalid ip 1.2.3.4, not in whitelist"))
        #expect(findings.allSatisfy { !$0.isGood })
        #expect(findings.allSatisfy { !$0.text.contains("correct app_id or app_secret") }, "\(findings.map(\.text))")
    }

    @Test("a busy WeChat is no finding against the connection", arguments: [45009, 45011, 99999])
    func busy(_ number: Int) async throws {
        let findings = try await findings(Self.error(number))
        #expect(findings.allSatisfy { !$0.isGood && $0.text.contains("try again later") })
    }

    @Test(
        "no answer points at the network",
        arguments: [
            WeChatTransportError.answerLost(.timedOut), .answerLost(.connectionClosed), .notSent(.invalidRequest),
            .bodyTooLarge,
        ])
    func noAnswer(_ error: WeChatTransportError) async throws {
        let findings = try await findings(OneAnswer(.failure(error)))
        #expect(findings.allSatisfy { !$0.isGood && $0.text.contains("check the network and wechat.api_url") })
    }

    @Test("an answer that is none of WeChat's is no good sign", arguments: ["", "<html>login</html>", "{", "[]", "{}"])
    func nonsense(_ body: String) async throws {
        #expect(try await findings(OneAnswer(.success(body))).allSatisfy { !$0.isGood })
    }

    @Test("who accepts a made-up code is not WeChat")
    func accepted() async throws {
        let body = """
            {"access_token":"t","expires_in":7200,"refresh_token":"r","openid":"oSIMa0000000000000000000000u",\
            "scope":"snsapi_base"}
            """
        let findings = try await findings(OneAnswer(.success(body)))
        #expect(findings.allSatisfy { !$0.isGood && $0.text.contains("https://api.example.com") })
    }

    @Test("a refused code means that the credentials are right", arguments: [40029, 40163])
    func good(_ number: Int) async throws {
        let transport = Self.error(number)
        let findings = try await findings(transport)
        #expect(findings.map(\.isGood) == [true, true, true, true])
        #expect(findings[0].text.hasPrefix("default/mp (wx0000000000000001): "))
        #expect(findings[3].text.hasPrefix("shop/site (wx0000000000000004): "))
        let exchange = "https://api.example.com/sns/oauth2/access_token?"
        #expect(transport.urls.map { $0.hasPrefix(exchange) } == [true, false, true, true])
        #expect(transport.urls[1].hasPrefix("https://api.example.com/sns/jscode2session?"))
    }

    @Test("no finding shows a secret, whatever WeChat echoes")
    func secrets() async throws {
        let findings = try await findings(Self.error(40125, "invalid appsecret 5ec2e71 5ec2e74"))
        #expect(findings.count == 4)
        #expect(!findings[0].text.contains("5ec2e71"))
        #expect(!findings[3].text.contains("5ec2e74"))
    }
}
