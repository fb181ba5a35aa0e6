import JWT
import Testing

/// Keys of a set by their kind: EC, OKP, and RSA for either algorithm.
struct JWKKindTests {
    private static let ec: JSONObject = [
        "kty": "EC", "crv": "P-256", "x": .string(RFC7515.ecX), "y": .string(RFC7515.ecY),
    ]
    private static let okp: JSONObject = ["kty": "OKP", "crv": "Ed25519", "x": .string(RFC8037.x)]
    private static let rsa: JSONObject = ["kty": "RSA", "n": .string(RFC7517.modulus), "e": "AQAB"]

    private func parse(_ keys: JSONObject..., rsa: RSAScheme = .pkcs1v15) throws(JWTError) -> JWKSet {
        try JWKSet(parsing: JSON.object(["keys": .array(keys.map(JSON.object))]).encoded(), rsa: rsa)
    }

    private func changed(_ jwk: JSONObject, _ name: String, _ value: JSON?) -> JSONObject {
        var jwk = jwk
        jwk[name] = value
        return jwk
    }

    @Test(
        arguments: [
            ("x", nil), ("y", nil), ("crv", nil), ("crv", 256), ("x", 1), ("y", []), ("alg", 1), ("use", 1),
            // 31 and 33 bytes, padding, unused bits, another alphabet, and a point off the curve.
            ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVA"), ("x", "AH_Nzidw9sRdQYPL7m_bS3tYBzM1e-nvE7rPbjx70VRF"),
            ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU="), ("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEV"),
            ("y", "x/FEzRu9m36HLN/tue659LNpXW6pCyStikYjKIWI5a0"), ("y", .string(RFC7515.ecX)), ("x", ""),
        ] as [(String, JSON?)])
    func refusesMalformedECKeys(name: String, value: JSON?) {
        #expect(throws: JWTError.invalidJWK) { try parse(changed(Self.ec, name, value)) }
    }

    @Test(
        arguments: [
            ("x", nil), ("crv", nil), ("crv", true), ("x", 1), ("x", ""),
            ("x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ"), ("x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURoA"),
            ("x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="), ("x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp"),
            // No point, the neutral element, and a point of order 8.
            ("x", "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), ("x", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            ("x", "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU"),
        ] as [(String, JSON?)])
    func refusesMalformedOKPKeys(name: String, value: JSON?) {
        #expect(throws: JWTError.invalidJWK) { try parse(changed(Self.okp, name, value)) }
    }

    @Test(arguments: [ec, okp])
    func refusesPrivateAndSymmetricParts(jwk: JSONObject) {
        #expect(throws: JWTError.privateKeyInSet) { try parse(changed(jwk, "d", .string(RFC8037.d))) }
        // Even in a key that would be passed over.
        #expect(throws: JWTError.privateKeyInSet) {
            try parse(changed(changed(jwk, "d", .string(RFC8037.d)), "use", "enc"))
        }
        #expect(throws: JWTError.symmetricKeyInSet) { try parse(changed(jwk, "k", "AQAB")) }
        #expect(throws: JWTError.symmetricKeyInSet) { try parse(changed(jwk, "kty", "oct")) }
    }

