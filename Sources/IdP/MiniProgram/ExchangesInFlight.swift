/// Lets requests that bring the same code at the same time share one exchange.
///
/// A code works once, and a mini program whose network is bad asks twice. Only requests on this node meet here; on
/// another node, and later, WeChat's own answer (40163) decides. The entry goes when its exchange has ended, so nothing
/// is remembered of a code.
actor ExchangesInFlight {
    /// Codes of different apps and pools never meet.
    struct Key: Hashable, Sendable {
        var pool: PoolID
        var connection: ConnectionID
        var code: WeChatCodeHash
    }

    /// More at once are refused; each holds a connection to WeChat.
    static let limit = 1024

    private var running: [Key: Task<AppPerson, any Error>] = [:]

    /// The result of the exchange that is under way for this code, or of `exchange`, which then begins.
    ///
    /// A caller that goes away does not end it for the others.
    func shared(_ key: Key, exchange: @escaping @Sendable () async throws -> AppPerson) async throws -> AppPerson {
        if let task = running[key] { return try await task.value }
        guard running.count < Self.limit else { throw AppSignInFailure.busy }
        let task = Task {
            defer { running[key] = nil }
            return try await exchange()
        }
        running[key] = task
        return try await task.value
    }
}
