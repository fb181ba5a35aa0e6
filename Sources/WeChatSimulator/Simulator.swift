import Foundation
import Logging

/// A WeChat of one's own: authorize pages, what mini programs and apps get on the phone, and the API host.
///
/// Serves `/connect/…`, `/sns/…`, `/cgi-bin/…` and `/wxa/…` as WeChat does, `/` for choosing who holds the phone, and
/// `/simulator/…` for tests that change its behaviour. Keeps everything in memory. Never expose it to strangers.
public actor Simulator {
    /// What a change of behaviour applies to; a user's goes over an app's, and that over everyone's.
    public enum Scope: Hashable, Sendable {
        /// Everyone.
        case everyone
        /// Visits of one app.
        case app(String)
        /// Visits of one person.
        case user(String)
    }

    /// Changes some of a behaviour.
    public typealias Change = @Sendable (inout Behaviour) -> Void
    /// Requests an address as another visitor would: no cookies, another User-Agent, no redirects followed.
    public typealias Fetcher = @Sendable (URL) async -> Void

    var apps: [String: SimulatedApp]
    var users: [SimulatedUser]
    let logger: Logger
    let fetcher: Fetcher?
    let sender: Sender?
    let sleep: @Sendable (Duration) async throws -> Void
    private let clock: @Sendable () -> Date
    private let random: @Sendable () -> UInt64

    private var offset: TimeInterval = 0
    private var changes: BehaviourChanges
    private var queuedFaults: [Endpoint: [Fault]] = [:]
    private var fetches: [Int: Task<Void, Never>] = [:]
    private var fetchCount = 0
    var grants = Grants()
    var quotas = Quotas()
    var accounts = AccountTokens()
    var miniPrograms = MiniProgramGrants()
    var qrTickets = QRTickets()
    /// What the forms of the simulator's own page carry.
    let pageToken: String
    /// The calls so far, oldest first; of very many the latest ten thousand at least.
    public private(set) var calls: [RecordedCall] = []

    /// Starts one; time and randomness are the caller's.
    ///
    /// - Parameters:
    ///   - configuration: Apps, people and behaviour. Of apps with one id the last counts.
    ///   - now: The time, to which ``advanceClock(by:)`` adds.
    ///   - random: Draws 64 random bits.
    ///   - sleep: Waits before late answers and repeated callbacks.
    ///   - fetcher: Requests a callback a second time; without it nobody does.
    ///   - sender: Carries pushed messages and fetches of domain proofs; without it there is no way out.
    ///   - logger: Gets a line for each call at level debug.
    public init(
        configuration: SimulatorConfiguration,
        now: @escaping @Sendable () -> Date = { Date() },
        random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        fetcher: Fetcher? = nil,
        sender: Sender? = nil,
        logger: Logger = Logger(label: "wechat-simulator")
    ) {
        apps = Dictionary(configuration.apps.map { ($0.appID, $0) }) { $1 }
        users = configuration.users.isEmpty ? SimulatedUser.zoo : configuration.users
        changes = BehaviourChanges(configuration.behaviour)
        clock = now
        pageToken = RandomText.code(random)
        self.random = random
        self.sleep = sleep
        self.fetcher = fetcher
        self.sender = sender
        self.logger = logger
    }

    /// The simulator's time.
    public var now: Date { clock().addingTimeInterval(offset) }

    /// The time without what was added.
    var realNow: Date { clock() }

    /// Sets the simulator's time, from which it goes on.
    public func setClock(to date: Date) { offset = date.timeIntervalSince(clock()) }

    /// Puts the simulator's time forward.
    public func advanceClock(by seconds: TimeInterval) { offset += seconds }

    /// Changes the behaviour from now on; later changes go over earlier ones of the same scope.
    public func setBehaviour(_ scope: Scope = .everyone, _ change: @escaping Change) {
        changes.add(scope, change)
    }

    /// Takes back all changes of one scope; what the configuration said stays.
    public func resetBehaviour(_ scope: Scope = .everyone) { changes.reset(scope) }

    /// The behaviour that a visit of this app by this person meets.
    public func behaviour(app: String? = nil, user: String? = nil) -> Behaviour {
        changes.behaviour(app: app, user: user)
    }

    /// Lets the next calls of a kind go wrong, one call for each fault, before any standing fault.
    public func enqueue(_ faults: Fault..., for endpoint: Endpoint) {
        queuedFaults[endpoint, default: []] += faults
    }

    /// How many exchanges of this code were asked for, successful or not.
    public func exchanges(of code: String) -> Int { calls.count { $0.code == code } }

    /// Forgets the calls so far.
    public func forgetCalls() { calls = [] }

    /// Waits until all repeated callbacks have been made.
    public func settle() async {
        while let task = fetches.values.first { await task.value }
    }

    /// How many repeated callbacks are still to come.
    var pendingFetches: Int { fetches.count }
    /// How many changes of the behaviour are kept.
    var keptChanges: Int { changes.count }

    /// As ``setBehaviour(_:_:)``, by JSON that ``Behaviour/apply(json:)`` takes.
    func patchBehaviour(_ scope: Scope, json: [UInt8]) { changes.add(scope, patch: json) }

    func repeatCallback(_ address: String, after seconds: Double) {
        guard let fetcher, let url = URL(string: address) else { return }
        let id = fetchCount
        fetchCount += 1
        fetches[id] = Task {
            try? await sleep(.seconds(Seconds.clamped(seconds)))
            await fetcher(url)
            fetches[id] = nil
        }
    }
}

extension Simulator {
    func draw() -> UInt64 { random() }

    func record(_ call: RecordedCall) {
        calls.append(call)
        // A simulator under a benchmark must not grow for ever.
        if calls.count > 20_000 { calls.removeFirst(10_000) }
        logger.debug("Simulated", metadata: ["call": "\(call.endpoint.rawValue)", "outcome": "\(call.outcome)"])
    }

    func behaviour(app: String?, user: String?, for request: SimulatorRequest) throws(Behaviour.PatchError) -> Behaviour
    {
        var behaviour = behaviour(app: app, user: user)
        if let patch = request.header("simulator-behaviour") { try behaviour.apply(json: Array(patch.utf8)) }
        return behaviour
    }

    func takeFault(for endpoint: Endpoint, host: String?, behaviour: Behaviour) -> Fault? {
        func happens(_ fault: Fault) -> Bool { fault.host == nil || fault.host == host }
        if let index = queuedFaults[endpoint]?.firstIndex(where: happens) {
            return queuedFaults[endpoint]?.remove(at: index)
        }
        return behaviour.faults[endpoint.rawValue].flatMap { happens($0) ? $0 : nil }
    }
}
