import Foundation
import HTTPTypes
import Hummingbird
import JWT

/// `/oidc/me`.
///
/// OpenID Connect Core section 5.3, RFC 6750.
struct UserInfoRoutes: Sendable {
    let pools: PoolDirectory
    let grants: GrantStore
    let issuer: TokenIssuer

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.allowPreflight(of: "oidc/me")
        group.get("oidc/me", use: userInfo)
        group.post("oidc/me", use: userInfo)
    }

    @Sendable private func userInfo(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let token = try await BearerToken.read(request)
        let (user, scopes) = try await bearer(token, pool)
        guard scopes.contains("openid") else {
            throw OAuthError(.insufficientScope, "the token has no scope openid", challenge: .bearer(namesError: true))
        }
        return .json(Self.claims(of: user, scopes: scopes))
    }

    private static let refused = OAuthError(
        .invalidToken, "the token is malformed, expired, revoked, or not for this endpoint",
        challenge: .bearer(namesError: true))

    private func bearer(_ token: String, _ pool: Pool) async throws -> (User, scopes: [String]) {
        if let claims = try? issuer.verified(token, type: .accessToken, pool: pool) {
            let live = try await live(claims, pool)
            guard claims.audience == [issuer.issuer(pool)],
                claims["client_id"]?.stringValue == live.grant.clientID.rawValue
            else { throw Self.refused }
            return (live.user, (claims["scope"]?.stringValue ?? "").split(separator: " ").map(String.init))
        }
        // The ID token of a social sign-in is that flow's Bearer, while its session lives.
        guard let claims = try? issuer.verified(token, type: .jwt, pool: pool) else { throw Self.refused }
        let live = try await live(claims, pool)
        guard live.grant.kind == .social, live.isSessionLive, claims.audience == [live.grant.clientID.rawValue],
            pool.application(live.grant.clientID)?.userInfoAcceptsIDToken == true
        else { throw Self.refused }
        return (live.user, ["openid", "profile"])
    }

    /// The grant a token belongs to, with its user and its client still there.
    private func live(_ claims: RegisteredClaims, _ pool: Pool) async throws -> LiveGrant {
        guard let id = claims.jwtID.flatMap(GrantID.init(tokenID:)),
            let live = try await grants.findLive(id, in: pool.id),
            claims.subject == live.user.id.rawValue, pool.application(live.grant.clientID) != nil
        else { throw Self.refused }
        return live
    }

    /// The claims that the scopes allow; what is not known is left out.
    ///
    /// OpenID Connect Core section 5.4.
    static func claims(of user: User, scopes: [String]) -> JSONObject {
        var claims: JSONObject = ["sub": .string(user.id.rawValue)]
        if scopes.contains("profile") {
            claims["name"] = user.nickname.map { .string($0) }
            claims["nickname"] = user.nickname.map { .string($0) }
            claims["picture"] = user.picture.map { .string($0) }
            claims["updated_at"] = .integer(Int64(user.updatedAt.timeIntervalSince1970))
        }
        return claims
    }
}

/// Finds the Bearer token of a request: in the header or in a form body, never in the query.
///
/// RFC 6750 section 2.
enum BearerToken {
    static func read(_ request: Request) async throws -> String {
        var found: [String] = []
        for header in request.headers[values: .authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { continue }
            found.append(parts[1].filter { $0 != " " })
        }
        let isForm = request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false
        if request.method == .post, isForm {
            let form = try await FormBody.read(request)
            do {
                if let token = try form["access_token"] { found.append(token) }
            } catch {
                throw Self.ambiguous
            }
        }
        guard found.count <= 1 else { throw Self.ambiguous }
        guard let token = found.first else {
            throw OAuthError(.invalidRequest, "no token", challenge: .bearer(namesError: false))
        }
        return token
    }

    private static let ambiguous = OAuthError(
        .invalidRequest, "more than one token", challenge: .bearer(namesError: true))
}
