import JWT
import Testing

struct PrimitiveTests {
    /// FIPS 180-4 examples.
    @Test
    func sha256() {
        #expect(
            SHA256.hash([]) == bytes(hex: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        )
        #expect(
            SHA256.hash("abc".utf8)
                == bytes(hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        )
    }

    /// RFC 4231, test cases 1, 2 and 6.
    @Test
    func hmac() {
        #expect(
            HMACSHA256.authenticate("Hi There".utf8, key: [UInt8](repeating: 0x0B, count: 20))
                == bytes(hex: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        )
        #expect(
            HMACSHA256.authenticate("what do ya want for nothing?".utf8, key: Array("Jefe".utf8))
                == bytes(hex: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        )
        #expect(
            HMACSHA256.authenticate(
                "Test Using Larger Than Block-Size Key - Hash Key First".utf8,
                key: [UInt8](repeating: 0xAA, count: 131)
            ) == bytes(hex: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        )
    }

    @Test
    func hmacOfNothing() {
        #expect(
            HMACSHA256.authenticate([], key: [])
                == bytes(hex: "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
        )
    }

    @Test(arguments: [-1, 0, 8161])
    func hkdfRefusesLengths(count: Int) {
        #expect(throws: JWTError.invalidDerivedLength) {
            try HKDF.deriveSHA256(key: [1], salt: [], info: [], count: count)
        }
    }

    /// RFC 5869, appendices A.1, A.2 and A.3.
    @Test
    func hkdf() throws {
        #expect(
            try HKDF.deriveSHA256(
                key: [UInt8](repeating: 0x0B, count: 22),
                salt: bytes(hex: "000102030405060708090a0b0c"),
                info: bytes(hex: "f0f1f2f3f4f5f6f7f8f9"),
                count: 42
            )
                == bytes(
                    hex: """
                        3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865
                        """
                )
        )
        #expect(
            try HKDF.deriveSHA256(
                key: Array(0x00...0x4F),
                salt: Array(0x60...0xAF),
                info: Array(0xB0...0xFF),
                count: 82
            )
                == bytes(
                    hex: """
                        b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09
                        da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87
                        """
                )
        )
        #expect(
            try HKDF.deriveSHA256(key: [UInt8](repeating: 0x0B, count: 22), salt: [], info: [], count: 42)
                == bytes(
                    hex: """
                        8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8
                        """
                )
        )
    }

    @Test
    func constantTimeComparison() {
        #expect(!ConstantTime.equals([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equals([1, 2, 3], [1, 2]))
        #expect(!ConstantTime.equals([], [0]))
        #expect(ConstantTime.equals([1, 2, 3], [1, 2, 3]))
        #expect(ConstantTime.equals([], []))
    }

    @Test
    func randomBytesDiffer() {
        #expect(SecureRandom.bytes(-1).isEmpty)
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(Set((0..<100).map { _ in SecureRandom.bytes(16) }).count == 100)
    }
}
