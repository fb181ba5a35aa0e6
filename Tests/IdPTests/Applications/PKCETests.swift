import JWT
import Testing

@testable import IdP

/// Proof Key for Code Exchange, RFC 7636.
@Suite struct PKCETests {
    // Appendix B.
    private static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    private static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    private static func challenge(of verifier: String) -> String {
        Base64URL.encode(SHA256.hash(Array(verifier.utf8)))
    }

    @Test(
        "is no challenge",
        arguments: [
            "", "x", String(challenge.dropLast()), challenge + "x", challenge + "=",
            challenge.replacing("-", with: "+"),
            challenge.replacing("-", with: "/"), challenge.replacing("-", with: " "),
            challenge.replacing("M", with: "\u{0}"),
            // The last character holds bits that no hash has.
            String(challenge.dropLast()) + "N", String(repeating: "é", count: 43), String(repeating: "=", count: 43),
            String(challenge.dropLast(2)) + "==",
        ])
    func notAChallenge(_ text: String) {
        #expect(!PKCE.isChallenge(text))
    }

    @Test("neither side can be left out")
    func downgrade() {
        #expect(!PKCE.isSatisfied(challenge: Self.challenge, verifier: nil))
        #expect(!PKCE.isSatisfied(challenge: Self.challenge, verifier: ""))
        #expect(!PKCE.isSatisfied(challenge: nil, verifier: Self.verifier))
        #expect(!PKCE.isSatisfied(challenge: nil, verifier: ""))
        #expect(!PKCE.isSatisfied(challenge: "", verifier: ""))
        #expect(PKCE.isSatisfied(challenge: nil, verifier: nil))
    }

    @Test(
        "is not the verifier",
        arguments: [
            "", challenge, String(verifier.dropLast()), verifier + "k", verifier.lowercased(), verifier.uppercased(),
            verifier + "=", " " + verifier, verifier + "\n", verifier.replacing("-", with: "_"), verifier + "\u{0}",
        ])
    func wrong(_ verifier: String) {
        #expect(!PKCE.isSatisfied(challenge: Self.challenge, verifier: verifier))
    }

    @Test(
        "a verifier that is too short, too long or of other characters is refused though it fits",
        arguments: [
            String(repeating: "a", count: 42), String(repeating: "a", count: 129),
            String(repeating: "a", count: 42) + "+",
            String(repeating: "a", count: 42) + "/", String(repeating: "a", count: 42) + "=",
            String(repeating: "a", count: 42) + " ",
            String(repeating: "a", count: 42) + "é", String(repeating: "é", count: 43),
            String(repeating: "a", count: 43) + "\u{0}",
            String(repeating: "a", count: 42) + "%", "",
        ])
    func shape(_ verifier: String) {
        #expect(!PKCE.isSatisfied(challenge: Self.challenge(of: verifier), verifier: verifier))
    }

    @Test("the plain method does not exist")
    func plain() {
        #expect(!PKCE.isSatisfied(challenge: Self.verifier, verifier: Self.verifier))
    }

    @Test("the example of appendix B, and the limits of section 4.1")
    func good() {
        #expect(PKCE.isChallenge(Self.challenge))
        #expect(PKCE.isSatisfied(challenge: Self.challenge, verifier: Self.verifier))
        for verifier in [
            String(repeating: "a", count: 43), String(repeating: "~", count: 128),
            "-._~" + String(repeating: "Z9", count: 30),
        ] {
            let challenge = Self.challenge(of: verifier)
            #expect(PKCE.isChallenge(challenge))
            #expect(PKCE.isSatisfied(challenge: challenge, verifier: verifier))
        }
    }
}