    /// Identifiers are shared by what the keys are, by name, and across kinds.
    @Test
    func refusesDuplicateIdentifiers() throws {
        let kid: JSON = "a"
        #expect(throws: JWTError.duplicateKeyID) {
            try parse(changed(Self.ec, "kid", kid), changed(Self.okp, "kid", kid))
        }
        #expect(throws: JWTError.duplicateKeyID) {
            try parse(changed(Self.rsa, "alg", "RS256"), changed(Self.rsa, "alg", "PS256"))
        }
        let rsa = try RFC7515.privateKey().publicKey
        let both = [VerificationKey(.rs256(rsa)), VerificationKey(.ps256(rsa))]
        #expect(throws: JWTError.duplicateKeyID) { try JWKSet(distinct: both) }
        #expect(throws: JWTError.duplicateKeyID) { try JWKSet(distinct: [both[0], both[0]]) }
        #expect(JWKSet(both).keys == [both[0]])
        let named = VerificationKey(.ps256(rsa), kid: KeyID(rawValue: "ps"))
        #expect(try JWKSet(distinct: [both[0], named]).keys == [both[0], named])
    }

    @Test(
        arguments: [
            (ec, "crv", "P-384"), (ec, "crv", "secp256k1"), (ec, "crv", "p-256"), (ec, "crv", "Ed25519"),
            (ec, "alg", "ES384"), (ec, "alg", "RS256"), (ec, "alg", "EdDSA"), (ec, "alg", "ECDH-ES"),
            (ec, "use", "enc"), (ec, "key_ops", ["sign"]), (ec, "kty", "ec"),
            (okp, "crv", "X25519"), (okp, "crv", "Ed448"), (okp, "crv", "P-256"), (okp, "alg", "ES256"),
            (okp, "alg", "ECDH-ES"), (okp, "use", "enc"), (okp, "key_ops", ["deriveKey"]), (okp, "kty", "AKP"),
            (rsa, "alg", "ES256"), (rsa, "alg", "RS512"), (rsa, "alg", "RSA-OAEP"), (rsa, "use", "enc"),
        ] as [(JSONObject, String, JSON)])
    func passesOverWhatItCannotUse(jwk: JSONObject, name: String, value: JSON) throws {
        let usable = changed(Self.okp, "kid", "usable")
        #expect(try parse(changed(jwk, name, value), usable).keys.map(\.kid.rawValue) == ["usable"])
    }

    /// `alg` decides; without it the caller, and for the caller who says nothing RS256.
    @Test(
        arguments: [
            (nil, RSAScheme.pkcs1v15, SignatureAlgorithm.rs256), (nil, .pss, .ps256), ("RS256", .pss, .rs256),
            ("PS256", .pkcs1v15, .ps256), ("RS256", .pkcs1v15, .rs256), ("PS256", .pss, .ps256),
        ] as [(JSON?, RSAScheme, SignatureAlgorithm)])
    func algorithmOfRSAKeys(name: JSON?, scheme: RSAScheme, algorithm: SignatureAlgorithm) throws {
        #expect(try parse(changed(Self.rsa, "alg", name), rsa: scheme).keys.map(\.algorithm) == [algorithm])
    }

    @Test(arguments: [(ec, SignatureAlgorithm.es256), (okp, .edDSA)])
    func algorithmOfOtherKeys(jwk: JSONObject, algorithm: SignatureAlgorithm) throws {
        for scheme in RSAScheme.allCases {
            #expect(try parse(jwk, rsa: scheme).keys.map(\.algorithm) == [algorithm])
        }
        #expect(try parse(changed(jwk, "alg", .string(algorithm.rawValue))).keys.map(\.algorithm) == [algorithm])
    }

    /// RFC 8037 appendix A.3, RFC 7638 section 3.1; the one of the EC key was made by `sha256sum`.
    @Test(
        arguments: [
            (okp, RFC8037.thumbprint), (ec, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"), (rsa, RFC7517.thumbprint),
        ])
    func thumbprints(jwk: JSONObject, thumbprint: String) throws {
        let key = try #require(try parse(jwk).keys.first)
        #expect(key.kid.rawValue == thumbprint)
        #expect(KeyID(thumbprintOf: key.key).rawValue == thumbprint)
        #expect(try parse(changed(jwk, "kid", "own")).keys.first?.kid.rawValue == "own")
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func writesOnlyPublicMembersAndReadsThemBack(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm).verificationKey
        let members: [SignatureAlgorithm: [String]] = [
            .rs256: ["n", "e"], .ps256: ["n", "e"], .es256: ["crv", "x", "y"], .edDSA: ["crv", "x"],
        ]
        #expect(key.jwk.objectValue?.keys == ["kty", "use", "alg", "kid"] + (members[algorithm] ?? []))
        #expect(key.jwk["use"] == "sig")
        #expect(key.jwk["alg"]?.stringValue == algorithm.rawValue)
        #expect(key.jwk["kid"]?.stringValue == key.kid.rawValue)
        let set = JWKSet([key])
        #expect(try JWKSet(parsing: set.json.encoded()) == set)
    }

    /// A set of every kind: each token finds its key.
    @Test
    func oneSetForAll() throws {
        let signers = try SignatureAlgorithm.allCases.map { algorithm in try SigningKey.generate(algorithm) }
        let set = try JWKSet(distinct: signers.map(\.verificationKey))
        let read = try JWKSet(parsing: set.json.encoded())
        #expect(read == set)
        for signer in signers {
            let token = try JWS.sign([1], type: .accessToken, with: signer)
            #expect(try JWS.verify(token, with: read, type: .accessToken).kid == signer.kid)
        }
        #expect(throws: JWTError.missingKeyID) { try JWS.verify(RFC7515.ecToken, with: read) }
    }
}
