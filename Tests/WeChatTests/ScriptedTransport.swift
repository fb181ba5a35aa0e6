import Synchronization
import WeChat

/// Answers from a list, and remembers what was asked.
final class ScriptedTransport: WeChatTransport {
    enum Step: Sendable {
        case body(String, status: Int = 200)
        case bytes([UInt8])
        case fails(WeChatTransportError)
        case takes(Duration, WeChatTransportError)
        /// Cancels the calling task, and fails by itself.
        case cancels(WeChatTransportError)
    }

    private struct State {
        var steps: [Step]
        var requests: [WeChatRequest] = []
    }

    private let state: Mutex<State>
    private let time: TestTime

    init(_ steps: Step..., time: TestTime = TestTime()) {
        state = Mutex(State(steps: steps))
        self.time = time
    }

    var requests: [WeChatRequest] { state.withLock(\.requests) }
    var urls: [String] { requests.map { $0.url.exposeSecret() } }

    func send(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse {
        let step = state.withLock { state in
            state.requests.append(request)
            return state.steps.isEmpty ? Step.fails(.notSent(.invalidRequest)) : state.steps.removeFirst()
        }
        switch step {
        case .body(let text, let status): return WeChatResponse(status: status, body: Array(text.utf8))
        case .bytes(let bytes): return WeChatResponse(status: 200, body: bytes)
        case .fails(let error): throw error
        case .takes(let duration, let error):
            time.advance(by: duration)
            throw error
        case .cancels(let error):
            withUnsafeCurrentTask { $0?.cancel() }
            throw error
        }
    }

    func client(_ change: (inout WeChatOptions) -> Void = { _ in }) -> WeChatClient {
        var options = WeChatOptions(sleep: { [time] in time.sleep($0) }, uptime: { [time] in time.now })
        change(&options)
        return WeChatClient(
            appID: AppID(rawValue: "wx0123456789abcdef"),
            secret: AppSecret("5ec2e75ec2e75ec2e75ec2e75ec2e75e"),
            options: options,
            transport: self
        )
    }
}

/// Time that passes only when told to.
final class TestTime: Sendable {
    private let state = Mutex((now: Duration.zero, pauses: [Duration]()))

    var now: Duration { state.withLock(\.now) }
    var pauses: [Duration] { state.withLock(\.pauses) }

    func advance(by duration: Duration) { state.withLock { $0.now += duration } }

    func sleep(_ duration: Duration) {
        state.withLock {
            $0.now += duration
            $0.pauses.append(duration)
        }
    }
}

enum Sample {
    static let code = AuthorizationCode("0713eFw0abcdefghijklmnopqrstuvwx")
    static let accessToken = AccessToken("86_accessaccessaccess")
    static let refreshToken = RefreshToken("86_refreshrefresh")
    static let openID = OpenID(rawValue: "oSIMa0000000000000000000000u")

    static let token = """
        {"access_token":"86_kQ0made0up","expires_in":7200,"refresh_token":"86_rT0made0up",\
        "openid":"oSIMa0000000000000000000000u","scope":"snsapi_userinfo","unionid":"oUNIa0000000000000000000000u"}
        """

    static func error(_ number: Int, _ text: String = "text, rid: 66c69111-4157f271-729ca238") -> ScriptedTransport.Step
    {
        .body(#"{"errcode":\#(number),"errmsg":"\#(text)"}"#)
    }

    static func profile(_ fields: String) -> String { #"{"openid":"oSIMa0000000000000000000000u",\#(fields)}"# }
}
