import Synchronization

/// Counts the visits to WeChat under way for each connection, so that no connection takes all of a host's places.
///
/// Memory of one node, like ``HostBreaker``.
final class ConnectionCrowd: Sendable {
    /// Half of what a host takes: whatever one connection's visitors do, the others find places.
    static let mostAtOnce = HostBreaker.mostAtOnce / 2

    /// A connection of a pool; those of two pools share nothing, whatever their names.
    struct Place: Hashable, Sendable {
        var pool: PoolID
        var connection: ConnectionID
    }

    /// Only connections that are visited now have an entry.
    private let underWay = Mutex<[Place: Int]>([:])

    /// Takes a place, to be given back by ``leave(_:)``; false when there is none.
    func enter(_ place: Place) -> Bool {
        underWay.withLock { underWay in
            guard underWay[place, default: 0] < Self.mostAtOnce else { return false }
            underWay[place, default: 0] += 1
            return true
        }
    }

    /// Gives a place back.
    func leave(_ place: Place) {
        underWay.withLock { underWay in
            let left = underWay[place, default: 0] - 1
            underWay[place] = left > 0 ? left : nil
        }
    }
}
