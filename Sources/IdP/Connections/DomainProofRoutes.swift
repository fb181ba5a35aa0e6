import HTTPTypes
import Hummingbird

/// `/{txt_filename}`: proves to WeChat that this host is the account's. Exact bytes, on http and https, no redirect.
// The router wants one name for a parameter at one place, and `/{client_id}/oidc/…` shares this one.
struct DomainProofRoutes: Sendable {
    let pools: PoolDirectory

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.getAndHead(":name", use: proof)
    }

    @Sendable private func proof(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        guard let content = pools.domainProofs[context.parameters.get("name") ?? ""] else { throw HTTPError(.notFound) }
        return .bytes(
            Array(content.utf8), contentType: "text/plain; charset=utf-8", cacheControl: "public, max-age=300")
    }
}
