import HTTPTypes
import Hummingbird
import JWT

/// `/oidc/token/revocation`.
///
/// RFC 7009. An access token ends alone; a refresh token ends its grant and every token under it. A token of another
/// client is refused with `invalid_grant` (section 2.1: the client is informed of the error); one that is unknown or
/// has ended already is 200, as there is nothing left to do. ID tokens can't be revoked: `unsupported_token_type`.
///
/// No failure of the storage is caught here: it becomes a 503, never a 200 for a token that still works.
struct RevocationRoutes: Sendable {
    let pools: PoolDirectory
    let clients: ClientAuthenticator
    let inspector: TokenInspector
    let revocations: RevocationStore
    let refreshTokens: RefreshTokenStore

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.allowPreflight(of: "oidc/token/revocation")
        group.post("oidc/token/revocation", use: revoke)
    }

    private static let otherClient = OAuthError(.invalidGrant, "the token was issued to another client")

    @Sendable private func revoke(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let form = try await FormBody.read(request)
        let application = try await clients.client(request, form: form, in: pool)
        let token = try form.require("token")
        // Tokens are recognised by themselves, so a wrong or unknown hint does no harm (section 2.1).
        _ = try form.optional("token_type_hint")
        try await revoke(token, of: application, in: pool)
        var response = Response(status: .ok)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func revoke(_ token: String, of application: Application, in pool: Pool) async throws {
        if let (access, _) = try await inspector.accessTokens.live(token, in: pool) {
            guard access.clientID == application.id else { throw Self.otherClient }
            return try await revocations.revoke(access, in: pool.id)
        }
        switch try await refreshTokens.revokeFamily(of: token, client: application.id, in: pool.id) {
        case .revoked: return
        case .otherClient: throw Self.otherClient
        case .unknown: break
        }
        if let (claims, _) = try await inspector.idToken(token, in: pool) {
            guard claims.audience == [application.id.rawValue] else { throw Self.otherClient }
            throw OAuthError(.unsupportedTokenType, "an ID token can not be revoked; revoke the refresh token")
        }
    }
}
