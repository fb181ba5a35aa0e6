import Foundation
import JWT
import Testing

@testable import IdP

/// What a configuration asks of the keys.
@Suite struct KeyPolicyTests {
    private func policies(_ change: (String) -> String) throws -> [KeyPolicy] {
        try Configuration.parse(
            change(TestConfiguration.yaml(publicURL: "https://id.example.com")), file: "test.yaml", folder: "/",
            environment: [:]
        ).pools.map { KeyPolicy($0) }
    }

    @Test("a rotation faster than publication is refused", arguments: ["23h", "1s", "0s", "never"])
    func tooFast(_ value: String) throws {
        #expect(throws: (any Error).self) {
            try policies { $0.replacing("name: Other", with: "key_rotation: \(value)") }
        }
    }

    @Test("each pool says itself how often its keys change")
    func rotation() throws {
        let policies = try policies { $0.replacing("name: Other", with: "key_rotation: 24h") }
        #expect(policies.map(\.rotation) == [.seconds(30 * 86_400), .seconds(86_400)])
    }

    @Test("RS256 always, others where an application of the pool needs them")
    func algorithms() throws {
        let policies = try policies {
            $0.replacing("client_id: basic,", with: "client_id: basic, id_token_signed_response_alg: ES256,")
        }
        #expect(policies.map(\.algorithms) == [[.rs256, .es256], [.rs256]])
    }

    @Test("the longest life of any signed token of the pool counts")
    func lifetime() throws {
        let policies = try policies {
            $0.replacing("client_id: web,", with: "client_id: web, id_token_lifetime: 2d,")
                .replacing("client_id: other-web,", with: "client_id: other-web, access_token_lifetime: 3h,")
        }
        #expect(policies.map(\.tokenLifetime) == [.seconds(172_800), .seconds(10_800)])
    }
}
