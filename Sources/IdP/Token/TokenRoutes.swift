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
    let grants: GrantStore
    let issuer: TokenIssuer
    let surroundings: Surroundings

    func mount(on group: RouterGroup<ProviderRequestContext>) {
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
        let verifier = try value("code_verifier", form)
        let refused = OAuthError(.invalidGrant, "the code is unknown, expired, used, or was given to another client")
        // Spent first: a code that was presented wrongly once is worth nothing more.
        guard let record = try await codes.spend(code, clientID: application.id, in: pool.id),
            record.expiresAt > surroundings.now()
        else { throw refused }
        guard record.redirectURI == redirectURI else {
            throw OAuthError(.invalidGrant, "redirect_uri differs from the authorization request")
        }
        guard PKCE.isSatisfied(challenge: record.codeChallenge, verifier: verifier) else {
            throw OAuthError(.invalidGrant, "code_verifier does not fit")
        }
        guard let (grant, user, _) = try await grants.findLive(record.grantID, in: pool.id) else { throw refused }
        let authentication = TokenIssuer.Authentication(
            userID: user.id, sid: grant.sid, acr: record.acr, authTime: record.authTime)
        var refreshToken: String?
        if record.scopes.contains("offline_access"), application.grantTypes.contains(.refreshToken) {
            refreshToken = try await firstRefreshToken(record, application, pool)
        }
        return try answer(
            authentication, grant: grant.id, scopes: record.scopes, nonce: record.nonce, refreshToken: refreshToken,
            application, pool)
    }

    private func firstRefreshToken(
        _ record: AuthorizationCodeRecord, _ application: Application, _ pool: Pool
    ) async throws -> String {
        let token = surroundings.token()
        let expiry = surroundings.now() + application.refreshTokenLifetime.inSeconds
        try await refreshTokens.database.transaction { transaction in
            try RefreshTokenStore.insert(
                RefreshTokenRecord(
                    grantID: record.grantID, clientID: record.clientID, scopes: record.scopes, acr: record.acr,
                    authTime: record.authTime),
                hash: RefreshTokenHash(of: token), expiresAt: expiry, in: pool.id, transaction: transaction)
            try GrantStore.extend(record.grantID, until: expiry, in: pool.id, transaction: transaction)
        }
        return token
    }

    // MARK: refresh_token

    private func refresh(_ form: Parameters, _ application: Application, _ pool: Pool) async throws -> Response {
        guard let token = try value("refresh_token", form) else {
            throw OAuthError(.invalidRequest, "refresh_token is missing")
        }
        let asked = try value("scope", form)?.split(separator: " ").map(String.init)
        let refused = OAuthError(.invalidGrant, "the refresh token is unknown, expired, used or revoked")
        guard let (record, successor) = try await refreshTokens.rotate(token, application: application, in: pool.id),
            let (grant, user, _) = try await grants.findLive(record.grantID, in: pool.id)
        else { throw refused }
        if let asked, !Set(asked).isSubset(of: record.scopes) {
            throw OAuthError(.invalidScope, "more was asked than was granted")
        }
        let authentication = TokenIssuer.Authentication(
            userID: user.id, sid: grant.sid, acr: record.acr, authTime: record.authTime)
        return try answer(
            authentication, grant: grant.id, scopes: asked ?? record.scopes, nonce: nil, refreshToken: successor,
            application, pool)
    }

    // MARK: The answer

    private func answer(
        _ authentication: TokenIssuer.Authentication, grant: GrantID, scopes: [String], nonce: String?,
        refreshToken: String?, _ application: Application, _ pool: Pool
    ) throws -> Response {
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
