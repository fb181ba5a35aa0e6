import JWT
import Testing

struct JWSTests {
    private let key: RSAPrivateKey
    private let signing: SigningKey
    private let keys: JWKSet

    init() throws {
        key = try RFC7515.privateKey()
        signing = try SigningKey(key)
        keys = JWKSet([signing.verificationKey])
    }

    /// RFC 7515 appendix A.2: RS256 is deterministic, so the very bytes are known.
    @Test
    func theExampleOfTheRFC() throws {
        #expect(try Base64URL.encode(key.sign(Array(RFC7515.signingInput.utf8))) == RFC7515.signature)
        let jws = try JWS.verify(RFC7515.token, with: keys)
        #expect(jws.payload == RFC7515.payload)
        #expect(jws.header == ["alg": "RS256"])
        #expect(jws.kid == nil)
        let claims = try RegisteredClaims(parsing: jws.payload)
        #expect(claims.issuer == "joe")
        #expect(claims.all["http://example.com/is_root"] == true)
    }

    @Test(arguments: TokenType.allCases)
    func signsAndVerifies(type: TokenType) throws {
        let token = try JWS.sign(Array(#"{"sub":"微信"}"#.utf8), type: type, with: signing)
        let jws = try JWS.verify(token, with: keys, type: type)
        #expect(jws.payload == Array(#"{"sub":"微信"}"#.utf8))
        #expect(jws.kid == signing.kid)
        #expect(jws.header == ["alg": "RS256", "kid": .string(signing.kid.rawValue), "typ": .string(type.rawValue)])
        #expect(jws.header.keys == ["alg", "kid", "typ"])
    }

    @Test
    func withoutTypeThereIsNoTyp() throws {
        let token = try JWS.sign([], type: nil, with: signing)
        let jws = try JWS.verify(token, with: keys)
        #expect(jws.header.keys == ["alg", "kid"])
        #expect(jws.payload.isEmpty)
    }

    /// RFC 7515 section 4.1.9: media types know no case, and `application/` may be left out.
    @Test(arguments: ["at+jwt", "AT+JWT", "application/at+jwt"])
    func takesTheSpellingsOfTyp(typ: String) throws {
        let token = try Forgery.token(header: #"{"alg":"RS256","typ":"\#(typ)"}"#, key: key)
        #expect(throws: Never.self) { try JWS.verify(token, with: keys, type: .accessToken) }
    }

    @Test
    func picksTheKeyByItsIdentifier() throws {
        let other = try SigningKey(.generate(.bits2048))
        let both = JWKSet([other.verificationKey, signing.verificationKey])
        for signer in [other, signing] {
            #expect(try JWS.verify(JWS.sign([1], type: nil, with: signer), with: both).kid == signer.kid)
        }
    }

    @Test
    func tokensAreTakenUpToTheLimit() throws {
        let overhead = try JWS.sign([], type: .jwt, with: signing).utf8.count
        let most = (JWS.maximumLength - overhead) / 4 * 3
        let token = try JWS.sign([UInt8](repeating: 0x20, count: most), type: .jwt, with: signing)
        #expect(token.utf8.count > JWS.maximumLength - 4)
        #expect(try JWS.verify(token, with: keys).payload.count == most)
        #expect(throws: JWTError.tokenTooLarge) {
            try JWS.sign([UInt8](repeating: 0x20, count: most + 3), type: .jwt, with: signing)
        }
    }
}
