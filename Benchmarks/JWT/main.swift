// How fast RS256 is, beside `openssl speed` in the same run on the same machine. Rounds alternate and the best of each
// counts, as other work on the machine only ever makes things slower.

import Foundation
import JWT

let seconds = 3
let rounds = 3

var claims = RegisteredClaims()
claims.issuer = "https://id.example.com/oidc"
claims.subject = "5f1c7a0e9b3d4c2a8e6f"
claims.audience = ["web"]
claims.issuedAt = Date()
claims.expiresAt = Date(timeIntervalSinceNow: 3600)
claims["nonce"] = "n-0S6_WzA2Mj"
claims["auth_time"] = 1_700_000_000
claims["nickname"] = "微信用户"
claims["picture"] = "https://thirdwx.qlogo.cn/mmopen/vi_32/Q0j4TwGTfTKxCqRzuYWQmpwiaqQEjNxbC7HaJaLaLmfjZ4/132"

let privateKey = try RSAPrivateKey.generate(.bits2048)
let publicKey = privateKey.publicKey
let signingKey = try SigningKey(privateKey)
let keys = JWKSet([signingKey.verificationKey])
let payload = claims.encoded()
let token = try JWS.sign(payload, type: .jwt, with: signingKey)
let message = Array(token.utf8.prefix { $0 != UInt8(ascii: ".") })
let signature = try privateKey.sign(message)

var openssl: OpenSSLSpeed?
var best = [String: Double]()

@MainActor
func measure(_ name: String, _ operation: () throws -> Void) rethrows {
    best[name] = max(best[name] ?? 0, try rate(seconds: Double(seconds), operation))
}

print("RS256, one thread, \(payload.count) bytes of claims, \(rounds) rounds of \(seconds) s each, best of each")
for round in 1...rounds {
    FileHandle.standardError.write(Data("round \(round) of \(rounds)\n".utf8))
    if let speed = try OpenSSLSpeed.run(seconds: seconds) {
        openssl = OpenSSLSpeed(
            signatures: max(openssl?.signatures ?? 0, speed.signatures),
            verifications: max(openssl?.verifications ?? 0, speed.verifications)
        )
    }
    try measure("RSAPrivateKey.sign") { _ = try privateKey.sign(message) }
    try measure("JWS.sign") { _ = try JWS.sign(payload, type: .jwt, with: signingKey) }
    measure("RSAPublicKey.isValidSignature") {
        precondition(publicKey.isValidSignature(signature, for: message))
    }
    try measure("JWS.verify") { _ = try JWS.verify(token, with: keys, type: .jwt) }
}

func line(_ name: String, _ value: Double, of reference: Double?) {
    let ratio = reference.map { String(format: "   %.3f of openssl", value / $0) } ?? ""
    print(name.padding(toLength: 31, withPad: " ", startingAt: 0) + String(format: "%10.0f /s", value) + ratio)
}

if let openssl {
    line("openssl speed rsa2048, sign", openssl.signatures, of: nil)
    line("openssl speed rsa2048, verify", openssl.verifications, of: nil)
} else {
    print("no openssl program here, so there is nothing to compare with")
}
for name in ["RSAPrivateKey.sign", "JWS.sign"] { line(name, best[name] ?? 0, of: openssl?.signatures) }
for name in ["RSAPublicKey.isValidSignature", "JWS.verify"] { line(name, best[name] ?? 0, of: openssl?.verifications) }
