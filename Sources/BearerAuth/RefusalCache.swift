import JWT

/// Signed requests that must not be let in again, for as long as their signature might still look fresh.
///
/// A signature is good for one request, so "it was good" is never worth keeping: what is kept is that it has been used, or
/// was refused. Forgetting too early, as when the table is full, is safe too: the provider remembers by itself.
actor RefusalCache {
    private let capacity: Int
    private let lifetime: Duration
    private let uptime: @Sendable () -> Duration
    private var until: [[UInt8]: Duration] = [:]
    /// Oldest first; entries that were taken back leave their place behind.
    private var order: [(key: [UInt8], until: Duration)] = []
    private var first = 0

    init(capacity: Int, lifetime: Duration, uptime: @escaping @Sendable () -> Duration) {
        self.capacity = capacity
        self.lifetime = lifetime
        self.uptime = uptime
    }

    /// True once for each key; whoever gets it asks the provider.
    func admit(_ key: [UInt8]) -> Bool {
        let now = uptime()
        while first < order.count, order[first].until <= now || until.count >= capacity {
            if until[order[first].key] == order[first].until { until[order[first].key] = nil }
            first += 1
        }
        if first > capacity {
            order.removeFirst(first)
            first = 0
        }
        guard until[key] == nil else { return false }
        until[key] = now + lifetime
        order.append((key, now + lifetime))
        return true
    }

    /// Takes an entry back, since the provider could not be asked.
    func forget(_ key: [UInt8]) {
        until[key] = nil
    }

    var count: Int { until.count }
}
