import JWT
import Testing

@Suite(.enabled(if: Vectors.areHere, Vectors.absence))
struct WycheproofTests {
    private static let algorithms = ["RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"]

    /// Keys for our algorithms must agree with every vector; whatever other keys sign must be refused.
    ///
    /// Figure 20 of RFC 7520 is a token of PS384 that the vectors give with a key marked PS256: it belongs to the latter.
    @Test
    func jsonWebSignatures() throws {
        let file = try Vectors.wycheproof("json_web_signature_test.json")
        var supported: [String: Int] = [:]
        var refused = 0
        for group in try #require(file["testGroups"]?.arrayValue) {
            let isSymmetric = group["public"] == nil
            let jwk = try #require(group["public"] ?? group["private"])
            let algorithm = jwk["alg"]?.stringValue ?? jwk["kty"]?.stringValue.flatMap { Self.algorithms[$0] }
            let document = JSON.object(["keys": [jwk]]).encoded()
            var keys = JWKSet([])
            if isSymmetric {
                #expect(throws: JWTError.symmetricKeyInSet) { try JWKSet(parsing: document) }
            } else {
                keys = try JWKSet(parsing: document)
            }
            for test in try #require(group["tests"]?.arrayValue) {
                let token = try #require(test["jws"]?.stringValue)
                let error = refusal { () throws(JWTError) in _ = try JWS.verify(token, with: keys) }
                if let algorithm, let known = SignatureAlgorithm(rawValue: algorithm), test["comment"] != "Figure20" {
                    supported[known.rawValue, default: 0] += 1
                    #expect((error == nil) == (test["result"] == "valid"), "\(test["tcId"]?.text ?? "?")")
                } else {
                    refused += 1
                    #expect(error != nil, "\(test["tcId"]?.text ?? "?")")
                }
            }
        }
        #expect(supported == ["RS256": 235, "PS256": 48, "ES256": 41])
        #expect(refused == 77)
        #expect(Int64(supported.values.reduce(refused, +)) == file["numberOfTests"]?.integerValue)
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

    @Test
    func p256Signatures() throws {
        let file = try Vectors.wycheproof("ecdsa_secp256r1_sha256_p1363_test.json")
        var run = 0
        for group in try #require(file["testGroups"]?.arrayValue) {
            let key = try ECPublicKey(pem: #require(group["publicKeyPem"]?.stringValue))
            try expectAgreement(key.pem, of: .es256(key), group)
            for test in try #require(group["tests"]?.arrayValue) {
                run += 1
                try expectAgreement(test) { key.isValidSignature($0, for: $1) }
            }
        }
        #expect(run >= 262)
        #expect(Int64(run) == file["numberOfTests"]?.integerValue)
    }

    @Test
    func ed25519Signatures() throws {
        let file = try Vectors.wycheproof("ed25519_test.json")
        var run = 0
        for group in try #require(file["testGroups"]?.arrayValue) {
            let key = try Ed25519PublicKey(pem: #require(group["publicKeyPem"]?.stringValue))
            try expectAgreement(key.pem, of: .edDSA(key), group)
            for test in try #require(group["tests"]?.arrayValue) {
                run += 1
                try expectAgreement(test) { key.isValidSignature($0, for: $1) }
            }
        }
        #expect(run >= 151)
        #expect(Int64(run) == file["numberOfTests"]?.integerValue)
    }

    private func expectAgreement(_ test: JSON, isValid: ([UInt8], [UInt8]) -> Bool) throws {
        let message = bytes(hex: try #require(test["msg"]?.stringValue))
        let signature = bytes(hex: try #require(test["sig"]?.stringValue))
        #expect(isValid(signature, message) == (test["result"] == "valid"), "\(test["tcId"]?.text ?? "?")")
    }

    /// The key is the same as PEM and, where the group has one, as JWK.
    private func expectAgreement(_ pem: String, of key: VerificationKey.PublicKey, _ group: JSON) throws {
        #expect(pem == group["publicKeyPem"]?.stringValue)
        guard let jwk = group["publicKeyJwk"] else { return }
        let read = try JWKSet(parsing: JSON.object(["keys": [jwk]]).encoded())
        #expect(read.keys.map(\.key) == [key])
    }
}
