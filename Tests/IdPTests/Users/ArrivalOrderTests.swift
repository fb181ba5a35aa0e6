import Testing
import WeChat

@testable import IdP

@Suite("Whatever the order in which people turn up: one user a person, never two people one user")
struct ArrivalOrderTests {
    struct Order: Sendable, CustomTestStringConvertible {
        let surfaces: [Somebody.Surface]
        /// Whether WeChat gives the unionid from the start, or only when everybody has been everywhere.
        let isEarly: Bool

        var testDescription: String {
            surfaces.map(\.rawValue).joined(separator: ", ") + (isEarly ? "" : ", unionid later")
        }
    }

    static let orders = Somebody.Surface.allCases.permutations.flatMap { surfaces in
        [true, false].map { Order(surfaces: surfaces, isEarly: $0) }
    }

    @Test("two people at the same time, in the same order and in opposite orders", arguments: orders)
    func everyOrder(_ order: Order) async throws {
        for isOpposite in [false, true] {
            try await IdentityStand.with { stand async throws -> Void in
                let (ann, bob) = (Somebody(name: "ann"), Somebody(name: "bob"))
                let walks = [(ann, order.surfaces), (bob, isOpposite ? order.surfaces.reversed() : order.surfaces)]
                var held: [String: String] = [:]
                for isKnown in order.isEarly ? [true, true] : [false, true] {
                    for step in order.surfaces.indices {
                        for (person, surfaces) in walks {
                            let identity = person.identity(surfaces[step], hasUnionID: isKnown)
                            let user = try #require(
                                try await stand.arrive(identity, newID: "\(person.name)-\(isKnown)-\(step)"))
                            #expect(user.hasPrefix(person.name))
                            // Whoever held the unionid first keeps the name for good.
                            if identity.unionID != nil {
                                #expect(held[person.name] == nil || held[person.name] == user)
                                held[person.name] = user
                            }
                        }
                    }
                }
                let owners = try await stand.owners()
                #expect(owners.count == 8)
                for (key, user) in owners {
                    #expect(held.contains { key.contains($0.key) && $0.value == user }, "\(key)")
                }
                #expect(try await stand.people() == Set(held.values))
                #expect(try await stand.events(.conflict).isEmpty)
                // Each identity was linked once, and each merge is on record.
                #expect(try await stand.events(.linked).count == 8)
                let users = try await stand.database.count("users")
                #expect(try await stand.events(.merged).count == users - 2)
            }
        }
    }

    @Test("without a unionid every app knows its own person, and nobody is guessed to be somebody")
    func neverUnionID() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            let ann = Somebody(name: "ann")
            for surface in Somebody.Surface.allCases {
                _ = try await stand.arrive(ann.identity(surface, hasUnionID: false), newID: surface.rawValue)
            }
            #expect(try await stand.people() == ["base", "miniProgram", "website"])
            #expect(try await stand.events(.merged).isEmpty)
        }
    }

    @Test("the same text as openid and as unionid, and one unionid on two platforms, are different people")
    func neverMixed() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            func identity(_ app: String, _ openID: String, _ platform: String?, _ unionID: String?) -> WeChatIdentity {
                WeChatIdentity(
                    appID: AppID(rawValue: app), openID: OpenID(rawValue: openID), openPlatform: platform,
                    unionID: unionID.map { UnionID(rawValue: $0) })
            }
            #expect(try await stand.arrive(identity("a", "same", "main", "u"), newID: "1") == "1")
            #expect(try await stand.arrive(identity("b", "u", "main", nil), newID: "2") == "2")
            #expect(try await stand.arrive(identity("c", "x", "main", "same"), newID: "3") == "3")
            #expect(try await stand.arrive(identity("d", "y", "second", "u"), newID: "4") == "4")
            #expect(try await stand.arrive(identity("e", "same", nil, "u"), newID: "5") == "5")
            #expect(try await stand.people().count == 5)
        }
    }

    @Test("whoever may not be made is not made, and leaves nothing")
    func nobody() async throws {
        try await IdentityStand.with { stand async throws -> Void in
            let identity = Somebody(name: "ann").identity(.userInfo, hasUnionID: true)
            #expect(try await stand.arrive(identity, newID: nil) == nil)
            for table in ["users", "wechat_openids", "wechat_unionids", "identity_events"] {
                #expect(try await stand.database.count(table) == 0)
            }
        }
    }
}
