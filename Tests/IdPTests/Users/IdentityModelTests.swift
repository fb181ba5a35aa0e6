import Testing
import WeChat

@testable import IdP

@Suite("A thousand random arrivals, merges and undoings agree with a simple model")
struct IdentityModelTests {
    @Test("in every step everything belongs to whom the model says", arguments: [1, 2, 3, 4])
    func agrees(_ seed: UInt64) async throws {
        try await IdentityStand.with { stand async throws -> Void in
            let chance = StoryChance(seed: seed)
            var model = IdentityModel()
            for step in 0..<250 {
                switch chance.next() % 20 {
                case 0..<14: try await arrive(step, &model, stand, chance)
                case 14..<17: try await merge(step, &model, stand, chance)
                default: try await undo(step, &model, stand, chance)
                }
                #expect(try await stand.owners() == model.owners, "step \(step) of seed \(seed)")
                #expect(try await stand.people() == model.people, "step \(step) of seed \(seed)")
            }
            #expect(model.merges.count > 5 && model.merges.contains { $0.isUndone })
        }
    }

    private func arrive(
        _ step: Int, _ model: inout IdentityModel, _ stand: IdentityStand, _ chance: StoryChance
    ) async throws {
        let person = chance.next() % 5
        let app = chance.next() % 5
        // App 4 belongs to no platform, app 3 to one of its own; and once in a while WeChat tells somebody else's unionid.
        let isWrong = chance.next() % 15 == 0
        let owner = isWrong ? chance.next() % 5 : person
        let platform = app == 4 ? nil : app == 3 ? "second" : "main"
        let hasUnionID = chance.next() % 2 == 0
        let identity = WeChatIdentity(
            appID: AppID(rawValue: "app\(app)"), openID: OpenID(rawValue: "o\(person)-\(app)"), openPlatform: platform,
            unionID: hasUnionID ? UnionID(rawValue: "u\(owner)-\(platform ?? "")") : nil)
        let newID = chance.next() % 4 == 0 ? nil : "user\(step)"
        let expected = model.arrive(
            open: "app\(app)/o\(person)-\(app)",
            union: hasUnionID ? platform.map { "\($0)/u\(owner)-\($0)" } : nil, newID: newID)
        #expect(try await stand.arrive(identity, newID: newID) == expected, "step \(step)")
    }

    private func merge(
        _ step: Int, _ model: inout IdentityModel, _ stand: IdentityStand, _ chance: StoryChance
    ) async throws {
        let people = model.people.sorted()
        guard people.count > 1 else { return }
        let winner = people[Int(chance.next() % UInt64(people.count))]
        let loser = people[Int(chance.next() % UInt64(people.count))]
        let isAllowed = loser != winner && !model.contradicts(winner, loser)
        do {
            try await stand.merge(loser, into: winner)
            #expect(isAllowed, "step \(step)")
            model.merge(loser, into: winner)
        } catch is IdentityMergeRefusal {
            #expect(!isAllowed, "step \(step)")
        }
    }

    private func undo(
        _ step: Int, _ model: inout IdentityModel, _ stand: IdentityStand, _ chance: StoryChance
    ) async throws {
        guard !model.merges.isEmpty else { return }
        let index = Int(chance.next() % UInt64(model.merges.count))
        let merge = model.merges[index]
        let event = try #require(
            try await stand.events(.merged).first {
                $0.userID.rawValue == merge.winner && $0.otherID?.rawValue == merge.loser
            })
        let isAllowed = !merge.isUndone && model.people.contains(merge.winner)
        do {
            try await stand.undo(event.id.rawValue)
            #expect(isAllowed, "step \(step)")
            model.undo(index)
        } catch is IdentityUndoing.Refusal {
            #expect(!isAllowed, "step \(step)")
        }
    }
}

/// The rules of decisions 0040 and 0041, on dictionaries.
struct IdentityModel {
    struct Merge {
        var loser: String
        var winner: String
        var keys: Set<String>
        var isUndone = false
    }

    /// `app/openid` and `platform/unionid`, with whose they are.
    private(set) var owners: [String: String] = [:]
    private(set) var people: Set<String> = []
    private(set) var merges: [Merge] = []

    mutating func arrive(open: String, union: String?, newID: String?) -> String? {
        let known = owners[open]
        let proven = union.flatMap { owners[$0] }
        if let known, let proven, known != proven {
            if contradicts(known, proven) { return known }
            merge(known, into: proven)
            return proven
        }
        if let known {
            if let union, !holds(known, another: union) { owners[union] = known }
            return known
        }
        if let proven, !holds(proven, another: open) {
            owners[open] = proven
            return proven
        }
        guard let newID else { return nil }
        people.insert(newID)
        owners[open] = newID
        if let union, proven == nil { owners[union] = newID }
        return newID
    }

    func contradicts(_ one: String, _ other: String) -> Bool {
        let (ones, others) = (group(one), group(other))
        if merges.contains(where: {
            $0.isUndone
                && (ones.contains($0.winner) && others.contains($0.loser)
                    || others.contains($0.winner) && ones.contains($0.loser))
        }) {
            return true
        }
        return owners.contains { $0.value == one && holds(other, another: $0.key) }
    }

    mutating func merge(_ loser: String, into winner: String) {
        let keys = Set(owners.filter { $0.value == loser }.keys)
        for key in keys { owners[key] = winner }
        people.remove(loser)
        merges.append(Merge(loser: loser, winner: winner, keys: keys))
    }

    mutating func undo(_ index: Int) {
        for key in merges[index].keys where owners[key] == merges[index].winner { owners[key] = merges[index].loser }
        people.insert(merges[index].loser)
        merges[index].isUndone = true
    }

    /// Whether somebody has an identity at the same app or on the same platform that is not this one.
    private func holds(_ user: String, another key: String) -> Bool {
        let place = key.prefix { $0 != "/" }
        return owners.contains { $0.value == user && $0.key != key && $0.key.prefix { $0 != "/" } == place }
    }

    /// Somebody and everybody who has gone into them.
    private func group(_ user: String) -> Set<String> {
        var all: Set<String> = [user]
        for _ in merges {
            for merge in merges where !merge.isUndone && all.contains(merge.winner) { all.insert(merge.loser) }
        }
        return all
    }
}
