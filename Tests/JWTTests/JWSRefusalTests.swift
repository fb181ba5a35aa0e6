import JWT
import Testing

/// Each way in which a token is refused, by its own error.
struct JWSRefusalTests {
    private let key: RSAPrivateKey
    private let signing: SigningKey
    private let keys: JWKSet
    private let token: String

    init() throws {
        key = try RFC7515.privateKey()
        signing = try SigningKey(key)
        keys = JWKSet([signing.verificationKey])
        token = try JWS.sign(Array("{}".utf8), type: .jwt, with: signing)
    }

    /// The token is rightly signed with the right key; only its header is bad.
    @Test(arguments: [
        (#"{"alg":"none"}"#, JWTError.unsignedToken),
        (#"{"alg":"NoNe"}"#, .unsignedToken),
        (#"{"alg":"HS256"}"#, .symmetricAlgorithm),
        (#"{"alg":"HS512"}"#, .symmetricAlgorithm),
        (#"{"alg":"RS384"}"#, .unsupportedAlgorithm),
        (#"{"alg":"PS256"}"#, .algorithmMismatch),
        (#"{"alg":"ES256"}"#, .algorithmMismatch),
        (#"{"alg":"EdDSA"}"#, .algorithmMismatch),
        (#"{"alg":"ES256K"}"#, .unsupportedAlgorithm),
        (#"{"alg":"Ed25519"}"#, .unsupportedAlgorithm),
        (#"{"alg":"PS512"}"#, .unsupportedAlgorithm),
        (#"{"alg":"rs256"}"#, .unsupportedAlgorithm),
        (#"{"alg":""}"#, .unsupportedAlgorithm),
        (#"{"alg":["RS256"]}"#, .invalidHeaderMember),
        (#"{"alg":null}"#, .invalidHeaderMember),
        (#"{"typ":"JWT"}"#, .missingAlgorithm),
        (#"{"alg":"RS256","jwk":{"kty":"RSA"}}"#, .embeddedKey),
        (#"{"alg":"RS256","jku":"https://attacker.example/keys"}"#, .embeddedKey),
        (#"{"alg":"RS256","x5u":"https://attacker.example/cert"}"#, .embeddedKey),
        (#"{"alg":"RS256","x5c":[]}"#, .embeddedKey),
        (#"{"alg":"RS256","crit":["exp"],"exp":1}"#, .criticalHeader),
        (#"{"alg":"RS256","crit":[]}"#, .criticalHeader),
        (#"{"alg":"RS256","crit":["b64"],"b64":false}"#, .criticalHeader),
        (#"{"alg":"RS256","b64":false}"#, .unencodedPayload),
        (#"{"alg":"RS256","zip":"DEF"}"#, .compressedPayload),
        (#"{"alg":"RS256","kid":1}"#, .invalidHeaderMember),
        (#"{"alg":"RS256","kid":"another"}"#, .unknownKeyID),
        (#"{"alg":"RS256","alg":"RS256"}"#, .duplicateMember),
        (#"{"alg":"none","\u0061lg":"RS256"}"#, .duplicateMember),
        (#"{"alg":"RS256","x":[[[[1]]]]}"#, .tooDeep),
        (#"["RS256"]"#, .headerNotAnObject),
        (#"{"alg":"RS256"} x"#, .trailingBytes),
        ("", .invalidJSON(offset: 0)),
    ])
    func header(header: String, error: JWTError) throws {
        let token = try Forgery.token(header: header, key: key)
        #expect(throws: error) { try JWS.verify(token, with: keys) }
    }

    @Test
    func unsignedTokens() {
        let header = Base64URL.encode(#"{"alg":"none"}"#.utf8)
        #expect(throws: JWTError.unsignedToken) { try JWS.verify(header + ".e30.", with: keys) }
    }

    /// The classic confusion: the public key, as PEM or as JWK, used as the secret of an HMAC.
    @Test
    func hmacWithThePublicKey() {
        let input = Base64URL.encode(#"{"alg":"HS256","kid":"\#(signing.kid)"}"#.utf8) + ".e30"
        for secret in [Array(key.publicKey.pem.utf8), key.publicKey.modulus, signing.verificationKey.jwk.encoded()] {
            let forged = input + "." + Base64URL.encode(HMACSHA256.authenticate(input.utf8, key: secret))
            #expect(throws: JWTError.symmetricAlgorithm) { try JWS.verify(forged, with: keys) }
        }
    }

    /// Each part, and each byte of the signature.
    @Test
    func changes() throws {
        let parts = token.split(separator: ".").map(String.init)
        let payload = Base64URL.encode(#"{"admin":true}"#.utf8)
        #expect(throws: JWTError.invalidSignature) {
            try JWS.verify("\(parts[0]).\(payload).\(parts[2])", with: keys)
        }
        let header = Base64URL.encode(#"{"alg":"RS256"}"#.utf8)
        #expect(throws: JWTError.invalidSignature) { try JWS.verify("\(header).\(parts[1]).\(parts[2])", with: keys) }
        let signature = try Base64URL.decode(parts[2])
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            #expect(throws: JWTError.invalidSignature) {
                try JWS.verify("\(parts[0]).\(parts[1]).\(Base64URL.encode(changed))", with: keys)
            }
        }
    }

    @Test
    func partsAndEncoding() {
        let parts = token.split(separator: ".").map(String.init)
        for wrong in ["", "a", "a.b", "\(parts[0]).\(parts[1])", token + ".", token + "." + parts[2], "." + token] {
            #expect(throws: JWTError.wrongNumberOfParts) { try JWS.verify(wrong, with: keys) }
        }
        #expect(throws: JWTError.emptySignature) { try JWS.verify("\(parts[0]).\(parts[1]).", with: keys) }
        #expect(throws: JWTError.invalidJSON(offset: 0)) { try JWS.verify(".\(parts[1]).\(parts[2])", with: keys) }
        for padding in ["=", "==", "\n", " ", "+", "é"] {
            #expect(throws: JWTError.invalidBase64URL) { try JWS.verify(token + padding, with: keys) }
            #expect(throws: JWTError.invalidBase64URL) {
                try JWS.verify("\(parts[0]).\(parts[1])\(padding).\(parts[2])", with: keys)
            }
        }
        // 256 bytes leave four unused bits in the last character.
        #expect(throws: JWTError.nonCanonicalBase64URL) { try JWS.verify(token.dropLast() + "B", with: keys) }
    }

    @Test
    func jsonSerialization() {
        let parts = token.split(separator: ".").map(String.init)
        let json = #"{"payload":"\#(parts[1])","protected":"\#(parts[0])","signature":"\#(parts[2])"}"#
        #expect(throws: JWTError.wrongNumberOfParts) { try JWS.verify(json, with: keys) }
    }

    @Test
    func size() {
        let long = String(repeating: "a", count: JWS.maximumLength + 1)
        #expect(throws: JWTError.tokenTooLarge) { try JWS.verify(long, with: keys) }
        #expect(throws: JWTError.tokenTooLarge) {
            try JWS.sign([UInt8](repeating: 0, count: JWS.maximumLength + 1), type: nil, with: signing)
        }
    }

    /// Two keys and no `kid`: guessing would let one key stand in for another.
    @Test
    func missingKeyID() throws {
        let other = try SigningKey(.generate(.bits2048)).verificationKey
        let two = JWKSet([signing.verificationKey, other])
        #expect(throws: JWTError.missingKeyID) { try JWS.verify(RFC7515.token, with: two) }
        #expect(throws: JWTError.missingKeyID) { try JWS.verify(RFC7515.token, with: JWKSet([])) }
        #expect(throws: JWTError.invalidSignature) { try JWS.verify(RFC7515.token, with: JWKSet([other])) }
        #expect(throws: JWTError.unknownKeyID) { try JWS.verify(token, with: JWKSet([other])) }
    }

    /// Another key under the identifier of the right one.
    @Test
    func anotherKeyOfTheSameName() throws {
        let other = VerificationKey(try RSAPrivateKey.generate(.bits2048).publicKey, kid: signing.kid)
        #expect(throws: JWTError.invalidSignature) { try JWS.verify(token, with: JWKSet([other])) }
    }

    @Test
    func type() throws {
        #expect(throws: JWTError.unexpectedType) { try JWS.verify(token, with: keys, type: .accessToken) }
        #expect(throws: JWTError.unexpectedType) { try JWS.verify(token, with: keys, type: .logout) }
        #expect(throws: JWTError.unexpectedType) { try JWS.verify(RFC7515.token, with: keys, type: .jwt) }
        let typed = try Forgery.token(header: #"{"alg":"RS256","typ":1}"#, key: key)
        #expect(throws: JWTError.unexpectedType) { try JWS.verify(typed, with: keys, type: .jwt) }
    }
}
