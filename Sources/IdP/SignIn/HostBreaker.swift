import Foundation
import Logging
import WeChat

/// Decides which calls to WeChat's hosts are made at all, so that a WeChat that hangs takes nothing else down.
///
/// A host that does not answer several times in a row is left alone for a while; then one call tries it, and its answer
/// lets the others follow. At any time only so many calls to a host are under way, and whoever comes beyond that is told
/// at once. This is memory of one node: nodes reach WeChat over paths of their own, and a restarted one has nothing to
/// remember.
actor HostBreaker {
    /// So many time-outs or failed connections in a row mean that a host is down.
    static let threshold = 5
    /// For how long it is then left alone.
    static let pause: TimeInterval = 10
    /// Calls to one host under way at once; below what the connection pool allows, so that nobody waits for a connection.
    static let mostAtOnce = 256

    /// Leave to make one call, to be given back with what came of it.
    struct Permit: Sendable {
        fileprivate var host: String
        fileprivate var generation: Int
        fileprivate var isProbe: Bool
    }

    /// What came of a call.
    enum Outcome: Sendable {
        /// WeChat answered, whatever it said.
        case answered
        /// It could not be reached, or did not answer in time.
        case unreachable
        /// The call says nothing about the host.
        case unclear
    }

    private struct State {
        var underWay = 0
        var failures = 0
        /// Counts the pauses; what began before one says nothing about what comes after.
        var generation = 0
        var pausedAt: Date?
        var isProbing = false
    }

    private let now: @Sendable () -> Date
    private let logger: Logger
    /// One entry a configured host.
    private var states: [String: State] = [:]

    init(now: @escaping @Sendable () -> Date, logger: Logger) {
        (self.now, self.logger) = (now, logger)
    }

    /// Leave to call a host.
    ///
    /// - Throws: why the call is not made.
    func permit(for host: String) throws(WeChatTransportError) -> Permit {
        var state = states[host] ?? State()
        guard state.underWay < Self.mostAtOnce else { throw .notSent(.crowded) }
        var isProbe = false
        if let pausedAt = state.pausedAt {
            let elapsed = now().timeIntervalSince(pausedAt)
            // A clock that was set back must not prolong the pause.
            guard !state.isProbing, elapsed < 0 || elapsed >= Self.pause else { throw .notSent(.paused) }
            isProbe = true
            state.isProbing = true
        }
        state.underWay += 1
        states[host] = state
        return Permit(host: host, generation: state.generation, isProbe: isProbe)
    }

    /// Takes a permit back.
    func note(_ permit: Permit, _ outcome: Outcome) {
        guard var state = states[permit.host] else { return }
        state.underWay -= 1
        if permit.isProbe { state.isProbing = false }
        switch outcome {
        case .answered where permit.isProbe:
            state.pausedAt = nil
            state.failures = 0
            logger.notice("WeChat answers again", metadata: ["host": "\(permit.host)"])
        case .answered where permit.generation == state.generation:
            state.failures = 0
        case .unreachable where permit.isProbe:
            state.pausedAt = now()
        case .unreachable where permit.generation == state.generation:
            state.failures += 1
            if state.failures >= Self.threshold {
                state.failures = 0
                state.generation += 1
                state.pausedAt = now()
                logger.error(
                    "WeChat does not answer and is left alone for a while",
                    metadata: ["host": "\(permit.host)", "seconds": "\(Int(Self.pause))"])
            }
        case .answered, .unreachable, .unclear:
            break
        }
        states[permit.host] = state
    }
}

/// A way to WeChat that asks a ``HostBreaker`` before each call.
struct GuardedTransport: WeChatTransport {
    let base: any WeChatTransport
    let breaker: HostBreaker

    func send(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse {
        let permit = try await breaker.permit(for: Self.host(of: request.url.exposeSecret()))
        do {
            let response = try await base.send(request)
            await breaker.note(permit, .answered)
            return response
        } catch {
            await breaker.note(permit, Self.outcome(of: error))
            throw error
        }
    }

    /// Scheme, name and port; the rest of an address holds secrets.
    private static func host(of address: String) -> String {
        guard let separator = address.firstRange(of: "://") else { return "" }
        return String(
            address[..<separator.upperBound] + address[separator.upperBound...].prefix { !"/?#".contains($0) })
    }

    private static func outcome(of error: WeChatTransportError) -> HostBreaker.Outcome {
        switch error {
        case .notSent(.dns), .notSent(.connect), .notSent(.connectTimedOut), .notSent(.tls), .answerLost(.timedOut),
            .answerLost(.connectionClosed):
            .unreachable
        case .bodyTooLarge: .answered
        case .notSent(.invalidRequest), .notSent(.paused), .notSent(.crowded), .answerLost(.cancelled),
            .answerLost(.other):
            .unclear
        }
    }
}
