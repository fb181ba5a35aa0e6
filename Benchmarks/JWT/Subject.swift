import JWT

/// What is measured: a key of one algorithm, alone and in tokens.
struct Subject {
    let algorithm: SignatureAlgorithm
    /// The name of the nearest thing that `openssl speed` measures.
    let reference: String
    private let key: SigningKey
    private let keys: JWKSet
    private let payload: [UInt8]
    private let token: String
    private let message: [UInt8]
    private let signature: [UInt8]

    init(_ algorithm: SignatureAlgorithm, reference: String, payload: [UInt8]) throws {
        self.algorithm = algorithm
        self.reference = reference
        self.payload = payload
        key = try SigningKey.generate(algorithm)
        keys = JWKSet([key.verificationKey])
        token = try JWS.sign(payload, type: .jwt, with: key)
        message = Array(token.utf8.prefix { $0 != UInt8(ascii: ".") })
        signature = try key.sign(message)
    }

    /// Operations per second, in the order of ``names``.
    func rates(seconds: Double) throws -> [Double] {
        [
            try rate(seconds: seconds) { _ = try key.sign(message) },
            try rate(seconds: seconds) { _ = try JWS.sign(payload, type: .jwt, with: key) },
            rate(seconds: seconds) { precondition(key.verificationKey.isValidSignature(signature, for: message)) },
            try rate(seconds: seconds) { _ = try JWS.verify(token, with: keys, type: .jwt) },
        ]
    }

    static let names = ["sign", "JWS.sign", "verify", "JWS.verify"]

    /// Which of the reference's numbers each rate goes beside.
    static func reference(_ speed: OpenSSLSpeed, at index: Int) -> Double {
        index < 2 ? speed.signatures : speed.verifications
    }
}
