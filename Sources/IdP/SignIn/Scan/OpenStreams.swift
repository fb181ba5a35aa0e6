import Synchronization

/// Counts the event streams that this node keeps open, so that waiting pages can't use up its connections.
final class OpenStreams: Sendable {
    /// Of all connections that a node accepts, an eighth.
    static let limit = ProviderService.maximumConnections / 8
    /// A page needs one; a second is a reconnect that overlaps the first.
    static let limitOfSignIn = 2

    private let counts = Mutex<(all: Int, bySignIn: [HandleHash: Int])>((0, [:]))

    /// Takes a place.
    ///
    /// - Returns: false when there is none left.
    func open(_ signIn: HandleHash) -> Bool {
        counts.withLock { counts in
            let own = counts.bySignIn[signIn] ?? 0
            guard counts.all < Self.limit, own < Self.limitOfSignIn else { return false }
            counts.all += 1
            counts.bySignIn[signIn] = own + 1
            return true
        }
    }

    func close(_ signIn: HandleHash) {
        counts.withLock { counts in
            guard let own = counts.bySignIn[signIn] else { return }
            counts.all -= 1
            counts.bySignIn[signIn] = own > 1 ? own - 1 : nil
        }
    }
}
