import HTTPTypes
import Hummingbird

/// `/{txt_filename}`: proves to WeChat that this host is the account's. Exact bytes, on http and https, no redirect.
struct DomainProofRoutes: Sendable {
    let pools: PoolDirectory

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get(":file", use: proof)
    }

    @Sendable private func proof(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        guard let content = pools.domainProofs[context.parameters.get("file") ?? ""] else { throw HTTPError(.notFound) }
        return .bytes(Array(content.utf8), contentType: "text/plain; charset=utf-8", cacheControl: "public, max-age=300")
    }
}
