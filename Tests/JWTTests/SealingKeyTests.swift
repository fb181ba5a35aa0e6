import JWT
import Testing

struct SealingKeyTests {
    private let secret = [UInt8](0..<32)

    @Test(arguments: [0, 16, 31, 33, 64])
    func refusesKeysOfOtherLengths(count: Int) {
        #expect(throws: JWTError.invalidSealingKey) { try SealingKey([UInt8](repeating: 1, count: count)) }
    }

    @Test
    func refusesEveryChangedBit() throws {
        let key = try SealingKey(secret)
        let sealed = try key.seal(Array("app secret".utf8), context: "connections/1")
        for bit in 0..<sealed.count * 8 {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: JWTError.unsealingFailed) { try key.open(changed, context: "connections/1") }
        }
    }

    @Test
    func refusesEveryOtherLength() throws {
        let key = try SealingKey(secret)
        let sealed = try key.seal(Array("app secret".utf8), context: "")
        for count in 0..<sealed.count {
            #expect(throws: JWTError.unsealingFailed) { try key.open(Array(sealed.prefix(count)), context: "") }
        }
        #expect(throws: JWTError.unsealingFailed) { try key.open(sealed + [0], context: "") }
    }

    @Test
    func refusesAnotherContextAndAnotherKey() throws {
        let key = try SealingKey(secret)
        let sealed = try key.seal([1, 2, 3], context: "users/1")
        #expect(throws: JWTError.unsealingFailed) { try key.open(sealed, context: "users/2") }
        #expect(throws: JWTError.unsealingFailed) { try key.open(sealed, context: "") }
        #expect(throws: JWTError.unsealingFailed) {
            try SealingKey(secret.reversed()).open(sealed, context: "users/1")
        }
    }

    @Test
    func refusesTooMuchAtOnce() throws {
        let plaintext = [UInt8](repeating: 0, count: SealingKey.maximumPlaintextLength + 1)
        #expect(throws: JWTError.plaintextTooLarge) { try SealingKey(secret).seal(plaintext, context: "") }
    }

    @Test(arguments: [0, 1, 15, 16, 17, 100_000])
    func opensWhatItSealed(count: Int) throws {
        let key = try SealingKey(secret)
        let plaintext = SecureRandom.bytes(count)
        let sealed = try key.seal(plaintext, context: "表/1")
        #expect(sealed.count == count + 28)
        #expect(try key.open(sealed, context: "表/1") == plaintext)
        #expect(try key.seal(plaintext, context: "表/1") != sealed)
    }

    /// Test case 14 of the GCM specification: nothing associated, one block of zeros.
    @Test
    func opensThePublishedExample() throws {
        let key = try SealingKey([UInt8](repeating: 0, count: 32))
        let sealed =
            [UInt8](repeating: 0, count: 12)
            + bytes(hex: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
        #expect(try key.open(sealed, context: "") == [UInt8](repeating: 0, count: 16))
    }
}
