import HTTPTypes
import Hummingbird
import JWT

/// Authing's `/api/v2/oidc/validate_token`: GET with exactly one of `id_token` and `access_token`.
///
/// A token that holds is answered with its payload, another one with `{"code": 400, "message": …}` and status 400. Nobody
/// has to authenticate: who asks holds the token already, and its payload is in it; of an opaque one no more is told than
/// what a JWT would say.
struct ValidateTokenRoutes: Sendable {
    let pools: PoolDirectory
    let inspector: TokenInspector

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("api/v2/oidc/validate_token", use: validate)
    }

    @Sendable private func validate(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requireAuthing(of: context)
        let parameters: Parameters
        let tokens: (id: String?, access: String?)
        do {
            parameters = try Parameters(parsing: request.uri.query ?? "")
            tokens = (try parameters["id_token"], try parameters["access_token"])
        } catch {
            return Self.refusal("参数格式有误")
        }
        switch tokens {
        case (let token?, nil):
            guard Self.isJWT(token) else { return Self.refusal("id_token 格式有误") }
            guard let (claims, _) = try await inspector.idToken(token, in: pool) else {
                return Self.refusal("id_token 不合法")
            }
            return .json(claims.all)
        case (nil, let token?):
            let isOpaque = Self.isOpaque(token)
            guard isOpaque || Self.isJWT(token) else { return Self.refusal("access_token 格式有误") }
            guard let (access, _) = try await inspector.accessTokens.live(token, in: pool) else {
                return Self.refusal("access_token 不合法")
            }
            return .json(try payload(of: access, token: isOpaque ? nil : token, pool))
        default:
            return Self.refusal("请传入 id_token 或 access_token 其中之一")
        }
    }

    /// The payload of a JWT that was verified just now, or the same claims of an opaque token.
    private func payload(of access: AccessToken, token: String?, _ pool: Pool) throws -> JSONObject {
        let issuer = inspector.accessTokens.issuer
        if let token { return try issuer.verified(token, type: .accessToken, pool: pool).all }
        var members = TokenDescription(pool: pool, issuer: issuer).members(of: access)
        for name in ["active", "token_type", "token_use"] { members[name] = nil }
        return members
    }

    private static func isJWT(_ token: String) -> Bool { (try? UnverifiedJWS(token)) != nil }

    private static func isOpaque(_ token: String) -> Bool {
        token.utf8.count == 43 && (try? Base64URL.decode(token)) != nil
    }

    private static func refusal(_ message: String) -> Response {
        .json(["code": 400, "message": .string(message)], status: .badRequest)
    }
}
