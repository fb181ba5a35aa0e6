import Foundation
import Synchronization

/// Bounds how often somebody may try, counted before anything is looked up.
///
/// Kept in memory, so a node counts for itself: a few nodes multiply the bound by as many, which the length of what is
/// guessed allows for. What is counted is named by its source: an address, or the person signed in.
final class AttemptLimiter: Sendable {
    /// Attempts within this time count together.
    static let window: Duration = .seconds(600)
    /// More sources than this are not remembered; the oldest half gives way.
    private static let capacity = 50_000

    private struct Count {
        var attempts: Int
        var endsAt: Date
    }

    private let counts = Mutex<[String: Count]>([:])
    private let now: @Sendable () -> Date

    init(now: @escaping @Sendable () -> Date) {
        self.now = now
    }

    /// Counts one attempt.
    ///
    /// - Returns: false when the source has none left.
    func take(_ source: String, limit: Int) -> Bool {
        let now = now()
        return counts.withLock { counts in
            if counts.count >= Self.capacity, counts[source] == nil { Self.makeRoom(&counts, now) }
            var count = counts[source] ?? Count(attempts: 0, endsAt: now)
            if count.endsAt <= now { count = Count(attempts: 0, endsAt: now + Self.window.inSeconds) }
            guard count.attempts < limit else { return false }
            count.attempts += 1
            counts[source] = count
            return true
        }
    }

    /// Takes an attempt back that turned out to be no guess: many people may share one address.
    func giveBack(_ source: String) {
        counts.withLock { counts in
            if let count = counts[source] { counts[source]?.attempts = max(0, count.attempts - 1) }
        }
    }

    private static func makeRoom(_ counts: inout [String: Count], _ now: Date) {
        counts = counts.filter { $0.value.endsAt > now }
        guard counts.count >= capacity else { return }
        let kept = counts.sorted { $0.value.endsAt > $1.value.endsAt }.prefix(capacity / 2)
        counts = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
}
