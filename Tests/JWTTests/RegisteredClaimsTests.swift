import Foundation
import JWT
import Testing

struct RegisteredClaimsTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    private func claims(_ changes: [(String, JSON?)] = []) throws(JWTError) -> RegisteredClaims {
        var members: JSONObject = ["iss": "https://id.example.com/oidc", "aud": "web", "exp": 1_700_000_060]
        for (name, value) in changes { members[name] = value }
        return try RegisteredClaims(members)
    }

    private func validate(_ claims: RegisteredClaims, leeway: Duration = .zero) throws(JWTError) {
        try claims.validate(issuer: "https://id.example.com/oidc", audience: "web", at: now, leeway: leeway)
    }

    @Test(
        arguments: [
            ("iss", nil, .wrongIssuer), ("iss", "https://id.example.com/oidc/", .wrongIssuer),
            ("iss", "https://ID.example.com/oidc", .wrongIssuer), ("aud", nil, .wrongAudience),
            ("aud", [], .wrongAudience),
            ("aud", "webb", .wrongAudience), ("aud", ["a", "Web"], .wrongAudience), ("exp", nil, .missingExpiry),
            ("exp", 1_700_000_000, .expired), ("exp", 1_699_999_999.5, .expired), ("nbf", 1_700_000_001, .notYetValid),
        ] as [(String, JSON?, JWTError)])
    func refuses(name: String, value: JSON?, error: JWTError) throws {
        let claims = try claims([(name, value)])
        #expect(throws: error) { try validate(claims) }
    }

    /// Canonically equivalent strings are different issuers and audiences.
    @Test
    func comparesByCodePoints() throws {
        let kelvin = try claims([("aud", "\u{212A}"), ("iss", "\u{212A}")])
        #expect(throws: JWTError.wrongIssuer) { try kelvin.validate(issuer: "K", audience: "\u{212A}", at: now) }
        #expect(throws: JWTError.wrongAudience) { try kelvin.validate(issuer: "\u{212A}", audience: "K", at: now) }
    }

    @Test(
        arguments: [
            ("iss", 1), ("sub", nil), ("jti", true), ("aud", 1), ("aud", [1]), ("aud", ["a", nil]),
            ("exp", "1700000000"),
            ("exp", nil), ("exp", -1), ("exp", 253_402_300_800), ("nbf", 1e300), ("iat", [1]),
        ] as [(String, JSON)])
    func refusesMalformedClaims(name: String, value: JSON) throws {
        let claim = try #require(RegisteredClaimName(rawValue: name))
        #expect(throws: JWTError.invalidClaim(claim)) { try claims([(name, value)]) }
        let payload = JSON.object([name: value]).encoded()
        #expect(throws: JWTError.invalidClaim(claim)) { try RegisteredClaims(parsing: payload) }
    }

    @Test(arguments: ["[]", "1", "\"{}\"", "null"])
    func refusesPayloadsThatAreNoObject(payload: String) {
        #expect(throws: JWTError.claimsNotAnObject) { try RegisteredClaims(parsing: Array(payload.utf8)) }
    }

    /// A date set by name to something unreadable must not count as absent.
    @Test
    func unreadableDatesAreNotAbsent() throws {
        var claims = try claims()
        claims["nbf"] = "never"
        #expect(throws: JWTError.invalidClaim(.notBefore)) { try validate(claims) }
        claims["nbf"] = nil
        claims["exp"] = "never"
        #expect(throws: JWTError.invalidClaim(.expiresAt)) { try validate(claims) }
    }

    @Test
    func leewayShiftsBothEnds() throws {
        let ended = try claims([("exp", 1_699_999_990)])
        #expect(throws: JWTError.expired) { try validate(ended, leeway: .seconds(10)) }
        #expect(throws: JWTError.expired) { try validate(ended, leeway: .seconds(-100)) }
        #expect(throws: Never.self) { try validate(ended, leeway: .seconds(11)) }
        let early = try claims([("nbf", 1_700_000_010)])
        #expect(throws: JWTError.notYetValid) { try validate(early, leeway: .seconds(9)) }
        #expect(throws: Never.self) { try validate(early, leeway: .seconds(10)) }
        let valid = try claims()
        #expect(throws: Never.self) { try validate(valid, leeway: .seconds(-100)) }
    }

    @Test
    func takesTheLastAndTheFirstMoment() throws {
        #expect(throws: Never.self) { try validate(claims([("exp", 1_700_000_001)])) }
        #expect(throws: Never.self) { try validate(claims([("nbf", 1_700_000_000)])) }
        #expect(throws: Never.self) { try validate(claims([("aud", ["other", "web"])])) }
    }

    @Test
    func readsFractionsAndWritesWholeSeconds() throws {
        let claims = try RegisteredClaims(parsing: Array(#"{"iat":1.5,"exp":2e3}"#.utf8))
        #expect(claims.issuedAt == Date(timeIntervalSince1970: 1.5))
        #expect(claims.expiresAt == Date(timeIntervalSince1970: 2000))
        var written = RegisteredClaims()
        written.issuedAt = Date(timeIntervalSince1970: 1.9)
        written.notBefore = .distantPast
        written.expiresAt = .distantFuture
        #expect(written.all["iat"] == 1)
        #expect(written.all["nbf"] == 0)
        #expect(written.expiresAt != nil)
        written.expiresAt = Date(timeIntervalSince1970: .infinity)
        #expect(written.all["exp"] == 253_402_300_799)
        written.expiresAt = Date(timeIntervalSince1970: .nan)
        #expect(written.all["exp"] == nil)
    }

    @Test
    func writesAndReadsBack() throws {
        var claims = RegisteredClaims()
        claims.issuer = "https://id.example.com/oidc"
        claims.subject = "u1"
        claims.audience = ["web"]
        claims.expiresAt = now
        claims.issuedAt = now
        claims.jwtID = "j1"
        claims["nonce"] = "n"
        #expect(
            JSON.object(claims.all).text
                == #"{"iss":"https://id.example.com/oidc","sub":"u1","aud":"web","exp":1700000000,"#
                + #""iat":1700000000,"jti":"j1","nonce":"n"}"#
        )
        #expect(try RegisteredClaims(parsing: claims.encoded()) == claims)
        claims.audience = ["a", "b"]
        #expect(claims.all["aud"] == ["a", "b"])
        claims.audience = []
        #expect(claims.all["aud"] == nil)
        claims.subject = nil
        #expect(claims.all["sub"] == nil)
    }
}
