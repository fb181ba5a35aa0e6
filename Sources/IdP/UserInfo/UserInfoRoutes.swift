import Foundation
import HTTPTypes
import Hummingbird
import JWT
import WeChat

/// `/oidc/me`.
///
/// OpenID Connect Core section 5.3, RFC 6750.
struct UserInfoRoutes: Sendable {
    let pools: PoolDirectory
    let tokens: AccessTokenReader
    let issuer: TokenIssuer
    let claims: UserClaimsReader

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.allowPreflight(of: "oidc/me")
        group.get("oidc/me", use: userInfo)
        group.post("oidc/me", use: userInfo)
    }

    @Sendable private func userInfo(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let token = try await BearerToken.read(request)
        let bearer = try await bearer(token, pool)
        guard bearer.scopes.contains("openid") else {
            throw OAuthError(.insufficientScope, "the token has no scope openid", challenge: .bearer(namesError: true))
        }
        var answer: JSONObject = [
            "sub": .string(try issuer.subjects.subject(of: bearer.user.id, for: bearer.application, in: pool.id))
        ]
        let named = try await claims.claims(
            of: bearer.user, for: bearer.application, in: pool, scopes: bearer.scopes, names: bearer.names,
            account: bearer.account)
        for (name, value) in named { answer[name] = value }
        guard let algorithm = bearer.application.userInfoAlgorithm else { return .json(answer) }
        let signed = try issuer.userInfo(answer, algorithm: algorithm, application: bearer.application, pool: pool)
        return .bytes(Array(signed.utf8), contentType: "application/jwt")
    }

    private static let refused = OAuthError(
        .invalidToken, "the token is malformed, expired, revoked, or not for this endpoint",
        challenge: .bearer(namesError: true))

    /// Who asks for what.
    private struct Bearer {
        var user: User
        var application: Application
        var scopes: [String]
        var names: [String] = []
        var account: WeChatAccount?
    }

    private func bearer(_ token: String, _ pool: Pool) async throws -> Bearer {
        if let (token, live) = try await tokens.live(token, in: pool) {
            guard token.audience.contains(issuer.issuer(pool)), let user = live.user,
                let application = pool.application(token.clientID)
            else { throw Self.refused }
            return Bearer(
                user: user, application: application, scopes: token.scopes, names: live.grant.claims.userInfo,
                account: live.grant.account)
        }
        // The ID token of a social sign-in is that flow's Bearer, while its session lives.
        guard let claims = try? issuer.verified(token, type: .jwt, pool: pool),
            let id = claims.jwtID.flatMap(GrantID.init(tokenID:)),
            let live = try await tokens.grants.findLive(id, in: pool.id), live.grant.kind == .social,
            live.isSessionLive, claims.audience == [live.grant.clientID.rawValue], let user = live.user,
            let application = pool.application(live.grant.clientID), application.userInfoAcceptsIDToken,
            claims.subject == (try issuer.subject(of: live, for: application, in: pool))
        else { throw Self.refused }
        return Bearer(user: user, application: application, scopes: ["openid", "profile"])
    }
}
