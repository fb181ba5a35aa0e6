/// Lets requests that bring the same code at the same time share one exchange.
///
/// A code works once, and a mini program whose network is bad asks twice. Only requests on this node meet here; on
/// another node, and later, WeChat's own answer (40163) decides. The entry goes when its exchange has ended, so nothing
/// is remembered of a code.
actor ExchangesInFlight {
    /// Codes of different apps and pools never meet.
    struct Key: Hashable, Sendable {
        var place: ConnectionCrowd.Place
        var code: WeChatCodeHash
    }

    /// Exchanges of one connection at once; more are refused, since anybody may bring codes here, made-up ones too.
    ///
    /// Half of what a connection may have, as the other half is for those who come by browser.
    static let mostOfConnection = ConnectionCrowd.mostAtOnce / 2
    /// Exchanges of all connections at once: half of what a host takes, for the same reason.
    static let limit = HostBreaker.mostAtOnce / 2

    private var running: [Key: Task<AppPerson, any Error>] = [:]

    /// The result of the exchange that is under way for this code, or of `exchange`, which then begins.
    ///
    /// A caller that goes away does not end it for the others.
    func shared(_ key: Key, exchange: @escaping @Sendable () async throws -> AppPerson) async throws -> AppPerson {
        if let task = running[key] { return try await task.value }
        guard running.count < Self.limit,
            running.keys.count(where: { $0.place == key.place }) < Self.mostOfConnection
        else { throw AppSignInFailure.busy }
        let task = Task {
            defer { running[key] = nil }
            return try await exchange()
        }
        running[key] = task
        return try await task.value
    }
}
