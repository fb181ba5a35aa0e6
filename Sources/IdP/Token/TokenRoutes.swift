import Foundation
import HTTPTypes
import Hummingbird
import JWT

/// `/oidc/token`.
///
/// RFC 6749 sections 4.1.3, 5 and 6; OpenID Connect Core sections 3.1.3 and 12.
struct TokenRoutes: Sendable {
    let pools: PoolDirectory
    let codes: AuthorizationCodeStore
    let refreshTokens: RefreshTokenStore
    let issuer: TokenIssuer

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.allowPreflight(of: "oidc/token")
        group.post("oidc/token", use: token)
    }

    @Sendable private func token(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let form = try await FormBody.read(request)
        let application = try ClientAuthentication(pool: pool).client(request, form: form)
        switch try value("grant_type", form) {
        case nil:
            throw OAuthError(.invalidRequest, "grant_type is missing")
        case "authorization_code":
            try require(.authorizationCode, of: application)
            return try await redeemCode(form, application, pool)
        case "refresh_token":
            try require(.refreshToken, of: application)
            return try await refresh(form, application, pool)
        default:
            throw OAuthError(.unsupportedGrantType, "this grant_type is not supported")
        }
    }

    private func require(_ grant: Application.GrantType, of application: Application) throws {
        guard application.grantTypes.contains(grant) else {
            throw OAuthError(.unauthorizedClient, "this client may not use this grant_type")
        }
    }

    // MARK: authorization_code

    private func redeemCode(_ form: Parameters, _ application: Application, _ pool: Pool) async throws -> Response {
        guard let code = try value("code", form) else { throw OAuthError(.invalidRequest, "code is missing") }
        guard let redirectURI = try value("redirect_uri", form) else {
            throw OAuthError(.invalidRequest, "redirect_uri is missing")
        }
        let presented = PresentedCode(
            code: code, redirectURI: redirectURI, verifier: try value("code_verifier", form))
        switch try await codes.redeem(presented, application: application, in: pool.id) {
        case .success(let redeemed):
            let record = redeemed.record
            return try answer(
                redeemed.live, acr: record.acr, authTime: record.authTime, scopes: record.scopes, nonce: record.nonce,
                refreshToken: redeemed.refreshToken, application, pool)
        case .failure(.notRedeemable):
            throw OAuthError(.invalidGrant, "the code is unknown, expired, used, or was given to another client")
        case .failure(.otherRedirectURI):
            throw OAuthError(.invalidGrant, "redirect_uri differs from the authorization request")
        case .failure(.wrongVerifier):
            throw OAuthError(.invalidGrant, "code_verifier does not fit")
        }
    }

    // MARK: refresh_token

    private func refresh(_ form: Parameters, _ application: Application, _ pool: Pool) async throws -> Response {
        guard let token = try value("refresh_token", form) else {
            throw OAuthError(.invalidRequest, "refresh_token is missing")
        }
        let asked = try value("scope", form)?.split(separator: " ").map(String.init)
        switch try await refreshTokens.rotate(token, asked: asked, application: application, in: pool.id) {
        case .success(let rotation):
            return try answer(
                rotation.live, acr: rotation.acr, authTime: rotation.authTime, scopes: rotation.scopes, nonce: nil,
                refreshToken: rotation.successor, application, pool)
        case .failure(.notUsable):
            throw OAuthError(.invalidGrant, "the refresh token is unknown, expired, used or revoked")
        case .failure(.scopeExceeded):
            throw OAuthError(.invalidScope, "more was asked than was granted")
        }
    }

    // MARK: The answer

    private func answer(
        _ live: LiveGrant, acr: AuthenticationContext, authTime: Date, scopes: [String], nonce: String?,
        refreshToken: String?, _ application: Application, _ pool: Pool
    ) throws -> Response {
        let grant = live.grant.id
        let authentication = TokenIssuer.Authentication(
            userID: live.user.id, sid: live.grant.sid, acr: acr, authTime: authTime)
        let accessToken = try issuer.accessToken(
            authentication, grant: grant, scopes: scopes, application: application, pool: pool)
        var object: JSONObject = [
            "access_token": .string(accessToken), "token_type": "Bearer",
            "expires_in": .integer(Int64(application.accessTokenLifetime.inSeconds)),
            "scope": .string(scopes.joined(separator: " ")),
        ]
        if scopes.contains("openid") {
            object["id_token"] = .string(
                try issuer.idToken(
                    authentication, grant: grant, application: application, pool: pool, nonce: nonce))
        }
        object["refresh_token"] = refreshToken.map { .string($0) }
        var response = Response.json(object)
        response.headers[.pragma] = "no-cache"
        return response
    }

    private func value(_ name: String, _ form: Parameters) throws -> String? {
        do { return try form[name] } catch { throw OAuthError(error) }
    }
}
