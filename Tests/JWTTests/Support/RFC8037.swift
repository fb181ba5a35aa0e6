import JWT

/// The examples of RFC 8037, appendices A.1 to A.5.
enum RFC8037 {
    static let d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
    static let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    static let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    static let signingInput = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    static let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    static let token = signingInput + "." + signature

    /// PKCS#8 of an Ed25519 key (RFC 8410 section 7).
    static func pkcs8(_ seed: [UInt8]) -> [UInt8] {
        bytes(hex: "302e020100300506032b657004220420") + seed
    }

    static func privateKey() throws -> Ed25519PrivateKey {
        try Ed25519PrivateKey(pkcs8: pkcs8(Base64URL.decode(d)))
    }
}
