import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Applications that together use everything the discovery document offers.
enum WalkClient: Hashable, Sendable {
    case secretInHeader
    case secretInBody
    case withoutSecret
    /// Signs its assertions by this algorithm, and wants its tokens signed by the same.
    case signing(SignatureAlgorithm)
    /// Knows people under a `sub` of its own.
    case pairwise

    static let all = [secretInHeader, secretInBody, withoutSecret, pairwise] + SignatureAlgorithm.allCases.map(signing)

    /// Made once: RSA keys cost time.
    private static let keys = Result {
        try Dictionary(
            uniqueKeysWithValues: SignatureAlgorithm.allCases.map { ($0, try SigningKey.generate($0)) })
    }

    var id: String {
        switch self {
        case .secretInHeader: "walk-header"
        case .secretInBody: "walk-body"
        case .withoutSecret: "walk-public"
        case .signing(let algorithm): "walk-\(algorithm.rawValue)"
        case .pairwise: "walk-pairwise"
        }
    }

    var redirectURI: String { "https://\(id.lowercased()).example/cb" }
    private var secret: String { "secret-of-\(id)-0123456789" }

    private func lines() throws -> [String] {
        switch self {
        case .secretInHeader: ["client_secret: \(secret)"]
        case .secretInBody: ["client_secret: \(secret)", "token_endpoint_auth_method: client_secret_post"]
        case .withoutSecret: []
        case .pairwise: ["client_secret: \(secret)", "subject_type: pairwise"]
        case .signing(let algorithm):
            [
                "token_endpoint_auth_method: private_key_jwt",
                "jwks: {\"keys\": [\(try Self.key(algorithm).verificationKey.jwk.text)]}",
                "id_token_signed_response_alg: \(algorithm.rawValue)",
                "userinfo_signed_response_alg: \(algorithm.rawValue)",
            ]
        }
    }

    private static func key(_ algorithm: SignatureAlgorithm) throws -> SigningKey {
        try #require(keys.get()[algorithm])
    }

    /// As an operator writes it.
    func yaml() throws -> String {
        let grants = Application.GrantType.allCases.filter { $0 != .clientCredentials || self != .withoutSecret }
        let common = [
            "client_id: \(id)", "redirect_uris: [\"\(redirectURI)\"]", "connections: [mp, mini]",
            "scope: \"things:read\"",
            "grant_types: [\(grants.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))]",
            "post_logout_redirect_uris: [\"\(redirectURI)/bye\"]",
        ]
        return "{\((common + (try lines())).joined(separator: ", "))}"
    }

    /// Adds what proves the client to a form and its headers.
    func prove(_ form: inout [String: String], _ headers: inout HTTPFields, audience: String, now: Date) throws {
        switch self {
        case .secretInHeader, .pairwise: headers[.authorization] = TestApp.basic(id, secret)
        case .secretInBody: (form["client_id"], form["client_secret"]) = (id, secret)
        case .withoutSecret: form["client_id"] = id
        case .signing(let algorithm):
            let time = Int64(now.timeIntervalSince1970)
            let claims: JSONObject = [
                "iss": .string(id), "sub": .string(id), "aud": .string(audience), "iat": .integer(time),
                "exp": .integer(time + 60), "jti": .string(UUID().uuidString),
            ]
            form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            form["client_assertion"] = try JWS.sign(
                JSON.object(claims).encoded(), type: .jwt, with: try Self.key(algorithm))
        }
    }
}
