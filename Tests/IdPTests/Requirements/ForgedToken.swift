import Foundation
import JWT
import Testing

@testable import IdP

/// Tokens that an attacker makes out of one of ours.
enum ForgedToken {
    /// Every forgery of a genuine token; none of them may pass anywhere.
    static func all(of token: String, keySet: String) throws -> [(name: String, token: String)] {
        let parts = token.split(separator: ".").map(String.init)
        let genuine = try UnverifiedJWS(token)
        let own = try SigningKey.generate(.es256)
        let ownRSA = try SigningKey.generate(.rs256)
        let published = Array(keySet.utf8)
        let ourKey = try #require(try JSON.parse(published)["keys"]?.arrayValue?.first)

        func unsigned(_ change: JSONObject) -> String {
            var header = genuine.header
            for (name, value) in change { header[name] = value }
            return Base64URL.encode(JSON.object(header).encoded()) + "." + parts[1]
        }
        func signed(_ change: JSONObject, by key: SigningKey) throws -> String {
            let input = unsigned(change)
            return input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
        }
        func authenticated(_ algorithm: JSON, key: [UInt8]) -> String {
            let input = unsigned(["alg": algorithm])
            return input + "." + Base64URL.encode(HMACSHA256.authenticate(input.utf8, key: key))
        }
        var forged: [(name: String, token: String)] = [
            ("RS256 by another key", try signed([:], by: ownRSA)),
            ("ES256 by another key", try signed(["alg": "ES256", "kid": .string("\(own.kid)")], by: own)),
            ("its own jwk", try signed(["alg": "ES256", "jwk": own.verificationKey.jwk], by: own)),
            ("its own jwk, RSA", try signed(["jwk": ownRSA.verificationKey.jwk], by: ownRSA)),
            ("jku", try signed(["jku": "https://evil.example/jwks.json"], by: ownRSA)),
            ("x5u", try signed(["x5u": "https://evil.example/x.pem"], by: ownRSA)),
            ("x5c", try signed(["x5c": ["MIIB"]], by: ownRSA)),
            ("HS256 with the key set", authenticated("HS256", key: published)),
            ("HS256 with our key", authenticated("HS256", key: ourKey.encoded())),
            ("HS256 with the modulus", authenticated("HS256", key: Array((ourKey["n"]?.stringValue ?? "").utf8))),
            ("no signature", parts[0] + "." + parts[1] + "."),
            ("no signature, no dot", parts[0] + "." + parts[1]),
            ("another type", unsigned(["typ": "JOSE"]) + "." + parts[2]),
            ("five parts", token + ".AAAA.AAAA"),
        ]
        for none in ["none", "None", "NONE", "nOnE", ""] as [JSON] {
            forged.append(("alg \(none)", unsigned(["alg": none]) + "."))
            forged.append(("alg \(none), signed", unsigned(["alg": none]) + "." + parts[2]))
        }
        for algorithm in ["PS256", "ES256", "EdDSA", "RS384", "RS512", "RS1"] as [JSON]
        where algorithm != genuine.header["alg"] {
            forged.append(("\(algorithm) said of our signature", unsigned(["alg": algorithm]) + "." + parts[2]))
        }
        for header in [["crit": ["exp"], "exp": 1], ["crit": ["b64"], "b64": false], ["zip": "DEF"]] as [JSONObject] {
            forged.append(("\(header)", unsigned(header) + "." + parts[2]))
        }
        var claims = try #require(try JSON.parse(Base64URL.decode(parts[1])).objectValue)
        claims["sub"] = "somebody-else"
        forged.append(
            ("another subject", "\(parts[0]).\(Base64URL.encode(JSON.object(claims).encoded())).\(parts[2])"))
        return forged
    }
}
