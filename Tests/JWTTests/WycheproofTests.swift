import JWT
import Testing

@Suite(.enabled(if: Vectors.areHere, Vectors.absence))
struct WycheproofTests {
    /// RS256 keys must agree with every vector; whatever other keys sign must be refused.
    @Test
    func jsonWebSignatures() throws {
        let file = try Vectors.wycheproof("json_web_signature_test.json")
        var supported = 0
        var refused = 0
        for group in try #require(file["testGroups"]?.arrayValue) {
            let isSymmetric = group["public"] == nil
            let jwk = try #require(group["public"] ?? group["private"])
            let algorithm = jwk["alg"]?.stringValue
            let isSupported = jwk["kty"] == "RSA" && (algorithm == nil || algorithm == "RS256")
            let document = JSON.object(["keys": [jwk]]).encoded()
            var keys = JWKSet([])
            if isSymmetric {
                #expect(throws: JWTError.symmetricKeyInSet) { try JWKSet(parsing: document) }
            } else {
                keys = try JWKSet(parsing: document)
            }
            for test in try #require(group["tests"]?.arrayValue) {
                let token = try #require(test["jws"]?.stringValue)
                let accepted = refusal { () throws(JWTError) in _ = try JWS.verify(token, with: keys) } == nil
                if isSupported {
                    supported += 1
                    #expect(accepted == (test["result"] == "valid"), "\(test["tcId"]?.text ?? "?")")
                } else {
                    refused += 1
                    #expect(!accepted, "\(test["tcId"]?.text ?? "?")")
                }
            }
        }
        #expect(supported >= 235)
        #expect(refused >= 166)
        #expect(Int64(supported + refused) == file["numberOfTests"]?.integerValue)
    }

    @Test
    func rsaSignatures() throws {
        let file = try Vectors.wycheproof("rsa_signature_2048_sha256_test.json")
        var run = 0
        for group in try #require(file["testGroups"]?.arrayValue) {
            let key = try RSAPublicKey(pem: #require(group["publicKeyPem"]?.stringValue))
            for test in try #require(group["tests"]?.arrayValue) {
                let message = bytes(hex: try #require(test["msg"]?.stringValue))
                let signature = bytes(hex: try #require(test["sig"]?.stringValue))
                run += 1
                // "acceptable" is a padding without the NULL of its DigestInfo; RFC 8017 appendix A.2.4 wants it.
                #expect(
                    key.isValidSignature(signature, for: message) == (test["result"] == "valid"),
                    "\(test["tcId"]?.text ?? "?")"
                )
            }
        }
        #expect(run >= 259)
        #expect(Int64(run) == file["numberOfTests"]?.integerValue)
    }
}
