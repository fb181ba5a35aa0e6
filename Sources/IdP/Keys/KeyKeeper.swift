import JWT
import Logging
import ServiceLifecycle

/// Keeps the key ring up to date while the process runs.
///
/// Once a second it takes over what others have changed (another process, the command line); once a minute it does what
/// is due by the clock. No request waits for it.
struct KeyKeeper: Service {
    let keys: KeyRing
    let surroundings: Surroundings
    let logger: Logger

    func run() async throws {
        var (second, fails) = (0, false)
        // Ends early, without an error, when the process shuts down.
        while !Task.isCancelled,
            (try? await cancelWhenGracefulShutdown { try await surroundings.sleep(.seconds(1)) }) != nil
        {
            second += 1
            do {
                if second.isMultiple(of: 60) {
                    for change in try await keys.maintain() { log(change) }
                } else {
                    try await keys.refresh()
                }
                fails = false
            } catch {
                // Once, not every second: the former keys stay good for hours.
                if !fails { logger.error("signing keys can't be brought up to date", metadata: ["error": "\(error)"]) }
                fails = true
            }
        }
    }

    private func log(_ change: KeyRing.Change) {
        let text =
            switch change.step {
            case .make(let algorithm, let state, let time):
                "new \(algorithm.rawValue) key, \(state), signs from \(time)"
            case .activate(let kid): "\(kid) signs"
            case .retire(let kid, let time): "\(kid) signs no more, published until \(time)"
            case .erase(let kid): "\(kid) withdrawn, private part erased"
            case .lengthen(let kid, let life): "\(kid) signs tokens of up to \(life)"
            }
        logger.notice("signing keys changed", metadata: ["pool": "\(change.pool)", "change": "\(text)"])
    }
}
