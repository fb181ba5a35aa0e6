import JWT
import Testing

struct ECKeyTests {
    /// The order of P-256.
    private static let order = bytes(hex: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    /// The prime of P-256.
    private static let prime = bytes(hex: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")
    private static let zero = [UInt8](repeating: 0, count: 32)

    private let key: ECPrivateKey
    private let message = Array("message".utf8)

    init() throws {
        key = try RFC7515.ecPrivateKey()
    }

    @Test
    func refusesPointsOffTheCurve() {
        let x = key.publicKey.x
        let y = key.publicKey.y
        var changed = y
        changed[31] ^= 1
        let ones: [UInt8] = Self.zero.dropLast() + [1]
        for (x, y) in [
            (x, changed), (y, x), (Self.zero, Self.zero), (Self.zero, ones), (Self.prime, y), (x, Self.prime),
        ] {
            #expect(throws: JWTError.invalidKey) { try ECPublicKey(x: x, y: y) }
        }
    }

    /// Zeros in front belong to a coordinate, and no others.
    @Test
    func refusesOtherLengths() {
        let x = key.publicKey.x
        let y = key.publicKey.y
        for (x, y) in [
            ([], []), ([0] + x, y), (x, [0] + y), (x, y.dropLast()), (x + y.prefix(1), Array(y.dropFirst())),
        ]
            as [([UInt8], [UInt8])]
        {
            #expect(throws: JWTError.invalidKey) { try ECPublicKey(x: x, y: y) }
        }
    }

    @Test
    func refusesOtherKinds() throws {
        let others = try [
            "", "nonsense", RFC7515.privateKeyPEM, RFC8037.privateKey().pem, RFC8037.privateKey().publicKey.pem,
            RFC7515.privateKey().publicKey.pem, String(repeating: " ", count: 100_000),
        ]
        for pem in others + [key.publicKey.pem, String(key.pem.prefix(150))] {
            #expect(throws: JWTError.invalidKey) { try ECPrivateKey(pem: pem) }
        }
        for pem in others + [key.pem] {
            #expect(throws: JWTError.invalidKey) { try ECPublicKey(pem: pem) }
        }
    }

    @Test
    func refusesDamagedDER() throws {
        let der = key.pkcs8
        for damaged in [[], Array(der.dropLast()), der + [0], Array(key.pem.utf8), RFC8037.pkcs8(Self.zero)] {
            #expect(throws: JWTError.invalidKey) { try ECPrivateKey(pkcs8: damaged) }
        }
    }

    /// A scalar outside 1 to n - 1, or of another point.
    @Test
    func refusesScalarsThatDoNotBelong() throws {
        let x = key.publicKey.x
        let y = key.publicKey.y
        let other = try ECPrivateKey.generate().pkcs8.dropFirst(36).prefix(32)
        for d in [Self.zero, Self.order, [UInt8](repeating: 0xFF, count: 32), Array(other)] {
            #expect(throws: JWTError.invalidKey) { try ECPrivateKey(pkcs8: RFC7515.ecPKCS8(d: d, x: x, y: y)) }
        }
    }

    @Test
    func refusesForeignAndChangedSignatures() throws {
        let signature = try key.sign(message)
        let publicKey = key.publicKey
        #expect(signature.count == 64)
        #expect(publicKey.isValidSignature(signature, for: message))
        #expect(!publicKey.isValidSignature(signature, for: message + [0]))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 0x80
            #expect(!publicKey.isValidSignature(changed, for: message))
        }
        #expect(try !ECPrivateKey.generate().publicKey.isValidSignature(signature, for: message))
    }

    @Test
    func refusesOtherLengthsOfSignatures() throws {
        let signature = try key.sign(message)
        let r = Array(signature.prefix(32))
        let s = Array(signature.suffix(32))
        for wrong in [
            [], r, Array(signature.dropLast()), signature + [0], [0] + signature, r + [0] + s, [0] + r + [0] + s,
        ] {
            #expect(!key.publicKey.isValidSignature(wrong, for: message))
        }
    }

    /// What other libraries and `openssl dgst` make, and what a token must not hold.
    @Test
    func refusesDER() throws {
        for _ in 0..<32 {
            let signature = try key.sign(message)
            #expect(!key.publicKey.isValidSignature(DER.signature(signature), for: message))
        }
    }

    @Test
    func refusesNumbersOutOfRange() throws {
        let signature = try key.sign(message)
        let r = Array(signature.prefix(32))
        let s = Array(signature.suffix(32))
        let large = [UInt8](repeating: 0xFF, count: 32)
        for (r, s) in [
            (Self.zero, s), (r, Self.zero), (Self.zero, Self.zero), (Self.order, s), (r, Self.order), (large, large),
            (Self.order, Self.order), (s, r),
        ] {
            #expect(!key.publicKey.isValidSignature(r + s, for: message))
        }
    }

    /// r and s with the high bit, and with zeros in front: where DER and 32 bytes differ in length.
    @Test
    func takesNumbersOfEveryLength() throws {
        var seen = (high: false, short: false)
        var count = 0
        // One number in 256 begins with a zero, so the bound is never reached but by a fault.
        while !(seen.high && seen.short), count < 10_000 {
            let message = Array("\(count)".utf8)
            let signature = try key.sign(message)
            #expect(signature.count == 64)
            #expect(key.publicKey.isValidSignature(signature, for: message))
            if signature[0] >= 0x80 || signature[32] >= 0x80 { seen.high = true }
            if signature[0] == 0 || signature[32] == 0 { seen.short = true }
            count += 1
        }
        #expect(seen.high && seen.short)
    }

    @Test
    func inAndOut() throws {
        #expect(Base64URL.encode(key.publicKey.x) == RFC7515.ecX)
        #expect(Base64URL.encode(key.publicKey.y) == RFC7515.ecY)
        let d = try Base64URL.decode(RFC7515.ecD)
        #expect(Array(key.pkcs8.dropFirst(36).prefix(32)) == d)
        #expect(key.pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(key.publicKey.pem.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
        #expect(try ECPrivateKey(pem: key.pem).pkcs8 == key.pkcs8)
        #expect(try ECPrivateKey(pkcs8: key.pkcs8).publicKey == key.publicKey)
        #expect(try ECPublicKey(pem: key.publicKey.pem) == key.publicKey)
        #expect(try ECPublicKey(x: key.publicKey.x, y: key.publicKey.y) == key.publicKey)
        let one = try ECPrivateKey.generate()
        #expect(try one.publicKey != ECPrivateKey.generate().publicKey)
        #expect(try one.publicKey.isValidSignature(ECPrivateKey(pem: one.pem).sign([]), for: []))
    }

    @Test
    func signsOnManyThreadsAtOnce() async {
        let key = key
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy { _ in
                        guard let signature = try? key.sign([7]) else { return false }
                        return key.publicKey.isValidSignature(signature, for: [7])
                    }
                }
            }
            for await agreed in group { #expect(agreed) }
        }
    }
}
