import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// The Config OP's module: every check of the discovery document.
extension ConformanceRun {
    /// What OpenID Connect Discovery section 3, RFC 8414, RFC 9207, RFC 8628 and the logout specifications register.
    private static let registered: [String: Kind] = [
        "issuer": .address, "authorization_endpoint": .address, "token_endpoint": .address,
        "userinfo_endpoint": .address, "jwks_uri": .address, "registration_endpoint": .address,
        "introspection_endpoint": .address, "revocation_endpoint": .address, "end_session_endpoint": .address,
        "device_authorization_endpoint": .address, "pushed_authorization_request_endpoint": .address,
        "service_documentation": .address, "op_policy_uri": .address, "op_tos_uri": .address,
        "scopes_supported": .texts, "response_types_supported": .texts, "response_modes_supported": .texts,
        "grant_types_supported": .texts, "acr_values_supported": .texts, "subject_types_supported": .texts,
        "id_token_signing_alg_values_supported": .texts, "userinfo_signing_alg_values_supported": .texts,
        "request_object_signing_alg_values_supported": .texts, "token_endpoint_auth_methods_supported": .texts,
        "token_endpoint_auth_signing_alg_values_supported": .texts,
        "introspection_endpoint_auth_methods_supported": .texts,
        "introspection_endpoint_auth_signing_alg_values_supported": .texts,
        "revocation_endpoint_auth_methods_supported": .texts,
        "revocation_endpoint_auth_signing_alg_values_supported": .texts,
        "display_values_supported": .texts, "claim_types_supported": .texts, "claims_supported": .texts,
        "claims_locales_supported": .texts, "ui_locales_supported": .texts, "prompt_values_supported": .texts,
        "code_challenge_methods_supported": .texts, "claims_parameter_supported": .truth,
        "request_parameter_supported": .truth, "request_uri_parameter_supported": .truth,
        "require_request_uri_registration": .truth, "authorization_response_iss_parameter_supported": .truth,
        "backchannel_logout_supported": .truth, "backchannel_logout_session_supported": .truth,
    ]

    private enum Kind {
        case address, texts, truth
    }

    func discovery() async throws {
        let answer = try await app.send("/oidc/.well-known/openid-configuration")
        #expect(answer.status == .ok && answer.headers[.contentType]?.hasPrefix("application/json") == true)
        #expect(answer.url == issuer + "/.well-known/openid-configuration")
        let members = try #require(metadata.objectValue)
        for (name, value) in members {
            switch Self.registered[name] {
            case .address?:
                let url = try #require(value.stringValue, "\(name)")
                #expect(url.hasPrefix("https://") && !url.contains("#") && !url.contains("?"), "\(name)")
            case .texts?:
                let texts = try #require(value.arrayValue, "\(name)").compactMap(\.stringValue)
                #expect(texts.count == value.arrayValue?.count && !texts.isEmpty, "\(name)")
                #expect(Set(texts).count == texts.count, "\(name)")
            case .truth?: #expect(value == true || value == false, "\(name)")
            case nil: Issue.record("\(name) is registered nowhere")
            }
        }
        for required in [
            "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "scopes_supported",
            "claims_supported", "grant_types_supported",
        ] {
            #expect(members[required] != nil, "\(required)")
        }
        #expect(supported("response_types_supported").contains("code"))
        #expect(Set(supported("subject_types_supported")).isSubset(of: ["public", "pairwise"]))
        #expect(supported("id_token_signing_alg_values_supported").contains("RS256"))
        #expect(supported("code_challenge_methods_supported") == ["S256"])
        #expect(supported("scopes_supported").contains("openid"))
        for scope in supported("scopes_supported") {
            // RFC 6749 section 3.3.
            #expect(scope.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"\\".utf8.contains($0) })
        }
        for tag in supported("ui_locales_supported") + supported("claims_locales_supported") {
            #expect(tag == Self.canonical(tag), "\(tag)")
        }
        try await keySet()
    }

    /// BCP 47's case: `zh-Hans-CN`.
    private static func canonical(_ tag: String) -> String {
        tag.split(separator: "-").enumerated().map { index, part in
            switch part.count {
            case 2 where index > 0: part.uppercased()
            case 4 where index > 0: part.lowercased().capitalized
            default: part.lowercased()
            }
        }.joined(separator: "-")
    }

    /// RFC 7517: no private or symmetric parts, unique `kid`, something to verify with.
    private func keySet() async throws {
        let answer = try await app.send(try path("jwks_uri"))
        let keys = try #require(answer.json["keys"]?.arrayValue)
        var identifiers: Set<String> = []
        for key in keys {
            let members = try #require(key.objectValue)
            for secret in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] { #expect(members[secret] == nil) }
            #expect(["RSA", "EC", "OKP"].contains(members["kty"]?.stringValue))
            #expect(members["use"] == "sig")
            #expect(identifiers.insert(try #require(members["kid"]?.stringValue)).inserted)
        }
        #expect(keys.contains { $0["alg"] == "RS256" })
        _ = try JWKSet(parsing: Array(answer.text.utf8))
    }
}
