import Foundation
import HTTPTypes
import Hummingbird
import JWT

/// `/oidc/token`.
///
/// RFC 6749 sections 4.1.3, 4.4, 5 and 6; OpenID Connect Core sections 3.1.3 and 12; RFC 8628 section 3.4; RFC 8693;
/// RFC 8707.
struct TokenRoutes: Sendable {
    let pools: PoolDirectory
    let clients: ClientAuthenticator
    let codes: AuthorizationCodeStore
    let refreshTokens: RefreshTokenStore
    let devices: DeviceCodeStore
    let appCodes: AppCodeExchange
    let issuer: TokenIssuer
    let claims: UserClaimsReader

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.allowPreflight(of: "oidc/token")
        group.post("oidc/token", use: token)
    }

    @Sendable private func token(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let form = try await FormBody.read(request)
        let application = try await clients.client(request, form: form, in: pool)
        let name = try form.require("grant_type")
        guard let grantType = Application.GrantType(rawValue: name) else {
            throw OAuthError(.unsupportedGrantType, "this grant_type is not supported")
        }
        guard application.grantTypes.contains(grantType) else {
            throw OAuthError(.unauthorizedClient, "this client may not use this grant_type")
        }
        let tokenRequest = TokenRequest(form: form, application: application, pool: pool, issuer: issuer)
        switch grantType {
        case .authorizationCode: return try await redeemCode(tokenRequest)
        case .refreshToken: return try await refresh(tokenRequest)
        case .clientCredentials: return try await actForItself(tokenRequest)
        case .deviceCode: return try await redeemDeviceCode(tokenRequest)
        case .tokenExchange: return try await exchangeAppCode(tokenRequest, logger: context.logger)
        }
    }

    // MARK: authorization_code

    private func redeemCode(_ tokenRequest: TokenRequest) async throws -> Response {
        let presented = PresentedCode(
            code: try tokenRequest.form.require("code"), redirectURI: try tokenRequest.form.require("redirect_uri"),
            verifier: try tokenRequest.form.optional("code_verifier"))
        let draft = try tokenRequest.accessTokenDraft()
        switch try await codes.redeem(
            presented, application: tokenRequest.application, in: tokenRequest.pool.id, accessToken: draft)
        {
        case .success(let redeemed):
            let record = redeemed.record
            return try await answer(
                tokenRequest, redeemed.live, redeemed.accessToken,
                idToken: .init(acr: record.acr, authTime: record.authTime, nonce: record.nonce),
                refreshToken: redeemed.refreshToken)
        case .failure(.notRedeemable):
            throw OAuthError(.invalidGrant, "the code is unknown, expired, used, or was given to another client")
        case .failure(.otherRedirectURI):
            throw OAuthError(.invalidGrant, "redirect_uri differs from the authorization request")
        case .failure(.wrongVerifier):
            throw OAuthError(.invalidGrant, "code_verifier does not fit")
        }
    }

    // MARK: refresh_token

    private func refresh(_ tokenRequest: TokenRequest) async throws -> Response {
        let token = try tokenRequest.form.require("refresh_token")
        let asked = try tokenRequest.form.optional("scope")?.split(separator: " ").map(String.init)
        let draft = try tokenRequest.accessTokenDraft()
        switch try await refreshTokens.rotate(
            token, asked: asked, application: tokenRequest.application, in: tokenRequest.pool.id, accessToken: draft)
        {
        case .success(let rotation):
            return try await answer(
                tokenRequest, rotation.live, rotation.accessToken,
                idToken: .init(acr: rotation.acr, authTime: rotation.authTime, nonce: nil),
                refreshToken: rotation.successor)
        case .failure(.notUsable):
            throw OAuthError(.invalidGrant, "the refresh token is unknown, expired, used or revoked")
        case .failure(.scopeExceeded):
            throw OAuthError(.invalidScope, "more was asked than was granted")
        }
    }

    // MARK: device_code

    /// RFC 8628 sections 3.4 and 3.5.
    private func redeemDeviceCode(_ tokenRequest: TokenRequest) async throws -> Response {
        let code = try tokenRequest.form.require("device_code")
        let draft = try tokenRequest.accessTokenDraft()
        switch try await devices.redeem(
            code, application: tokenRequest.application, in: tokenRequest.pool.id, accessToken: draft)
        {
        case .success(let redeemed):
            return try await answer(
                tokenRequest, redeemed.live, redeemed.accessToken,
                idToken: .init(acr: redeemed.acr, authTime: redeemed.authTime, nonce: nil),
                refreshToken: redeemed.refreshToken)
        case .failure(let refusal):
            throw OAuthError(refusal)
        }
    }

    // MARK: client_credentials

    /// RFC 6749 section 4.4; no refresh token, and no ID token as nobody has signed in.
    private func actForItself(_ tokenRequest: TokenRequest) async throws -> Response {
        let application = tokenRequest.application
        let asked = try tokenRequest.form.optional("scope")?.split(separator: " ").map(String.init)
        let scopes = asked ?? application.ownScopes
        guard Set(scopes).isSubset(of: application.ownScopes) else {
            throw OAuthError(.invalidScope, "this client may not have these scopes")
        }
        let now = issuer.surroundings.now()
        let resources = try tokenRequest.requestedResources()
        let grant = Grant(
            id: GrantID(rawValue: issuer.surroundings.hexToken()), kind: .client, clientID: application.id,
            userID: nil, sid: nil, resources: resources, createdAt: now,
            expiresAt: now + application.accessTokenLifetime.inSeconds)
        let live = LiveGrant(grant: grant, user: nil, isSessionLive: false)
        let issued = try tokenRequest.accessTokenDraft()(live, scopes, nil, nil)
        try await codes.database.transaction { transaction in
            try GrantStore.insert(grant, in: tokenRequest.pool.id, transaction: transaction)
            try issued.store(in: tokenRequest.pool.id, transaction: transaction)
        }
        return try await answer(tokenRequest, live, issued, idToken: nil, refreshToken: nil)
    }

    // MARK: The answer

    /// What an ID token tells besides the person.
    struct IDTokenContent {
        var acr: AuthenticationContext
        var authTime: Date
        var nonce: String?
    }

    func answer(
        _ tokenRequest: TokenRequest, _ live: LiveGrant, _ issued: IssuedAccessToken, idToken content: IDTokenContent?,
        refreshToken: String?
    ) async throws -> Response {
        Self.response(try await members(tokenRequest, live, issued, idToken: content, refreshToken: refreshToken))
    }

    static func response(_ members: JSONObject) -> Response {
        var response = Response.json(members)
        response.headers[.pragma] = "no-cache"
        return response
    }

    /// What the client is told.
    func members(
        _ tokenRequest: TokenRequest, _ live: LiveGrant, _ issued: IssuedAccessToken, idToken content: IDTokenContent?,
        refreshToken: String?, issuedTokenType: String? = nil
    ) async throws -> JSONObject {
        let (application, pool) = (tokenRequest.application, tokenRequest.pool)
        let accessToken = try issued.opaque ?? issuer.accessToken(issued.token, application: application, pool: pool)
        var object: JSONObject = [
            "access_token": .string(accessToken), "token_type": "Bearer",
            "expires_in": .integer(Int64(application.accessTokenLifetime.inSeconds)),
            "scope": .string(issued.token.scopes.joined(separator: " ")),
        ]
        object["issued_token_type"] = issuedTokenType.map { .string($0) }
        if let content, let user = live.user, issued.token.scopes.contains("openid") {
            let additional = try await claims.claims(
                of: user, for: application, in: pool, scopes: [], names: live.grant.claims.idToken,
                account: live.grant.account)
            object["id_token"] = .string(
                try issuer.idToken(
                    .init(userID: user.id, sid: live.grant.sid, acr: content.acr, authTime: content.authTime),
                    grant: live.grant.id, application: application, pool: pool, nonce: content.nonce,
                    accessToken: accessToken, additional: additional))
        }
        object["refresh_token"] = refreshToken.map { .string($0) }
        return object
    }
}

