import JWT
import Testing

struct RedactionTests {
    private struct Holder {
        let key: RSAPrivateKey
        let signing: SigningKey
        let sealing: SealingKey
    }

    @Test
    func secretsDoNotPrint() throws {
        let key = try RFC7515.privateKey()
        let sealing = try SealingKey([UInt8](repeating: 0xA7, count: 32))
        let holder = try Holder(key: key, signing: SigningKey(key), sealing: sealing)
        var dumped = ""
        dump(holder, to: &dumped)
        for text in ["\(holder)", String(reflecting: holder), dumped, "\(key)", "\(sealing)", "\(holder.signing)"] {
            #expect(text.contains("redacted"))
            #expect(!text.contains("167"))
            #expect(!text.contains("0x0"))
        }
        #expect("\(key)" == "RSAPrivateKey(redacted)")
        #expect(String(reflecting: sealing) == "SealingKey(redacted)")
    }

    @Test
    func errorsDescribeThemselves() {
        #expect("\(JWTError.unsignedToken)" == "the token is unsigned (alg none)")
        #expect("\(JWTError.invalidClaim(.expiresAt))" == "the claim exp is malformed")
    }
}
