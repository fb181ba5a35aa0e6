// How fast signatures are, beside `openssl speed` in the same run on the same machine. Rounds alternate and the best of
// each counts, as other work on the machine only ever makes things slower.

import Foundation
import JWT

let seconds = 2
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

let payload = claims.encoded()
let marks = ["rsa2048": "rsa 2048", "ecdsap256": "ecdsa (nistp256)", "ed25519": "EdDSA (Ed25519)"]
let subjects = [
    try Subject(.rs256, reference: "rsa2048", payload: payload),
    try Subject(.ps256, reference: "rsa2048", payload: payload),
    try Subject(.es256, reference: "ecdsap256", payload: payload),
    try Subject(.edDSA, reference: "ed25519", payload: payload),
]

var speeds: [String: OpenSSLSpeed] = [:]
var best: [SignatureAlgorithm: [Double]] = [:]

print("one thread, \(payload.count) bytes of claims, \(rounds) rounds of \(seconds) s each, best of each")
for round in 1...rounds {
    FileHandle.standardError.write(Data("round \(round) of \(rounds)\n".utf8))
    for (name, speed) in try OpenSSLSpeed.run(marks, seconds: seconds) { speeds[name] = speed.best(speeds[name]) }
    for subject in subjects {
        let rates = try subject.rates(seconds: Double(seconds))
        best[subject.algorithm] = best[subject.algorithm].map { zip($0, rates).map(max) } ?? rates
    }
}

func line(_ name: String, _ value: Double, of reference: Double?) {
    let ratio = reference.map { String(format: "   %.3f of openssl", value / $0) } ?? ""
    print(name.padding(toLength: 32, withPad: " ", startingAt: 0) + String(format: "%10.0f /s", value) + ratio)
}

if speeds.isEmpty { print("no openssl program here, so there is nothing to compare with") }
for (name, speed) in speeds.sorted(by: { $0.key < $1.key }) {
    line("openssl speed \(name), sign", speed.signatures, of: nil)
    line("openssl speed \(name), verify", speed.verifications, of: nil)
}
for subject in subjects {
    for (index, name) in Subject.names.enumerated() {
        let reference = speeds[subject.reference].map { Subject.reference($0, at: index) }
        line("\(subject.algorithm.rawValue) \(name)", best[subject.algorithm]?[index] ?? 0, of: reference)
    }
}
