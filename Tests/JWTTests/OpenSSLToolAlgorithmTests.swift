import Foundation
import JWT
import Testing

/// ES256, EdDSA and PS256 beside the `openssl` program, both ways.
@Suite(.enabled(if: OpenSSLTool.isHere, "there is no openssl program at /usr/bin/openssl"))
struct OpenSSLToolAlgorithmTests {
    private let message = Array("message".utf8)

    @Test(arguments: [SignatureAlgorithm.es256, .edDSA])
    func refusesEncryptedKeysWithoutAsking(algorithm: SignatureAlgorithm) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        try tool.write("key.pem", SigningKey.generate(algorithm).pem)
        let encrypted = try tool.run("pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:secret")
        #expect(encrypted.output.contains("BEGIN ENCRYPTED PRIVATE KEY"))
        #expect(throws: JWTError.invalidKey) { try SigningKey(algorithm: algorithm, pem: encrypted.output) }
    }

    @Test(arguments: ["P-384", "secp256k1", "P-521", "brainpoolP256r1"])
    func refusesOtherCurves(curve: String) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try tool.run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve).output
        #expect(key.contains("BEGIN PRIVATE KEY"))
        #expect(throws: JWTError.invalidKey) { try ECPrivateKey(pem: key) }
        try tool.write("key.pem", key)
        let publicKey = try tool.run("pkey", "-in", "key.pem", "-pubout").output
        #expect(publicKey.contains("BEGIN PUBLIC KEY"))
        #expect(throws: JWTError.invalidKey) { try ECPublicKey(pem: publicKey) }
    }

    /// The curve by its numbers, among which an attacker could choose the generator (RFC 5480 section 2.1.1).
    @Test
    func refusesParametersInPlaceOfTheName() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try tool.run(
            "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"
        ).output
        #expect(key.contains("BEGIN PRIVATE KEY"))
        #expect(throws: JWTError.invalidKey) { try ECPrivateKey(pem: key) }
        try tool.write("key.pem", key)
        let publicKey = try tool.run("pkey", "-in", "key.pem", "-pubout").output
        #expect(publicKey.count > 300)
        #expect(throws: JWTError.invalidKey) { try ECPublicKey(pem: publicKey) }
    }

    @Test(arguments: ["compressed", "hybrid"])
    func refusesOtherFormsOfPoints(form: String) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        try tool.write("key.pem", RFC7515.ecPrivateKey().pem)
        let publicKey = try tool.run("ec", "-in", "key.pem", "-pubout", "-conv_form", form).output
        #expect(publicKey.contains("BEGIN PUBLIC KEY"))
        #expect(throws: JWTError.invalidKey) { try ECPublicKey(pem: publicKey) }
    }

    @Test(arguments: ["X25519", "Ed448", "X448"])
    func refusesOtherEdwardsKeys(kind: String) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try tool.run("genpkey", "-algorithm", kind).output
        #expect(key.contains("BEGIN PRIVATE KEY"))
        #expect(throws: JWTError.invalidKey) { try Ed25519PrivateKey(pem: key) }
    }

    /// RFC 7518 section 3.5 wants a salt of 32 bytes and MGF1 with SHA-256, neither more nor less.
    @Test(
        arguments: [
            ("20", "sha256"), ("31", "sha256"), ("33", "sha256"), ("max", "sha256"), ("0", "sha256"), ("32", "sha1"),
        ])
    func refusesOtherFormsOfPSS(salt: String, mask: String) throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try RFC7515.privateKey()
        let signature = try sign(tool, RFC7515.privateKeyPEM, salt: salt, mask: mask)
        #expect(signature.count == 256)
        #expect(!key.publicKey.isValidSignature(signature, for: message, by: .pss))
    }

    @Test
    func weVerifyItsPSS() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try RFC7515.privateKey()
        let signature = try sign(tool, RFC7515.privateKeyPEM, salt: "32", mask: "sha256")
        #expect(key.publicKey.isValidSignature(signature, for: message, by: .pss))
        #expect(!key.publicKey.isValidSignature(signature, for: message + [0], by: .pss))
        #expect(!key.publicKey.isValidSignature(signature, for: message))
    }

    @Test
    func itVerifiesOurPSS() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let key = try RFC7515.privateKey()
        try tool.write("public.pem", key.publicKey.pem)
        try tool.write("message", message)
        try tool.write("signature", key.sign(message, by: .pss))
        let verify =
            ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature"] + options("32", "sha256") + [
                "message"
            ]
        #expect(try tool.run(verify).status == 0)
        try tool.write("signature", key.sign(message))
        #expect(try tool.run(verify).status != 0)
    }

    @Test
    func es256() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let made = try tool.run("ecparam", "-name", "prime256v1", "-genkey", "-noout").output
        #expect(made.hasPrefix("-----BEGIN EC PRIVATE KEY"))
        let key = try ECPrivateKey(pem: made)
        try tool.write("key.pem", key.pem)
        #expect(try tool.run("pkey", "-in", "key.pem", "-check", "-noout").status == 0)
        let publicKey = try tool.run("pkey", "-in", "key.pem", "-pubout").output
        #expect(publicKey == key.publicKey.pem)
        try tool.write("public.pem", publicKey)
        try tool.write("message", message)
        #expect(try tool.run("dgst", "-sha256", "-sign", "key.pem", "-out", "signature", "message").status == 0)
        let signature = try DER.numbers(tool.read("signature"))
        #expect(key.publicKey.isValidSignature(signature, for: message))
        #expect(!key.publicKey.isValidSignature(signature, for: message + [0]))
        let verify = ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "message"]
        try tool.write("signature", DER.signature(key.sign(message)))
        #expect(try tool.run(verify).status == 0)
        try tool.write("signature", DER.signature(key.sign(message + [0])))
        #expect(try tool.run(verify).status != 0)
    }

    @Test
    func edDSA() throws {
        let tool = try OpenSSLTool()
        defer { tool.remove() }
        let made = try tool.run("genpkey", "-algorithm", "ED25519").output
        let key = try Ed25519PrivateKey(pem: made)
        #expect(key.pem == made)
        try tool.write("key.pem", key.pem)
        let publicKey = try tool.run("pkey", "-in", "key.pem", "-pubout").output
        #expect(publicKey == key.publicKey.pem)
        try tool.write("public.pem", publicKey)
        try tool.write("message", message)
        let sign = ["pkeyutl", "-sign", "-rawin", "-inkey", "key.pem", "-in", "message", "-out", "signature"]
        #expect(try tool.run(sign).status == 0)
        let signature = try tool.read("signature")
        #expect(try key.sign(message) == signature)
        #expect(key.publicKey.isValidSignature(signature, for: message))
        let verify = [
            "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "public.pem", "-in", "message", "-sigfile", "signature",
        ]
        try tool.write("signature", key.sign(message))
        #expect(try tool.run(verify).status == 0)
        try tool.write("signature", key.sign(message + [0]))
        #expect(try tool.run(verify).status != 0)
    }

    private func options(_ salt: String, _ mask: String) -> [String] {
        [
            "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:" + salt, "-sigopt", "rsa_mgf1_md:" + mask,
        ]
    }

    private func sign(_ tool: OpenSSLTool, _ pem: String, salt: String, mask: String) throws -> [UInt8] {
        try tool.write("key.pem", pem)
        try tool.write("message", message)
        let arguments = ["dgst", "-sha256", "-sign", "key.pem", "-out", "signature"] + options(salt, mask)
        #expect(try tool.run(arguments + ["message"]).status == 0)
        return try tool.read("signature")
    }
}
