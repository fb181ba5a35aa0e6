import Foundation
import JWT
import Testing

/// What the `openssl` program makes, we read, and the other way round.
@Suite(.enabled(if: OpenSSLTool.isHere, "there is no openssl program at /usr/bin/openssl"))
struct OpenSSLToolTests {
    @Test
    func refusesEncryptedKeysWithoutAsking() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        try tool.write("key.pem", RFC7515.privateKeyPEM)
        let encrypted = try tool.run("pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:secret")
        #expect(encrypted.output.contains("BEGIN ENCRYPTED PRIVATE KEY"))
        #expect(throws: JWTError.invalidKey) { try RSAPrivateKey(pem: encrypted.output) }
        let traditional = try tool.run("rsa", "-in", "key.pem", "-traditional", "-aes128", "-passout", "pass:secret")
        #expect(traditional.output.contains("ENCRYPTED"))
        #expect(throws: JWTError.invalidKey) { try RSAPrivateKey(pem: traditional.output) }
    }

    @Test
    func refusesKeysForPSSOnly() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try tool.run("genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048")
        #expect(key.output.contains("BEGIN PRIVATE KEY"))
        #expect(throws: JWTError.invalidKey) { try RSAPrivateKey(pem: key.output) }
    }

    @Test
    func weReadOlderForms() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try RFC7515.privateKey()
        try tool.write("key.pem", RFC7515.privateKeyPEM)
        #expect(try tool.run("rsa", "-in", "key.pem", "-traditional", "-outform", "DER", "-out", "key.der").status == 0)
        let der = try tool.read("key.der")
        #expect(try RSAPrivateKey(pkcs8: der).pem == key.pem)
        #expect(throws: JWTError.invalidKey) { try RSAPrivateKey(pkcs8: der + [0]) }
        let publicKey = try tool.run("rsa", "-in", "key.pem", "-RSAPublicKey_out").output
        #expect(publicKey.contains("BEGIN RSA PUBLIC KEY"))
        #expect(try RSAPublicKey(pem: publicKey) == key.publicKey)
    }

    @Test
    func itVerifiesWhatWeSign() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try RSAPrivateKey.generate(.bits2048)
        try tool.write("public.pem", key.publicKey.pem)
        try tool.write("message", "message")
        try tool.write("signature", key.sign(Array("message".utf8)))
        let verify = ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "message"]
        #expect(try tool.run(verify).status == 0)
        try tool.write("message", "another")
        #expect(try tool.run(verify).status != 0)
    }

    @Test
    func weReadTheKeysItMakes() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try RSAPrivateKey(pem: tool.run("genrsa", "2048").output)
        try tool.write("key.pem", key.pem)
        #expect(try tool.run("pkey", "-in", "key.pem", "-pubout").output == key.publicKey.pem)
        #expect(try tool.run("rsa", "-in", "key.pem", "-check", "-noout").status == 0)
    }
}
