import Foundation
import JWT

/// One change of a pool's keys.
enum KeyStep: Sendable, Equatable {
    /// A new key: pending until `activeAt`, or active at once.
    case make(SignatureAlgorithm, KeyState, activeAt: Date)
    /// A pending key begins to sign.
    case activate(KeyID)
    /// The active key stops signing; it stays published until then.
    case retire(KeyID, until: Date)
    /// A key is withdrawn and its private part erased.
    case erase(KeyID)
    /// The active key signs tokens that live this long from now on.
    case lengthen(KeyID, Duration)
}

/// Which changes are due: a function of what is stored, of the policy and of the time, and of nothing else.
///
/// Keys of an algorithm that no application needs any more stay as they are: in a rolling restart another process may
/// still need them.
struct KeySchedule: Sendable {
    let policy: KeyPolicy
    let now: Date

    /// What is due by itself, in the order in which it must be done.
    func due(_ keys: [KeyRecord]) -> [KeyStep] {
        let withdrawn = keys.filter { key in key.state == .retiring && key.retireAt.map { $0 <= now } ?? true }
        return SignatureAlgorithm.allCases.flatMap { due(keys, for: $0) } + withdrawn.map { KeyStep.erase($0.kid) }
    }

    private func due(_ keys: [KeyRecord], for algorithm: SignatureAlgorithm) -> [KeyStep] {
        let isNeeded = policy.algorithms.contains(algorithm)
        switch (key(.active, algorithm, in: keys), key(.pending, algorithm, in: keys)) {
        case (nil, nil):
            return isNeeded ? [.make(algorithm, .active, activeAt: now)] : []
        case (nil, let successor?):
            return [.activate(successor.kid)]
        case (let active?, let successor?):
            return successor.activeAt <= now ? handover(from: active, to: successor) : lengthened(active)
        case (let active?, nil):
            let publication = KeyPolicy.publication.inSeconds
            let end = active.activeAt + policy.rotation.inSeconds
            guard isNeeded, now >= end - publication else { return lengthened(active) }
            return lengthened(active) + [.make(algorithm, .pending, activeAt: max(end, now + publication))]
        }
    }

    /// What gives the active key `kid` a successor ahead of time.
    ///
    /// Nothing when it is not active any more, because another process was faster.
    func rotation(of kid: KeyID, atOnce: Bool, _ keys: [KeyRecord]) -> [KeyStep] {
        guard let active = keys.first(where: { $0.kid == kid && $0.state == .active }) else { return [] }
        switch (key(.pending, active.algorithm, in: keys), atOnce) {
        case (_?, false): return []
        case (nil, false):
            return [.make(active.algorithm, .pending, activeAt: now + KeyPolicy.publication.inSeconds)]
        case (let successor?, true): return handover(from: active, to: successor)
        case (nil, true): return [retirement(active), .make(active.algorithm, .active, activeAt: now)]
        }
    }

    private func handover(from active: KeyRecord, to successor: KeyRecord) -> [KeyStep] {
        [retirement(active), .activate(successor.kid)]
    }

    private func retirement(_ key: KeyRecord) -> KeyStep {
        // Tokens of an earlier configuration may live longer than those of this one.
        let life = max(key.tokenLifetime, policy.tokenLifetime) + KeyPolicy.margin
        return .retire(key.kid, until: now + life.inSeconds)
    }

    private func lengthened(_ key: KeyRecord) -> [KeyStep] {
        key.tokenLifetime < policy.tokenLifetime ? [.lengthen(key.kid, policy.tokenLifetime)] : []
    }

    private func key(_ state: KeyState, _ algorithm: SignatureAlgorithm, in keys: [KeyRecord]) -> KeyRecord? {
        keys.first { $0.state == state && $0.algorithm == algorithm }
    }
}