/// One request to the token endpoint, after the client has proven itself.
struct TokenRequest: Sendable {
    let form: Parameters
    let application: Application
    let pool: Pool
    let issuer: TokenIssuer

    /// The resource servers that this request names.
    ///
    /// RFC 8707 section 2.
    func requestedResources() throws -> [String] {
        let resources = ResourceIndicator.unique(form.all("resource"))
        guard resources.allSatisfy(ResourceIndicator.isValid), resources.count <= ResourceIndicator.limit else {
            throw OAuthError(.invalidTarget, "resource must be an absolute URI without a fragment")
        }
        return resources
    }

    /// Words the access token: for the resources of this request, which must be among those of the grant, or for all of
    /// the grant's, or for this provider.
    func accessTokenDraft() throws -> AccessTokenDraft {
        let asked = try requestedResources()
        let now = issuer.surroundings.now()
        let isOpaque = application.accessTokenFormat == .opaque
        let (random, expiry) = (issuer.surroundings.token(), now + application.accessTokenLifetime.inSeconds)
        return { live, scopes, acr, authTime in
            guard Set(asked).isSubset(of: live.grant.resources) else {
                throw OAuthError(.invalidTarget, "this resource was not granted")
            }
            let resources = asked.isEmpty ? live.grant.resources : asked
            let token = AccessToken(
                tokenID: isOpaque ? AccessTokenHash(of: random).rawValue : issuer.tokenID(of: live.grant.id),
                grantID: live.grant.id, clientID: application.id,
                subject: try issuer.subject(of: live, for: application, in: pool), scopes: scopes,
                audience: resources.isEmpty ? [issuer.issuer(pool)] : resources, acr: acr?.rawValue,
                authTime: authTime, issuedAt: now, expiresAt: expiry)
            return IssuedAccessToken(token: token, opaque: isOpaque ? random : nil)
        }
    }
}

/// `resource`, the parameter that names a resource server.
///
/// RFC 8707.
enum ResourceIndicator {
    /// More would not fit into a token.
    static let limit = 8

    /// Each once, in their order.
    static func unique(_ resources: [String]) -> [String] {
        resources.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// An absolute URI without a fragment; never a `client_id`, which can't hold a colon, so that no access token passes
    /// as an ID token.
    static func isValid(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon > text.utf8.startIndex else {
            return false
        }
        let scheme = text.utf8[..<colon]
        return text.utf8.count <= 512 && scheme.first.map { $0.isAlphanumeric && !$0.isDigit } == true
            && scheme.allSatisfy { $0.isAlphanumeric || "+-.".utf8.contains($0) }
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"<>\\^`{|}#".utf8.contains($0) }
    }
}
