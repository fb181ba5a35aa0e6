import Foundation
import JWT
import Testing

struct Base64URLTests {
    @Test(arguments: [
        "A", "AAAAA", "AA==", "Zm8=", "Zg==", "Zm9v\n", " Zm9v", "Zm+v", "Zm/v", "Zm.v", "Zmé", "\u{0}AAA",
    ])
    func refusesWhatIsNotBase64URL(text: String) {
        #expect(throws: JWTError.invalidBase64URL) { try Base64URL.decode(text) }
    }

    @Test(arguments: ["AB", "Zh", "AAB", "Zm9vZh", "Zm9", "__"])
    func refusesUnusedBits(text: String) {
        #expect(throws: JWTError.nonCanonicalBase64URL) { try Base64URL.decode(text) }
    }

    /// RFC 4648 section 10, without padding.
    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ("foobar", "Zm9vYmFy"),
    ])
    func knownStrings(plain: String, encoded: String) throws {
        #expect(Base64URL.encode(plain.utf8) == encoded)
        #expect(try Base64URL.decode(encoded) == Array(plain.utf8))
    }

    @Test
    func agreesWithFoundation() throws {
        for count in 0..<200 {
            let bytes = SecureRandom.bytes(count)
            let expected = Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
                .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
            #expect(Base64URL.encode(bytes) == expected)
            #expect(try Base64URL.decode(expected[...]) == bytes)
        }
    }

    /// Of all strings of two characters exactly the 256 spellings of one byte are taken.
    @Test
    func everyByteHasOneSpelling() {
        let characters = (0..<128).map { String(UnicodeScalar(UInt8($0))) }
        var taken = 0
        for first in characters {
            for second in characters where (try? Base64URL.decode(first + second)) != nil { taken += 1 }
        }
        #expect(taken == 256)
    }
}
