import JWT
import Testing

struct Ed25519KeyTests {
    /// Points of order 1, 2, 4 and 8, and their encodings that are not canonical.
    static let smallOrder = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ]
    /// The order of the group, little-endian as S is.
    private static let order = bytes(hex: "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")

    private let key: Ed25519PrivateKey
    private let message = Array("message".utf8)

    init() throws {
        key = try RFC8037.privateKey()
    }

    @Test(arguments: smallOrder)
    func refusesSmallOrder(hex: String) {
        let point = bytes(hex: hex)
        #expect(throws: JWTError.invalidKey) { try Ed25519PublicKey(point) }
        let info = bytes(hex: "302a300506032b6570032100") + point
        #expect(throws: JWTError.invalidKey) { try Ed25519PublicKey(pem: PEM.text("PUBLIC KEY", info)) }
    }

    /// No x goes with the y of 2, 7 and 8, one does with 3 and 4; and p + 3 is not the canonical form of 3.
    @Test
    func refusesWhatIsNoPoint() throws {
        let zeros = [UInt8](repeating: 0, count: 31)
        for y in [2, 7, 8, 11, 12, 13] as [UInt8] {
            for sign in [0, 0x80] as [UInt8] {
                #expect(throws: JWTError.invalidKey) { try Ed25519PublicKey([y] + zeros.dropLast() + [sign]) }
            }
        }
        for y in [3, 4, 5, 6, 9, 10] as [UInt8] {
            #expect(try Ed25519PublicKey([y] + zeros).bytes == [y] + zeros)
        }
        let overflow = [0xF0] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        #expect(throws: JWTError.invalidKey) { try Ed25519PublicKey(overflow) }
    }

    @Test
    func refusesOtherLengths() {
        let bytes = key.publicKey.bytes
        for wrong in [[], Array(bytes.dropLast()), bytes + [0], bytes + bytes] {
            #expect(throws: JWTError.invalidKey) { try Ed25519PublicKey(wrong) }
        }
    }

    @Test
    func refusesOtherKinds() throws {
        let others = try [
            "", "nonsense", RFC7515.privateKeyPEM, RFC7515.ecPrivateKey().pem, RFC7515.ecPrivateKey().publicKey.pem,
            String(repeating: " ", count: 100_000),
        ]
        for pem in others + [key.publicKey.pem] {
            #expect(throws: JWTError.invalidKey) { try Ed25519PrivateKey(pem: pem) }
        }
        for pem in others + [key.pem] {
            #expect(throws: JWTError.invalidKey) { try Ed25519PublicKey(pem: pem) }
        }
    }

    @Test
    func refusesDamagedDER() throws {
        let der = key.pkcs8
        for damaged in try [[], Array(der.dropLast()), der + [0], RFC7515.ecPrivateKey().pkcs8] {
            #expect(throws: JWTError.invalidKey) { try Ed25519PrivateKey(pkcs8: damaged) }
        }
    }

    @Test
    func refusesForeignAndChangedSignatures() throws {
        let signature = try key.sign(message)
        let publicKey = key.publicKey
        #expect(publicKey.isValidSignature(signature, for: message))
        #expect(!publicKey.isValidSignature(signature, for: message + [0]))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            #expect(!publicKey.isValidSignature(changed, for: message))
        }
        for wrong in [[], Array(signature.dropLast()), signature + [0], [0] + signature] {
            #expect(!publicKey.isValidSignature(wrong, for: message))
        }
        #expect(try !Ed25519PrivateKey.generate().publicKey.isValidSignature(signature, for: message))
    }

    /// S plus the order fits the equation just as well; RFC 8032 section 5.1.7 refuses it.
    @Test
    func refusesMalleableS() throws {
        let signature = try key.sign(message)
        var changed = signature
        var carry = 0
        for index in 0..<32 {
            carry += Int(signature[32 + index]) + Int(Self.order[index])
            changed[32 + index] = UInt8(carry & 0xFF)
            carry >>= 8
        }
        #expect(carry == 0)
        #expect(!key.publicKey.isValidSignature(changed, for: message))
    }

    /// RFC 8037 appendix A.4.
    @Test
    func theExampleOfTheRFC() throws {
        #expect(try Base64URL.encode(key.sign(Array(RFC8037.signingInput.utf8))) == RFC8037.signature)
        #expect(Base64URL.encode(key.publicKey.bytes) == RFC8037.x)
    }

    @Test
    func inAndOut() throws {
        #expect(try key.pkcs8 == RFC8037.pkcs8(Base64URL.decode(RFC8037.d)))
        #expect(key.pem == PEM.text("PRIVATE KEY", key.pkcs8))
        #expect(try Ed25519PrivateKey(pem: key.pem).pkcs8 == key.pkcs8)
        #expect(try Ed25519PublicKey(pem: key.publicKey.pem) == key.publicKey)
        #expect(try Ed25519PublicKey(key.publicKey.bytes) == key.publicKey)
        let one = try Ed25519PrivateKey.generate()
        #expect(try one.publicKey != Ed25519PrivateKey.generate().publicKey)
        #expect(try one.sign(message) == Ed25519PrivateKey(pem: one.pem).sign(message))
    }

    @Test
    func signsOnManyThreadsAtOnce() async throws {
        let key = key
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
