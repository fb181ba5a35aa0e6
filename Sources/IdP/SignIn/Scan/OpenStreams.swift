import Synchronization

/// Counts the event streams that this node keeps open, so that waiting pages can't use up its connections.
final class OpenStreams: Sendable {
    /// Of all connections that a node accepts, an eighth.
    static let limit = ProviderService.maximumConnections / 8
    /// A page needs one; a second is a reconnect that overlaps the first.
    static let limitOfSignIn = 2

    private let counts = Mutex<(all: Int, bySignIn: [HandleHash: Int])>((0, [:]))

    /// One stream's place, given back when nothing holds it any more.
    ///
    /// An answer whose client is gone before its head is written never begins its body, so that nothing in the body can
    /// be trusted to give the place back.
    final class Place: Sendable {
        private let streams: OpenStreams
        private let signIn: HandleHash

        fileprivate init(_ streams: OpenStreams, _ signIn: HandleHash) {
            (self.streams, self.signIn) = (streams, signIn)
        }

        deinit { streams.close(signIn) }
    }

    /// Takes a place.
    ///
    /// - Returns: nil when there is none left.
    func open(_ signIn: HandleHash) -> Place? {
        let isOpen = counts.withLock { counts in
            let own = counts.bySignIn[signIn] ?? 0
            guard counts.all < Self.limit, own < Self.limitOfSignIn else { return false }
            counts.all += 1
            counts.bySignIn[signIn] = own + 1
            return true
        }
        return isOpen ? Place(self, signIn) : nil
    }

    private func close(_ signIn: HandleHash) {
        counts.withLock { counts in
            guard let own = counts.bySignIn[signIn] else { return }
            counts.all -= 1
            counts.bySignIn[signIn] = own > 1 ? own - 1 : nil
        }
    }
}
