import JWT
import Testing

@testable import IdP

/// Discovery advertises what works: every value of the document is used.
@Suite struct DiscoveryWalkTests {
    private static func walk(_ body: @escaping @Sendable (ConformanceRun) async throws -> Void) async throws {
        let applications = try WalkClient.all.map { try $0.yaml() }
        try await ConformanceRun.with(yaml: { $0.addingApplications(applications) }, body)
    }

    @Test("every value of a member works", arguments: DiscoveryUses.table.keys.sorted())
    func uses(_ member: String) async throws {
        try await Self.walk { run in
            guard let value = run.metadata[member], let use = DiscoveryUses.table[member] else { return }
            for text in Self.texts(value) {
                try await use(DiscoveryWalk(run), text)
            }
        }
    }

    @Test("no member is advertised whose use is not shown here")
    func members() async throws {
        try await Self.walk { run in
            for (member, value) in try #require(run.metadata.objectValue) {
                #expect(DiscoveryUses.table[member] != nil, "\(member)")
                #expect(!Self.texts(value).isEmpty, "\(member)")
            }
        }
    }

    @Test("every address is https and below the issuer")
    func addresses() async throws {
        try await Self.walk { run in
            for pool in ["", "/pools/other"] {
                let document = try await run.app.send(pool + "/oidc/.well-known/openid-configuration").json
                let issuer = try #require(document["issuer"]?.stringValue)
                #expect(issuer == "https://id.example.com\(pool)/oidc")
                for (member, value) in try #require(document.objectValue) {
                    guard let address = value.stringValue, member != "issuer" else { continue }
                    #expect(member.hasSuffix("_endpoint") || member == "jwks_uri", "\(member)")
                    #expect(address.hasPrefix(issuer + "/") && !address.contains("?"), "\(member)")
                }
            }
        }
    }

    private static func texts(_ value: JSON) -> [String] {
        if let values = value.arrayValue { return values.compactMap(\.stringValue) }
        return value == true ? ["true"] : value == false ? ["false"] : value.stringValue.map { [$0] } ?? []
    }
}
