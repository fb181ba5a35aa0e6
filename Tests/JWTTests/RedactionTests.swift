import JWT
import Testing

struct RedactionTests {
    private struct Holder {
        let key: RSAPrivateKey
        let signing: SigningKey
        let sealing: SealingKey
        let ec: ECPrivateKey
        let ed25519: Ed25519PrivateKey
        let bound: [SigningKey.PrivateKey]
    }

    @Test
    func secretsDoNotPrint() throws {
        let key = try RFC7515.privateKey()
        let sealing = try SealingKey([UInt8](repeating: 0xA7, count: 32))
        let ec = try RFC7515.ecPrivateKey()
        let ed25519 = try RFC8037.privateKey()
        let holder = try Holder(
            key: key, signing: SigningKey(key), sealing: sealing, ec: ec, ed25519: ed25519,
            bound: [.rs256(key), .ps256(key), .es256(ec), .edDSA(ed25519)]
        )
        var dumped = ""
        dump(holder, to: &dumped)
        for text in [
            "\(holder)", String(reflecting: holder), dumped, "\(key)", "\(sealing)", "\(holder.signing)", "\(ec)",
            "\(ed25519)", "\(holder.bound[2])", "\(holder.bound[3])",
        ] {
            #expect(text.contains("redacted"))
            #expect(!text.contains("167"))
            #expect(!text.contains("0x0"))
        }
        #expect("\(key)" == "RSAPrivateKey(redacted)")
        #expect("\(ec)" == "ECPrivateKey(redacted)")
        #expect(String(reflecting: ed25519) == "Ed25519PrivateKey(redacted)")
        #expect(String(reflecting: sealing) == "SealingKey(redacted)")
    }

    @Test
    func errorsDescribeThemselves() {
        #expect("\(JWTError.unsignedToken)" == "the token is unsigned (alg none)")
        #expect("\(JWTError.invalidClaim(.expiresAt))" == "the claim exp is malformed")
    }
}
