import Foundation
import HTTPTypes
import Hummingbird
import JWT

/// `/oidc/token/introspection`.
///
/// RFC 7662; ID tokens are told about too. Only clients that prove themselves may ask, so that nobody can try out tokens.
///
/// A client is told about the tokens that were issued to it, and about access tokens for a resource (RFC 8707) on an
/// origin of its own redirect URIs: that is the one address an application is known to serve. Everything else is
/// inactive to it, as RFC 7662 section 2.2 wants.
struct IntrospectionRoutes: Sendable {
    let pools: PoolDirectory
    let clients: ClientAuthenticator
    let inspector: TokenInspector

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.post("oidc/token/introspection", use: introspect)
    }

    @Sendable private func introspect(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let form = try await FormBody.read(request)
        let application = try await clients.client(request, form: form, in: pool)
        guard !application.authentication.isPublic else {
            throw OAuthError(.invalidClient, "only a client that can authenticate may ask", challenge: .basic)
        }
        let token = try form.require("token")
        // The hint is allowed to be wrong, so it saves nothing here.
        _ = try form.optional("token_type_hint")
        guard let live = try await inspector.inspect(token, in: pool), mayLearn(of: live, application) else {
            return .json(["active": false])
        }
        return .json(try TokenDescription(pool: pool, issuer: inspector.accessTokens.issuer).members(of: live))
    }

    private func mayLearn(of token: LiveToken, _ application: Application) -> Bool {
        switch token {
        case .access(let access, _):
            access.clientID == application.id
                || access.audience.contains { HTTPURL($0).map { application.origins.contains($0.origin) } ?? false }
        case .refresh(let refresh, _): refresh.clientID == application.id
        case .id(let claims, _): claims.audience == [application.id.rawValue]
        }
    }
}
