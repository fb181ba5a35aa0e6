import Foundation

/// What was changed of the behaviour: for everyone, for apps, for people, in that order.
struct BehaviourChanges: Sendable {
    private enum Change: Sendable {
        case swift(Simulator.Change)
        case patch([UInt8])
    }

    private struct Target: Hashable {
        let app: String?
        let user: String?
    }

    private let initial: Behaviour
    private var changes: [Simulator.Scope: [Change]] = [:]
    /// Reading a patch takes longer than a whole call, so each behaviour is put together once.
    private var known: [Target: Behaviour] = [:]

    init(_ initial: Behaviour) { self.initial = initial }

    /// How many changes are kept.
    var count: Int { changes.values.reduce(0) { $0 + $1.count } }

    mutating func add(_ scope: Simulator.Scope, _ change: @escaping Simulator.Change) {
        changes[scope, default: []].append(.swift(change))
        known = [:]
    }

    /// Adds a patch that ``Behaviour/apply(json:)`` takes.
    ///
    /// Joined with the patch before it, so that a program may send them for days.
    mutating func add(_ scope: Simulator.Scope, patch: [UInt8]) {
        if case .patch(let earlier)? = changes[scope]?.last, let both = Self.merged(earlier, patch) {
            changes[scope]?.removeLast()
            changes[scope]?.append(.patch(both))
        } else {
            changes[scope, default: []].append(.patch(patch))
        }
        known = [:]
    }

    mutating func reset(_ scope: Simulator.Scope) {
        changes[scope] = nil
        known = [:]
    }

    mutating func behaviour(app: String?, user: String?) -> Behaviour {
        // Requests name any appid; only those with changes of their own are worth remembering.
        let target = Target(
            app: app.flatMap { changes[.app($0)] == nil ? nil : $0 },
            user: user.flatMap { changes[.user($0)] == nil ? nil : $0 }
        )
        if let behaviour = known[target] { return behaviour }
        var behaviour = initial
        let scopes =
            [Simulator.Scope.everyone] + [target.app.map { .app($0) }, target.user.map { .user($0) }].compactMap { $0 }
        for change in scopes.flatMap({ changes[$0] ?? [] }) {
            switch change {
            case .swift(let change): change(&behaviour)
            // It was tried before it was added, so it cannot fail here.
            case .patch(let json): try? behaviour.apply(json: json)
            }
        }
        known[target] = behaviour
        return behaviour
    }

    private static func merged(_ first: [UInt8], _ second: [UInt8]) -> [UInt8]? {
        guard let first = try? JSONSerialization.jsonObject(with: Data(first)) as? [String: Any],
            let second = try? JSONSerialization.jsonObject(with: Data(second)) as? [String: Any],
            let both = try? JSONSerialization.data(withJSONObject: first.merging(second) { $1 })
        else { return nil }
        return Array(both)
    }
}
