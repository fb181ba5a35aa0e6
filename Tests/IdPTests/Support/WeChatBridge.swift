import Foundation
import Synchronization
import WeChat
import WeChatSimulator

/// Carries the provider's calls to the simulator in this process, or answers them from a script.
final class WeChatBridge: WeChatTransport {
    /// One scripted answer.
    enum Step: Sendable {
        case body(String, status: Int = 200)
        case bytes([UInt8])
        case fails(WeChatTransportError)
    }

    /// Another way to an answer than the simulator in this process.
    typealias Detour = @Sendable (WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse

    private struct State {
        var steps: [Step] = []
        var urls: [String] = []
        var detour: Detour?
    }

    private let simulator: Simulator
    private let state = Mutex(State())

    init(simulator: Simulator) {
        self.simulator = simulator
    }

    /// Every address that was called, secrets included.
    var urls: [String] { state.withLock(\.urls) }

    /// How many calls of one kind were made.
    func calls(_ path: String) -> Int {
        urls.count { $0.contains(path) }
    }

    var exchanges: Int { calls("/sns/oauth2/access_token") }

    /// Sends every call elsewhere until nil is set.
    func take(_ detour: Detour?) {
        state.withLock { $0.detour = detour }
    }

    /// Answers the next calls; after them the simulator answers again.
    func script(_ steps: Step...) {
        state.withLock { $0.steps += steps }
    }

    func send(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse {
        let address = request.url.exposeSecret()
        let (detour, step) = state.withLock { state in
            state.urls.append(address)
            return (state.detour, state.steps.isEmpty ? nil : state.steps.removeFirst())
        }
        if let detour { return try await detour(request) }
        switch step {
        case .body(let text, let status)?: return WeChatResponse(status: status, body: Array(text.utf8))
        case .bytes(let bytes)?: return WeChatResponse(status: 200, body: bytes)
        case .fails(let error)?: throw error
        case nil: return try await onward(request)
        }
    }

    /// The simulator's answer, for detours that want only some calls.
    func onward(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse {
        let address = request.url.exposeSecret()
        guard let (host, path) = Address.split(address) else { throw .notSent(.invalidRequest) }
        var headers = ["host": host, "user-agent": request.userAgent]
        if request.body != nil { headers["content-type"] = "application/json" }
        let answer = await simulator.answer(
            method: request.body == nil ? "GET" : "POST", pathAndQuery: path, headers: headers,
            body: Array((request.body?.exposeSecret() ?? "").utf8))
        switch answer {
        case .response(let response, let delay):
            guard delay < request.timeout else { throw .answerLost(.timedOut) }
            return WeChatResponse(status: response.status, body: response.body)
        case .connectionReset: throw .answerLost(.connectionClosed)
        case .tlsFailure: throw .notSent(.tls)
        case .dnsFailure: throw .notSent(.dns)
        }
    }
}

/// Takes addresses apart as a browser does.
enum Address {
    /// `host` and everything from the first slash on; nil when it is not absolute.
    static func split(_ address: String) -> (host: String, path: String)? {
        guard let separator = address.firstRange(of: "://") else { return nil }
        let rest = address[separator.upperBound...]
        let host = rest.prefix { !"/?#".contains($0) }
        let path = rest.dropFirst(host.count).prefix { $0 != "#" }
        return (String(host), path.isEmpty ? "/" : String(path))
    }

    /// The parameters of the query or of the fragment, decoded as `URLSearchParams` does.
    static func parameters(_ address: String, after mark: Character) -> [String: String] {
        let start = address.drop { $0 != mark }.dropFirst()
        let text = mark == "?" ? start.prefix { $0 != "#" } : start
        var result: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]) : ""
            result[String(parts[0])] = value.replacing("+", with: " ").removingPercentEncoding ?? value
        }
        return result
    }
}
