import JWT
import Testing

struct TokenHashTests {
    /// OpenID Connect Core appendix A.4 (`at_hash`) and A.6 (`c_hash`), whose ID tokens are of RS256.
    @Test(arguments: [SignatureAlgorithm.rs256, .ps256, .es256])
    func theExamplesOfTheSpecification(algorithm: SignatureAlgorithm) {
        let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
        #expect(TokenHash.value(of: token, for: algorithm) == "77QmUPtjPfzWtF2AnpK9RQ")
        let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"
        #expect(TokenHash.value(of: code, for: algorithm) == "LDktKdoQak3Pk0cnXxCltA")
    }

    /// SHA-512 of "abc" (FIPS 180-4), its left half.
    @Test
    func halfOfSHA512ForEdDSA() {
        let half = bytes(hex: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a")
        #expect(TokenHash.value(of: "abc", for: .edDSA) == Base64URL.encode(half))
        #expect(TokenHash.value(of: "", for: .edDSA).utf8.count == 43)
        #expect(TokenHash.value(of: "", for: .es256).utf8.count == 22)
    }
}
