import HTTPTypes
import Hummingbird
import JWT

/// Discovery and the JWK set.
///
/// OpenID Connect Discovery section 3, RFC 8414, RFC 7517.
struct DiscoveryRoutes: Sendable {
    let pools: PoolDirectory
    let issuer: TokenIssuer

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.allowPreflight(
            of: "oidc/.well-known/openid-configuration", "oidc/.well-known/jwks.json",
            ":name/oidc/.well-known/jwks.json")
        group.getAndHead("oidc/.well-known/openid-configuration", use: metadata)
        group.getAndHead("oidc/.well-known/jwks.json", use: keySet)
        group.getAndHead(":name/oidc/.well-known/jwks.json", use: keySetOfClient)
    }

    /// RFC 8414 section 3.1 puts the well-known part first, so its address is not below the pool's own.
    func mountAtRoot(on group: RouterGroup<ProviderRequestContext>) {
        group.allowPreflight(
            of: ".well-known/oauth-authorization-server/oidc",
            ".well-known/oauth-authorization-server/pools/:pool/oidc")
        group.getAndHead(".well-known/oauth-authorization-server/oidc", use: metadata)
        group.getAndHead(".well-known/oauth-authorization-server/pools/:pool/oidc", use: metadata)
    }

    @Sendable private func metadata(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        return .bytes(
            JSON.object(document(pool)).encoded(), contentType: "application/json", cacheControl: "public, max-age=300")
    }

    @Sendable private func keySet(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        return .bytes(
            try issuer.keys[pool.id].document, contentType: "application/json", cacheControl: "public, max-age=300")
    }

    @Sendable private func keySetOfClient(_ request: Request, context: ProviderRequestContext) async throws -> Response
    {
        let pool = try pools.requirePool(of: context)
        guard let id = ClientID(rawValue: context.parameters.get("name") ?? ""), pool.application(id) != nil else {
            throw HTTPError(.notFound)
        }
        return try await keySet(request, context: context)
    }

    private static let algorithms: JSON = .array(SignatureAlgorithm.allCases.map { .string($0.rawValue) })
    /// Those by which a client proves who it is.
    private static let provingMethods: JSON = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
    private static let authenticationMethods: JSON = [
        "client_secret_basic", "client_secret_post", "private_key_jwt", "none",
    ]

    /// Advertises what works, and nothing else.
    private func document(_ pool: Pool) -> JSONObject {
        let issuer = issuer.issuer(pool)
        return [
            "issuer": .string(issuer),
            "authorization_endpoint": .string(issuer + "/auth"),
            "token_endpoint": .string(issuer + "/token"),
            "userinfo_endpoint": .string(issuer + "/me"),
            "jwks_uri": .string(issuer + "/.well-known/jwks.json"),
            "end_session_endpoint": .string(issuer + EndSessionRoutes.path),
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
            "introspection_endpoint": .string(issuer + "/token/introspection"),
            "introspection_endpoint_auth_methods_supported": Self.provingMethods,
            "introspection_endpoint_auth_signing_alg_values_supported": Self.algorithms,
            "revocation_endpoint": .string(issuer + "/token/revocation"),
            "revocation_endpoint_auth_methods_supported": Self.authenticationMethods,
            "revocation_endpoint_auth_signing_alg_values_supported": Self.algorithms,
            "device_authorization_endpoint": .string(issuer + "/device/auth"),
            "scopes_supported": .array(UserClaims.scopes.map { .string($0) }),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "grant_types_supported": .array(Application.GrantType.allCases.map { .string($0.rawValue) }),
            "acr_values_supported": .array(AuthenticationContext.allCases.map { .string($0.rawValue) }),
            "subject_types_supported": .array(Application.SubjectType.allCases.map { .string($0.rawValue) }),
            "id_token_signing_alg_values_supported": Self.algorithms,
            "userinfo_signing_alg_values_supported": Self.algorithms,
            "token_endpoint_auth_methods_supported": Self.authenticationMethods,
            "token_endpoint_auth_signing_alg_values_supported": Self.algorithms,
            "code_challenge_methods_supported": ["S256"],
            "claims_supported": [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "sid", "name", "nickname", "picture",
                "updated_at", "email", "email_verified", "phone_number", "phone_number_verified", "address", "roles",
                "wechat",
            ],
            "ui_locales_supported": ["zh-CN", "en"],
            "prompt_values_supported": .array(SignInRequest.Prompt.allCases.map { .string($0.rawValue) }),
            "claims_parameter_supported": true,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "authorization_response_iss_parameter_supported": true,
        ]
    }
}
