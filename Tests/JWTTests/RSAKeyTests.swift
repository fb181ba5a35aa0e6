import JWT
import Testing

struct RSAKeyTests {
    @Test
    func refusesSmallKeys() {
        #expect(throws: JWTError.keyTooSmall) { try RSAPrivateKey(pem: UnusableKeys.privateKeyOf1024Bits) }
        #expect(throws: JWTError.keyTooSmall) { try RSAPublicKey(pem: UnusableKeys.publicKeyOf1024Bits) }
        var modulus = [UInt8](repeating: 0xFF, count: 256)
        modulus[0] = 0x7F
        #expect(throws: JWTError.keyTooSmall) { try RSAPublicKey(modulus: modulus, exponent: [1, 0, 1]) }
        #expect(throws: JWTError.keyTooSmall) { try RSAPublicKey(modulus: [], exponent: [3]) }
        // Zeros in front do not make a key longer.
        let padded = [UInt8](repeating: 0, count: 200) + [UInt8](repeating: 0xFF, count: 128)
        #expect(throws: JWTError.keyTooSmall) { try RSAPublicKey(modulus: padded, exponent: [3]) }
    }

    @Test
    func refusesLargeKeys() {
        let modulus = [UInt8](repeating: 0xFF, count: 1025)
        #expect(throws: JWTError.keyTooLarge) { try RSAPublicKey(modulus: modulus, exponent: [1, 0, 1]) }
    }

    @Test(arguments: [[], [0], [1], [2], [0, 0, 1], [1, 0, 0], [UInt8](repeating: 0xFF, count: 9)] as [[UInt8]])
    func refusesExponents(exponent: [UInt8]) {
        let modulus = [UInt8](repeating: 0xFF, count: 256)
        #expect(throws: JWTError.invalidExponent) { try RSAPublicKey(modulus: modulus, exponent: exponent) }
    }

    @Test
    func refusesEvenModulus() {
        let modulus = [UInt8](repeating: 0xFE, count: 256)
        #expect(throws: JWTError.invalidKey) { try RSAPublicKey(modulus: modulus, exponent: [1, 0, 1]) }
    }

    @Test
    func refusesOtherKinds() throws {
        let key = try RFC7515.privateKey()
        for pem in ["", "nonsense", UnusableKeys.ellipticCurveKey, key.publicKey.pem, String(key.pem.prefix(800))] {
            #expect(throws: JWTError.invalidKey) { try RSAPrivateKey(pem: pem) }
        }
        // A private key is no public one, even where the latter is a part of it.
        for pem in ["", "nonsense", key.pem, UnusableKeys.ellipticCurveKey, String(repeating: " ", count: 100_000)] {
            #expect(throws: JWTError.invalidKey) { try RSAPublicKey(pem: pem) }
        }
    }

    @Test
    func refusesDamagedDER() throws {
        let der = try RFC7515.privateKey().pkcs8
        #expect(throws: JWTError.invalidKey) { try RSAPrivateKey(pkcs8: []) }
        #expect(throws: JWTError.invalidKey) { try RSAPrivateKey(pkcs8: Array(der.dropLast())) }
        #expect(throws: JWTError.invalidKey) { try RSAPrivateKey(pkcs8: der + [0]) }
        #expect(throws: JWTError.invalidKey) {
            try RSAPrivateKey(pkcs8: Array(RFC7515.privateKey().publicKey.pem.utf8))
        }
    }

    /// A public half of another key in front of the private half.
    @Test
    func refusesPartsThatDoNotBelongTogether() throws {
        let key = try RFC7515.privateKey()
        let other = try RSAPrivateKey.generate(.bits2048).publicKey.modulus
        var der = key.pkcs8
        let start = try #require(
            der.indices.first { der[$0...].starts(with: key.publicKey.modulus) }
        )
        der.replaceSubrange(start..<start + other.count, with: other)
        #expect(throws: JWTError.invalidKey) { try RSAPrivateKey(pkcs8: der) }
    }

    @Test
    func refusesForeignAndChangedSignatures() throws {
        let key = try RFC7515.privateKey()
        let message = Array("message".utf8)
        let signature = try key.sign(message)
        let publicKey = key.publicKey
        #expect(publicKey.isValidSignature(signature, for: message))
        #expect(!publicKey.isValidSignature(signature, for: message + [0]))
        #expect(!publicKey.isValidSignature([], for: message))
        #expect(!publicKey.isValidSignature(signature + [0], for: message))
        #expect(!publicKey.isValidSignature([0] + signature, for: message))
        #expect(!publicKey.isValidSignature(Array(signature.dropLast()), for: message))
        for index in stride(from: 0, to: signature.count, by: 17) {
            var changed = signature
            changed[index] ^= 0x10
            #expect(!publicKey.isValidSignature(changed, for: message))
        }
        #expect(try !RSAPrivateKey.generate(.bits2048).publicKey.isValidSignature(signature, for: message))
    }

    @Test(arguments: RSAKeySize.allCases)
    func sizes(size: RSAKeySize) throws {
        let key = try RSAPrivateKey.generate(size)
        #expect(key.publicKey.bitCount == size.rawValue)
        #expect(key.publicKey.exponent == [1, 0, 1])
        let signature = try key.sign([1, 2, 3])
        #expect(signature.count == size.rawValue / 8)
        let again = try RSAPrivateKey(pem: key.pem)
        #expect(try again.sign([1, 2, 3]) == signature)
        #expect(try RSAPrivateKey(pkcs8: key.pkcs8).publicKey == key.publicKey)
        #expect(try RSAPublicKey(pem: key.publicKey.pem) == key.publicKey)
        #expect(key.publicKey.isValidSignature(signature, for: [1, 2, 3]))
    }

    @Test
    func pemInAndOut() throws {
        let key = try RFC7515.privateKey()
        #expect(key.pem == RFC7515.privateKeyPEM)
        #expect(try RSAPrivateKey(pem: RFC7515.traditionalPrivateKeyPEM).pem == RFC7515.privateKeyPEM)
        #expect(key.publicKey.pem.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
    }

    @Test
    func signsOnManyThreadsAtOnce() async throws {
        let key = try RFC7515.privateKey()
        let expected = try key.sign([7])
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy { _ in
                        (try? key.sign([7])) == expected && key.publicKey.isValidSignature(expected, for: [7])
                    }
                }
            }
            for await agreed in group { #expect(agreed) }
        }
    }
}
