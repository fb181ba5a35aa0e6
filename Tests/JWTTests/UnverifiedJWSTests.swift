import Foundation
import JWT
import Testing

struct UnverifiedJWSTests {
    private let signing: SigningKey
    private let keys: JWKSet

    init() throws {
        signing = try SigningKey(.edDSA(RFC8037.privateKey()))
        keys = JWKSet([signing.verificationKey])
    }

    private func token(
        _ payload: String = #"{"iss":"c1","sub":"c1","aud":["https://id.example.com"],"exp":1,"n":7}"#,
        type: TokenType? = nil
    ) throws -> String {
        try JWS.sign(Array(payload.utf8), type: type, with: signing)
    }

    /// As strict as verification, before any key is known.
    @Test(arguments: [
        (#"{"alg":"none"}"#, JWTError.unsignedToken),
        (#"{"alg":"HS256"}"#, .symmetricAlgorithm),
        (#"{"alg":"ES384"}"#, .unsupportedAlgorithm),
        (#"{"typ":"JWT"}"#, .missingAlgorithm),
        (#"{"alg":"EdDSA","jwk":{}}"#, .embeddedKey),
        (#"{"alg":"EdDSA","jku":"https://attacker.example"}"#, .embeddedKey),
        (#"{"alg":"EdDSA","crit":["exp"]}"#, .criticalHeader),
        (#"{"alg":"EdDSA","b64":false}"#, .unencodedPayload),
        (#"{"alg":"EdDSA","zip":"DEF"}"#, .compressedPayload),
        (#"{"alg":"EdDSA","kid":1}"#, .invalidHeaderMember),
        (#"{"alg":"EdDSA","alg":"EdDSA"}"#, .duplicateMember),
        (#"[]"#, .headerNotAnObject),
    ])
    func refusesHeaders(header: String, error: JWTError) throws {
        let token = try Forgery.token(header: header) { try signing.sign($0) }
        #expect(throws: error) { try UnverifiedJWS(token) }
    }

    @Test(arguments: [
        ("[]", JWTError.claimsNotAnObject), ("1", .claimsNotAnObject), ("", .invalidJSON(offset: 0)),
        (#"{"sub":"a","sub":"b"}"#, .duplicateMember), (#"{"sub":"a","\u0073ub":"b"}"#, .duplicateMember),
        (#"{"sub":1}"#, .invalidClaim(.subject)), (#"{"iss":{}}"#, .invalidClaim(.issuer)),
        (#"{"aud":[1]}"#, .invalidClaim(.audience)), (#"{"exp":"1"}"#, .invalidClaim(.expiresAt)),
        ("{}{}", .trailingBytes), (#"{"sub":"\ud800"}"#, .loneSurrogate),
    ])
    func refusesClaims(payload: String, error: JWTError) throws {
        let token = try token(payload)
        #expect(throws: error) { try UnverifiedJWS(token) }
    }

    @Test
    func refusesOtherForms() throws {
        let token = try token()
        let parts = token.split(separator: ".")
        #expect(throws: JWTError.wrongNumberOfParts) { try UnverifiedJWS("") }
        #expect(throws: JWTError.wrongNumberOfParts) { try UnverifiedJWS(token + ".") }
        #expect(throws: JWTError.emptySignature) { try UnverifiedJWS("\(parts[0]).\(parts[1]).") }
        #expect(throws: JWTError.invalidBase64URL) { try UnverifiedJWS(token + "=") }
        #expect(throws: JWTError.tokenTooLarge) {
            try UnverifiedJWS(String(repeating: "a", count: JWS.maximumLength + 1))
        }
    }

    @Test
    func refusesForgeries() throws {
        let parts = try token().split(separator: ".")
        let payload = Base64URL.encode(#"{"sub":"c2"}"#.utf8)
        let forged = try UnverifiedJWS("\(parts[0]).\(payload).\(parts[2])")
        #expect(forged.claims.subject == "c2")
        #expect(throws: JWTError.invalidSignature) { try forged.verified(with: keys) }
        #expect(throws: JWTError.invalidSignature) { try forged.verified(with: signing.verificationKey) }
        let other = try SigningKey.generate(.edDSA).verificationKey
        let good = try UnverifiedJWS(token())
        #expect(throws: JWTError.unknownKeyID) { try good.verified(with: JWKSet([other])) }
        #expect(throws: JWTError.unknownKeyID) { try good.verified(with: JWKSet([])) }
        #expect(throws: JWTError.invalidSignature) { try good.verified(with: other) }
    }

    @Test
    func refusesOtherTypes() throws {
        let typed = try UnverifiedJWS(token(type: .clientAuthentication))
        let untyped = try UnverifiedJWS(token())
        for type in TokenType.allCases {
            #expect(throws: JWTError.unexpectedType) { try untyped.verified(with: keys, type: type) }
            guard type != .clientAuthentication else { continue }
            #expect(throws: JWTError.unexpectedType) { try typed.verified(with: keys, type: type) }
            #expect(throws: JWTError.unexpectedType) { try typed.verified(with: signing.verificationKey, type: type) }
        }
        #expect(try typed.verified(with: keys, type: .clientAuthentication).type == .clientAuthentication)
        #expect(try untyped.verified(with: keys).type == nil)
        let strange = try Forgery.token(header: #"{"alg":"EdDSA","typ":"dpop+jwt"}"#) { try signing.sign($0) }
        #expect(try UnverifiedJWS(strange).verified(with: keys).type == nil)
        let long = try Forgery.token(header: #"{"alg":"EdDSA","typ":"application/AT+JWT"}"#) { try signing.sign($0) }
        #expect(try UnverifiedJWS(long).verified(with: keys).type == .accessToken)
    }

    /// The claims show whose keys to take and those decide; an `exp` in the past is for the caller to see.
    @Test
    func findsTheKeyByTheClaims() throws {
        let unverified = try UnverifiedJWS(token())
        #expect(unverified.claims.subject == "c1")
        #expect(unverified.claims.issuer == "c1")
        #expect(unverified.claims.audience == ["https://id.example.com"])
        #expect(unverified.claims["n"] == 7)
        #expect(unverified.kid == signing.kid)
        #expect(unverified.algorithm == .edDSA)
        #expect(unverified.header.keys == ["alg", "kid"])
        for jws in try [unverified.verified(with: keys), unverified.verified(with: signing.verificationKey)] {
            let claims = try RegisteredClaims(parsing: jws.payload)
            #expect(claims.subject == "c1")
            #expect(claims.expiresAt == Date(timeIntervalSince1970: 1))
        }
    }

    /// A key that the caller chose may have another identifier.
    @Test
    func aChosenKeyNeedsNoIdentifier() throws {
        let named = VerificationKey(signing.verificationKey.key, kid: KeyID(rawValue: "other"))
        let unverified = try UnverifiedJWS(token())
        #expect(throws: JWTError.unknownKeyID) { try unverified.verified(with: JWKSet([named])) }
        #expect(try unverified.verified(with: named).kid == signing.kid)
    }

    @Test
    func doesNotPrint() throws {
        let unverified = try UnverifiedJWS(token())
        var dumped = ""
        dump(unverified, to: &dumped)
        dump(unverified.claims, to: &dumped)
        for text in [dumped, "\(unverified)", String(reflecting: unverified), "\(unverified.claims)"] {
            #expect(text.contains("redacted"))
            #expect(!text.contains("c1"))
        }
    }
}
