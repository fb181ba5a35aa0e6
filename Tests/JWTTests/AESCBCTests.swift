import Foundation
import JWT
import Testing

@Suite("AES-CBC and SHA-1, for WeChat's own formats")
struct AESCBCTests {
    /// NIST SP 800-38A, F.2.1 and F.2.5.
    @Test(arguments: [
        ("2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"),
        (
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
        ),
    ])
    func publishedVectors(key: String, ciphertext: String) {
        let plaintext = bytes(hex: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
        let iv = bytes(hex: "000102030405060708090a0b0c0d0e0f")
        let found = AESCBC.encrypt(plaintext, key: bytes(hex: key), iv: iv, padding: .none)
        #expect(found == bytes(hex: ciphertext))
        #expect(AESCBC.decrypt(bytes(hex: ciphertext), key: bytes(hex: key), iv: iv, padding: .none) == plaintext)
    }

    @Test(arguments: 0...33)
    func paddedTextsComeBack(length: Int) throws {
        let (key, iv) = ([UInt8](repeating: 7, count: 16), [UInt8](repeating: 9, count: 16))
        let plaintext = [UInt8](repeating: 0x61, count: length)
        let sealed = try #require(AESCBC.encrypt(plaintext, key: key, iv: iv))
        #expect(sealed.count == (length / 16 + 1) * 16)
        #expect(AESCBC.decrypt(sealed, key: key, iv: iv) == plaintext)
    }

    @Test(arguments: [0, 15, 17, 24, 31, 33])
    func keysOfAnotherLengthAreRefused(length: Int) {
        let key = [UInt8](repeating: 1, count: length)
        #expect(AESCBC.encrypt([1], key: key, iv: [UInt8](repeating: 0, count: 16)) == nil)
        #expect(AESCBC.decrypt([UInt8](repeating: 1, count: 16), key: key, iv: [UInt8](repeating: 0, count: 16)) == nil)
    }

    @Test(arguments: [0, 15, 17])
    func otherVectorsThanOneBlockAreRefused(length: Int) {
        let key = [UInt8](repeating: 1, count: 16)
        #expect(AESCBC.encrypt([1], key: key, iv: [UInt8](repeating: 0, count: length)) == nil)
    }

    @Test(arguments: [0, 1, 15, 17])
    func brokenLengthsAndPaddingsAreRefused(length: Int) {
        let (key, iv) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 0, count: 16))
        #expect(AESCBC.decrypt([UInt8](repeating: 3, count: length), key: key, iv: iv) == nil)
        #expect(AESCBC.decrypt([UInt8](repeating: 3, count: 16), key: key, iv: iv) == nil)
        #expect(
            length == 0 || AESCBC.encrypt([UInt8](repeating: 3, count: length), key: key, iv: iv, padding: .none) == nil
        )
    }

    /// FIPS 180-4 examples.
    @Test func sha1() {
        #expect(SHA1.hash("abc".utf8) == bytes(hex: "a9993e364706816aba3e25717850c26c9cd0d89d"))
        #expect(SHA1.hash([]) == bytes(hex: "da39a3ee5e6b4b0d3255bfef95601890afd80709"))
    }
}
