import Foundation
import Logging
import WeChat

/// Hands out shared credentials: read from the database, and asked of WeChat by one process at a time.
struct SharedCredentialKeeper: Sendable {
    /// The longest that a caller waits for another process.
    static let patience: Duration = .seconds(6)

    let store: SharedCredentialStore
    let logger: Logger

    /// What WeChat gave.
    struct Fetched: Sendable {
        var value: Secret
        var lifetime: Duration
    }

    /// Asks WeChat; told what there was, and spends of what may be forced.
    typealias Fetch =
        @Sendable (SharedCredentialStore.State, inout ForceAllowance) async throws(AccountTokenFailure) -> Fetched

    /// A credential that holds.
    ///
    /// - Parameter refused: the generation that WeChat has just refused; a newer one is wanted.
    func credential(
        _ key: SharedCredentialKey, refused: Int64? = nil, fetch: @escaping Fetch
    ) async throws(AccountTokenFailure) -> SharedCredential {
        let surroundings = store.surroundings
        let deadline = surroundings.uptime() + Self.patience
        var pause: Duration = .milliseconds(50)
        while true {
            let state = try await reading { try await store.state(key) }
            let now = surroundings.now()
            let usable = state?.credential.flatMap { $0.generation == refused || $0.validUntil <= now ? nil : $0 }
            if let usable, usable.refreshAt > now { return usable }
            if let state, state.nextAttemptAt > now {
                // The old one holds for minutes yet, while whoever asks WeChat has no luck.
                if let usable { return usable }
                throw .resting(state.failureCode, until: state.nextAttemptAt)
            }
            if let lease = try await reading({ try await store.lease(key, at: state?.generation ?? 0) }) {
                // A visitor who goes away must not take along what everybody waits for.
                switch await Task(operation: { await refresh(key, lease, fetch) }).value {
                case .success(let fresh?): return fresh
                case .success(nil): break
                case .failure(let failure):
                    if let usable { return usable }
                    throw failure
                }
            } else if let usable {
                return usable
            }
            guard surroundings.uptime() < deadline else { throw .noResultInTime }
            do { try await surroundings.sleep(pause) } catch { throw .noResultInTime }
            pause = min(pause * 2, .milliseconds(400))
        }
    }

    /// Nil when the lease was lost meanwhile, so that another has stored something.
    private func refresh(
        _ key: SharedCredentialKey, _ lease: SharedCredentialStore.Lease, _ fetch: Fetch
    ) async -> Result<SharedCredential?, AccountTokenFailure> {
        var forces = lease.state.forces
        do throws(AccountTokenFailure) {
            let fetched = try await fetch(lease.state, &forces)
            let allowance = forces
            return .success(
                try await reading {
                    try await store.store(
                        fetched.value, lifetime: fetched.lifetime, forces: allowance, key: key, lease: lease)
                })
        } catch {
            let (failure, allowance) = (error, forces)
            do throws(AccountTokenFailure) {
                let next = try await reading {
                    try await store.storeFailure(failure.code, forces: allowance, key: key, lease: lease)
                }
                tell(failure, key, next)
            } catch {
                return .failure(error)
            }
            return .failure(failure)
        }
    }

    private func tell(_ failure: AccountTokenFailure, _ key: SharedCredentialKey, _ next: Date) {
        logger.error(
            "WeChat gives no \(key.kind.rawValue) for this app",
            metadata: [
                "app_id": "\(key.appID)", "error": "\(failure)",
                "remedy": "\(failure.weChatError.map { WeChatRemedy.text($0) } ?? "look at the database")",
                "next_attempt": "\(next.formatted(.iso8601))",
            ])
    }

    private func reading<Value: Sendable>(
        _ body: () async throws -> Value
    ) async throws(AccountTokenFailure) -> Value {
        do {
            return try await body()
        } catch let error as StorageError {
            throw .storage(error)
        } catch {
            // Nothing but the sealer is left: the row was sealed with another master key, or damaged.
            throw .storage(.column("value_sealed"))
        }
    }
}
