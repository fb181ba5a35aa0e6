import Foundation

/// Stops calling for a connection whose daily quota is used up (45009), and tries one call a minute until it is over.
actor QuotaBreaker {
    /// Leave to make one call, to be given back with the answer.
    struct Permit: Sendable {
        fileprivate var key: String
        /// How often the quota had been exceeded when the call began.
        fileprivate var breaks: Int
    }

    private struct State {
        var breaks = 0
        var nextTry: Date?
    }

    private let now: @Sendable () -> Date
    private var states: [String: State] = [:]

    init(now: @escaping @Sendable () -> Date) {
        self.now = now
    }

    /// Nil while the break lasts.
    func permit(for key: String) -> Permit? {
        var state = states[key] ?? State()
        if let time = state.nextTry {
            guard now() >= time else { return nil }
            // This caller is the one of this minute.
            state.nextTry = now() + 60
            states[key] = state
        }
        return Permit(key: key, breaks: state.breaks)
    }

    /// A good answer ends the break only if its call began after it; an older one says nothing about now.
    func noteAnswer(_ permit: Permit, isQuotaError: Bool) {
        var state = states[permit.key] ?? State()
        if isQuotaError {
            state.breaks += 1
            state.nextTry = now() + 60
        } else if permit.breaks == state.breaks {
            state.nextTry = nil
        }
        states[permit.key] = state
    }
}
