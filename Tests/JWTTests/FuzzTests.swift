import JWT
import Testing

/// A few thousand damaged inputs for each parser: none may crash, and what is taken must hold.
struct FuzzTests {
    private static let iterations = 4000

    @Test
    func tokens() throws {
        let signing = try SigningKey(RFC7515.privateKey())
        let keys = JWKSet([signing.verificationKey])
        let token = Array(try JWS.sign(Array(#"{"sub":"1"}"#.utf8), type: .jwt, with: signing).utf8)
        var generator = SplitMix64(seed: 1)
        var refused = 0
        for _ in 0..<Self.iterations {
            let changed = generator.mutate(token)
            let text = String(decoding: changed, as: UTF8.self)
            guard let jws = try? JWS.verify(text, with: keys) else {
                refused += 1
                continue
            }
            #expect(changed == token, "a changed token was taken")
            #expect(jws.payload == Array(#"{"sub":"1"}"#.utf8))
        }
        #expect(refused > Self.iterations * 9 / 10)
    }

    /// Damage inside the header's JSON, which damage to its base64 rarely reaches.
    @Test
    func headers() throws {
        let signing = try SigningKey(RFC7515.privateKey())
        let keys = JWKSet([signing.verificationKey])
        let parts = try JWS.sign([1], type: .jwt, with: signing).split(separator: ".")
        let header = try Base64URL.decode(parts[0])
        var generator = SplitMix64(seed: 2)
        for _ in 0..<Self.iterations {
            let changed = generator.mutate(header)
            let token = "\(Base64URL.encode(changed)).\(parts[1]).\(parts[2])"
            if (try? JWS.verify(token, with: keys)) != nil { #expect(changed == header) }
        }
    }

    @Test
    func json() throws {
        let document = Array(
            #"""
            {"a":[1,-2.5e-3,true,false,null,{"b":{}}],"c":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00微",
            "":"\u0000","d":[[[[]]]]}
            """#.utf8
        )
        var generator = SplitMix64(seed: 3)
        var taken = 0
        for _ in 0..<Self.iterations {
            guard let value = try? JSON.parse(generator.mutate(document)) else { continue }
            taken += 1
            #expect(try JSON.parse(value.encoded()) == value)
        }
        #expect(taken > 0)
    }

    @Test
    func base64URL() {
        var generator = SplitMix64(seed: 4)
        for count in 0..<Self.iterations {
            let original = Base64URL.encode(
                (0..<count % 40).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
            let text = String(decoding: generator.mutate(Array(original.utf8)), as: UTF8.self)
            guard let bytes = try? Base64URL.decode(text) else { continue }
            #expect(Base64URL.encode(bytes) == text, "one spelling only")
        }
    }

    @Test
    func keySets() {
        var generator = SplitMix64(seed: 5)
        for _ in 0..<Self.iterations {
            let changed = generator.mutate(Array(RFC7517.keySet.utf8))
            guard let set = try? JWKSet(parsing: changed) else { continue }
            // The key for encryption counts when its `use` is damaged.
            #expect(set.keys.count <= 2)
            #expect((try? JWKSet(parsing: set.json.encoded())) == set)
        }
    }

    @Test
    func privateKeys() throws {
        let key = try RFC7515.privateKey()
        let der = key.pkcs8
        var generator = SplitMix64(seed: 6)
        for _ in 0..<500 {
            guard let read = try? RSAPrivateKey(pkcs8: generator.mutate(der)) else { continue }
            #expect(read.publicKey.isValidSignature(try read.sign([1]), for: [1]))
        }
    }

    @Test(arguments: [SignatureAlgorithm.es256, .edDSA])
    func otherPrivateKeys(algorithm: SignatureAlgorithm) throws {
        let der = algorithm == .es256 ? try RFC7515.ecPrivateKey().pkcs8 : try RFC8037.privateKey().pkcs8
        var generator = SplitMix64(seed: 8)
        var taken = 0
        for _ in 0..<500 {
            let changed = generator.mutate(der)
            if let read = try? ECPrivateKey(pkcs8: changed) {
                taken += 1
                #expect(read.publicKey.isValidSignature(try read.sign([1]), for: [1]))
            }
            if let read = try? Ed25519PrivateKey(pkcs8: changed) {
                taken += 1
                #expect(read.publicKey.isValidSignature(try read.sign([1]), for: [1]))
            }
        }
        #expect(taken < 500)
    }

    /// Damaged points are almost never on the curve, and never crash.
    @Test
    func points() throws {
        let key = try RFC7515.ecPrivateKey().publicKey
        var generator = SplitMix64(seed: 9)
        for _ in 0..<500 {
            let x = generator.mutate(key.x)
            if let read = try? ECPublicKey(x: x, y: key.y) { #expect(read == key) }
            if let read = try? Ed25519PublicKey(x) { #expect(read.bytes == x) }
        }
    }

    /// A changed signature is refused, but for the second one that ECDSA has.
    @Test(arguments: SignatureAlgorithm.allCases)
    func signatures(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm)
        let signature = try key.sign([1])
        var generator = SplitMix64(seed: 10)
        for _ in 0..<500 {
            let changed = generator.mutate(signature)
            #expect(key.verificationKey.isValidSignature(changed, for: [1]) == (changed == signature))
        }
    }

    @Test
    func sealedBytes() throws {
        let key = try SealingKey([UInt8](repeating: 9, count: 32))
        let sealed = try key.seal(Array("secret".utf8), context: "c")
        var generator = SplitMix64(seed: 7)
        for _ in 0..<Self.iterations {
            let changed = generator.mutate(sealed)
            if (try? key.open(changed, context: "c")) != nil { #expect(changed == sealed) }
        }
    }
}
