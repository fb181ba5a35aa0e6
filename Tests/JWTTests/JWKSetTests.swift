import JWT
import Testing

struct JWKSetTests {
    private static let key: JSON = ["kty": "RSA", "n": .string(RFC7517.modulus), "e": "AQAB"]

    private func parse(_ keys: [JSON]) throws(JWTError) -> JWKSet {
        try JWKSet(parsing: JSON.object(["keys": .array(keys)]).encoded())
    }

    private func jwk(_ changes: [(String, JSON?)]) -> JSON {
        var members = Self.key.objectValue ?? [:]
        for (name, value) in changes { members[name] = value }
        return .object(members)
    }

    @Test(arguments: ["{}", "[]", "null", #"{"keys":{}}"#, #"{"keys":[1]}"#, #"{"keys":null}"#, #"{"keys":[[]]}"#])
    func refusesWhatIsNoKeySet(text: String) {
        #expect(throws: JWTError.invalidKeySet) { try JWKSet(parsing: text.utf8) }
    }

    @Test
    func refusesOversizedSets() throws {
        let many = [JSON](repeating: ["kty": "AKP"], count: JWKSet.maximumKeys + 1)
        #expect(throws: JWTError.invalidKeySet) { try parse(many) }
        #expect(try parse(Array(many.dropLast())).keys.isEmpty)
        let long = [UInt8](repeating: 0x20, count: JWKSet.maximumLength + 1)
        #expect(throws: JWTError.invalidKeySet) { try JWKSet(parsing: long) }
    }

    @Test(arguments: ["d", "p", "q", "dp", "dq", "qi", "oth"])
    func refusesPrivateParts(name: String) {
        #expect(throws: JWTError.privateKeyInSet) { try parse([jwk([(name, "AQAB")])]) }
        #expect(throws: JWTError.privateKeyInSet) { try parse([.object(["kty": "EC", name: "AQ"])]) }
    }

    @Test
    func refusesSymmetricKeys() {
        #expect(throws: JWTError.symmetricKeyInSet) { try parse([["kty": "oct", "k": "AQAB"]]) }
        #expect(throws: JWTError.symmetricKeyInSet) { try parse([["kty": "oct"]]) }
        #expect(throws: JWTError.symmetricKeyInSet) { try parse([jwk([("k", "AQAB")])]) }
    }

    @Test
    func refusesDuplicateIdentifiers() {
        #expect(throws: JWTError.duplicateKeyID) { try parse([jwk([("kid", "a")]), jwk([("kid", "a")])]) }
        #expect(throws: JWTError.duplicateKeyID) { try parse([Self.key, Self.key]) }
        #expect(throws: JWTError.duplicateMember) {
            try JWKSet(parsing: #"{"keys":[{"kty":"EC","kid":"a","kid":"b"}]}"#.utf8)
        }
    }

    @Test(
        arguments: [
            ("kty", nil), ("kty", 1), ("n", nil), ("n", 5), ("n", "AB=="), ("e", nil), ("e", "AQ AB"), ("kid", 7),
            ("use", 1), ("alg", true), ("key_ops", "verify"),
        ] as [(String, JSON?)])
    func refusesMalformedMembers(name: String, value: JSON?) {
        #expect(throws: JWTError.invalidJWK) { try parse([jwk([(name, value)])]) }
    }

    @Test(
        arguments: [
            ("kty", "AKP"), ("kty", "rsa"), ("use", "enc"), ("alg", "RS384"), ("alg", "PS512"), ("alg", "ES256"),
            ("alg", "EdDSA"), ("alg", "HS256"),
            ("alg", "none"), ("key_ops", ["encrypt"]), ("key_ops", []), ("e", "AQ"), ("e", "AAAA"),
            ("n", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"),
        ] as [(String, JSON)])
    func passesOverWhatItCannotUse(name: String, value: JSON) throws {
        #expect(try parse([jwk([(name, value)])]).keys.isEmpty)
    }

    @Test(
        arguments: [[], [("alg", "RS256")], [("use", "sig")], [("key_ops", ["verify"])], [("x5t", "zz")]]
            as [[(String, JSON?)]])
    func takesRSAKeysForRS256(changes: [(String, JSON?)]) throws {
        let set = try parse([jwk(changes)])
        #expect(set.keys.map(\.algorithm) == [.rs256])
        #expect(set[KeyID(rawValue: RFC7517.thumbprint)] != nil)
    }

    /// RFC 7517 appendix A.1: the EC key is for encryption, and not of our kind.
    @Test
    func theExampleOfTheRFC() throws {
        let set = try JWKSet(parsing: RFC7517.keySet.utf8)
        #expect(set.keys.count == 1)
        let key = try #require(set[KeyID(rawValue: "2011-04-29")])
        #expect(key.jwk["n"]?.stringValue == RFC7517.modulus)
        #expect(key.jwk["e"] == "AQAB")
        #expect(set[KeyID(rawValue: "1")] == nil)
    }

    /// RFC 7638 section 3.1.
    @Test
    func theThumbprintOfTheRFC() throws {
        let key = try RSAPublicKey(modulus: Base64URL.decode(RFC7517.modulus), exponent: [1, 0, 1])
        #expect(KeyID(thumbprintOf: key).rawValue == RFC7517.thumbprint)
        #expect(VerificationKey(key).kid.rawValue == RFC7517.thumbprint)
    }

    @Test
    func writesOnlyPublicMembersAndReadsThemBack() throws {
        let key = try SigningKey(RFC7515.privateKey()).verificationKey
        let set = JWKSet([key, key])
        #expect(set.keys == [key])
        #expect(key.jwk.objectValue?.keys == ["kty", "use", "alg", "kid", "n", "e"])
        #expect(key.jwk["use"] == "sig")
        #expect(key.jwk["alg"] == "RS256")
        #expect(try JWKSet(parsing: set.json.encoded()) == set)
    }
}
