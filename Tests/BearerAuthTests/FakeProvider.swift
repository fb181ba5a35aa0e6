import BearerAuth
import Foundation
import JWT
import Synchronization

/// A provider that says what a test wants, and counts how often it was asked.
final class FakeProvider: ProviderHTTP {
    static let issuer = "https://id.example.com/oidc"

    private struct State {
        var keys: [SigningKey] = []
        var discovery: JSON?
        var isDown = false
        var isSlow = false
        var asked: [String] = []
        var posted: [JSON] = []
        var answers: [JSON] = []
    }

    private let state = Mutex(State())

    func publish(_ keys: SigningKey...) { state.withLock { $0.keys = keys } }
    func say(_ discovery: JSON) { state.withLock { $0.discovery = discovery } }
    var isDown: Bool {
        get { state.withLock(\.isDown) }
        set { state.withLock { $0.isDown = newValue } }
    }
    /// Whether an answer lets others go first.
    var isSlow: Bool {
        get { state.withLock(\.isSlow) }
        set { state.withLock { $0.isSlow = newValue } }
    }
    /// How often the key set was asked for.
    var keyQuestions: Int { state.withLock { $0.asked.count { $0.hasSuffix("jwks.json") } } }
    var posted: [JSON] { state.withLock(\.posted) }
    /// What the next questions about signed requests are answered with; the last one goes on.
    func answer(_ answers: JSON...) { state.withLock { $0.answers = answers } }

    func get(_ address: String) async throws(BearerAuthError) -> [UInt8] {
        if isSlow { try? await Task.sleep(for: .milliseconds(20)) }
        let answer = state.withLock { state -> JSON? in
            state.asked.append(address)
            guard !state.isDown else { return nil }
            switch address {
            case Self.issuer + "/.well-known/openid-configuration":
                return state.discovery
                    ?? [
                        "issuer": .string(Self.issuer), "jwks_uri": "https://id.example.com/oidc/.well-known/jwks.json",
                    ]
            case "https://id.example.com/oidc/.well-known/jwks.json":
                return JWKSet(state.keys.map(\.verificationKey)).json
            default: return nil
            }
        }
        guard let answer else { throw .providerUnavailable }
        return answer.encoded()
    }

    func post(_ body: JSON, to address: String) async throws(BearerAuthError) -> [UInt8] {
        if isSlow { try? await Task.sleep(for: .milliseconds(20)) }
        let answer = state.withLock { state -> JSON? in
            state.posted.append(body)
            guard !state.isDown else { return nil }
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first
        }
        guard let answer else { throw .providerUnavailable }
        return answer.encoded()
    }
}

/// Time that passes only when a test says so.
final class TestTime: Sendable {
    private let current = Mutex(Duration.zero)
    var uptime: Duration { current.withLock { $0 } }
    var now: Date { Date(timeIntervalSince1970: 1_760_000_000 + uptime / .seconds(1)) }
    func advance(by duration: Duration) { current.withLock { $0 += duration } }
}
