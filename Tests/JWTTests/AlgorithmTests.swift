import JWT
import Testing

/// A key has one algorithm; tokens of any other are refused, however well they are signed.
struct AlgorithmTests {
    private static let pairs = SignatureAlgorithm.allCases.flatMap { key in
        SignatureAlgorithm.allCases.filter { $0 != key }.map { (key, $0) }
    }

    private let rsa: RSAPrivateKey
    private let keys: [SignatureAlgorithm: SigningKey]

    init() throws {
        rsa = try RFC7515.privateKey()
        keys = try [
            .rs256: SigningKey(.rs256(rsa)), .ps256: SigningKey(.ps256(rsa)),
            .es256: SigningKey(.es256(RFC7515.ecPrivateKey())), .edDSA: SigningKey(.edDSA(RFC8037.privateKey())),
        ]
    }

    /// The key signs rightly by its own algorithm, but the header names another.
    @Test(arguments: pairs)
    func refusesAnotherName(key: SignatureAlgorithm, named: SignatureAlgorithm) throws {
        let key = try #require(keys[key])
        let token = try Forgery.token(header: #"{"alg":"\#(named.rawValue)"}"#) { try key.sign($0) }
        let set = JWKSet([key.verificationKey])
        #expect(throws: JWTError.algorithmMismatch) { try JWS.verify(token, with: set) }
        let unverified = try UnverifiedJWS(token)
        #expect(throws: JWTError.algorithmMismatch) { try unverified.verified(with: set) }
        #expect(throws: JWTError.algorithmMismatch) { try unverified.verified(with: key.verificationKey) }
    }

    /// One modulus, two keys: what the one signed, the other refuses, under either name.
    @Test(arguments: [(SignatureAlgorithm.rs256, SignatureAlgorithm.ps256), (.ps256, .rs256)])
    func refusesTheOtherSchemeOfRSA(of: SignatureAlgorithm, other: SignatureAlgorithm) throws {
        let signer = try #require(keys[of])
        let verifier = try #require(keys[other]).verificationKey
        #expect(signer.kid == verifier.kid)
        let token = try JWS.sign([1], type: nil, with: signer)
        #expect(throws: JWTError.algorithmMismatch) { try JWS.verify(token, with: JWKSet([verifier])) }
        let renamed = try Forgery.token(header: #"{"alg":"\#(other.rawValue)"}"#) { try signer.sign($0) }
        #expect(throws: JWTError.invalidSignature) { try JWS.verify(renamed, with: JWKSet([verifier])) }
    }

    /// A signature in DER, of 63 and of 65 bytes, in an otherwise good token.
    @Test
    func refusesOtherFormsOfES256() throws {
        let key = try #require(keys[.es256])
        let set = JWKSet([key.verificationKey])
        let header = #"{"alg":"ES256"}"#
        let forms: [([UInt8]) -> [UInt8]] = [
            DER.signature, { $0.dropLast() }, { $0 + [0] }, { [0] + $0 }, { _ in [UInt8](repeating: 0, count: 64) },
        ]
        for form in forms {
            let token = try Forgery.token(header: header) { form(try key.sign($0)) }
            #expect(throws: JWTError.invalidSignature) { try JWS.verify(token, with: set) }
        }
        let token = try Forgery.token(header: header) { try key.sign($0) }
        #expect(throws: Never.self) { try JWS.verify(token, with: set) }
    }

    /// A public key used as the secret of an HMAC.
    @Test(arguments: SignatureAlgorithm.allCases)
    func refusesHMACWithThePublicKey(algorithm: SignatureAlgorithm) throws {
        let key = try #require(keys[algorithm]).verificationKey
        let token = Forgery.token(header: #"{"alg":"HS256","kid":"\#(key.kid)"}"#) {
            HMACSHA256.authenticate($0, key: key.jwk.encoded())
        }
        #expect(throws: JWTError.symmetricAlgorithm) { try JWS.verify(token, with: JWKSet([key])) }
    }

    @Test(arguments: pairs.filter { Set([$0.0, $0.1]) != [.rs256, .ps256] })
    func refusesKeysOfAnotherKind(key: SignatureAlgorithm, algorithm: SignatureAlgorithm) throws {
        let key = try #require(keys[key])
        #expect(throws: JWTError.invalidKey) { try SigningKey(algorithm: algorithm, pem: key.pem) }
        let pem = key.verificationKey.key.pem
        #expect(throws: JWTError.invalidKey) { try VerificationKey(algorithm: algorithm, pem: pem) }
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func refusesPublicForPrivate(algorithm: SignatureAlgorithm) throws {
        let key = try #require(keys[algorithm])
        #expect(throws: JWTError.invalidKey) {
            try SigningKey(algorithm: algorithm, pem: key.verificationKey.key.pem)
        }
        #expect(throws: JWTError.invalidKey) { try VerificationKey(algorithm: algorithm, pem: key.pem) }
    }

    /// Text behind a key is taken, but not without end.
    @Test(arguments: SignatureAlgorithm.allCases)
    func refusesLongText(algorithm: SignatureAlgorithm) throws {
        let key = try #require(keys[algorithm])
        let publicPEM = key.verificationKey.key.pem
        let long = String(repeating: "\n", count: 64 << 10)
        #expect(throws: JWTError.invalidKey) { try SigningKey(algorithm: algorithm, pem: key.pem + long) }
        #expect(throws: JWTError.invalidKey) { try VerificationKey(algorithm: algorithm, pem: publicPEM + long) }
        #expect(throws: Never.self) { try SigningKey(algorithm: algorithm, pem: key.pem + "\n\n") }
        #expect(throws: Never.self) { try VerificationKey(algorithm: algorithm, pem: publicPEM + "\n\n") }
    }

    /// The name and the PEM are all that a store has to keep.
    @Test(arguments: SignatureAlgorithm.allCases)
    func keptByNameAndPEM(algorithm: SignatureAlgorithm) throws {
        let made = try SigningKey.generate(algorithm)
        #expect(made.algorithm == algorithm)
        #expect(made.pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        let read = try SigningKey(
            algorithm: try #require(SignatureAlgorithm(rawValue: algorithm.rawValue)), pem: made.pem)
        #expect(read.kid == made.kid)
        #expect(read.verificationKey == made.verificationKey)
        let token = try JWS.sign([1], type: .jwt, with: read)
        let jws = try JWS.verify(token, with: JWKSet([made.verificationKey]), type: .jwt)
        #expect(jws.header["alg"]?.stringValue == algorithm.rawValue)
        #expect(jws.kid == made.kid)
        let verifier = try VerificationKey(algorithm: algorithm, pem: made.verificationKey.key.pem)
        #expect(verifier == made.verificationKey)
    }

    @Test(arguments: [SignatureAlgorithm.rs256, .ps256])
    func sizesOfRSA(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm, rsaSize: .bits3072)
        #expect(try key.sign([]).count == 384)
    }

    /// PS256 and ES256 have randomness in them, RS256 and EdDSA have none.
    @Test(arguments: SignatureAlgorithm.allCases)
    func randomness(algorithm: SignatureAlgorithm) throws {
        let key = try #require(keys[algorithm])
        #expect(try (key.sign([1]) == key.sign([1])) == (algorithm == .rs256 || algorithm == .edDSA))
    }

    /// RFC 7515 appendix A.3 and RFC 8037 appendix A.5.
    @Test(arguments: [(SignatureAlgorithm.es256, RFC7515.ecToken), (.edDSA, RFC8037.token)])
    func theExamplesOfTheRFCs(algorithm: SignatureAlgorithm, token: String) throws {
        let key = try #require(keys[algorithm]).verificationKey
        let jws = try JWS.verify(token, with: JWKSet([key]))
        #expect(jws.header == ["alg": .string(algorithm.rawValue)])
        #expect(jws.payload == (algorithm == .es256 ? RFC7515.payload : Array("Example of Ed25519 signing".utf8)))
    }
}
