import Foundation
import HTTPTypes
import Hummingbird
import WeChat

/// The front door of Authing's `authing-wxmp-sdk`: `/connections/social/{identifier}` and the oldest
/// `/oauth/wechatmp/url/{userPoolId}`.
struct SocialRoutes: Sendable {
    let pools: PoolDirectory
    let dispatcher: SignInDispatcher
    let visits: VisitReader

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("connections/social/:identifier", use: start)
    }

    /// The oldest form names the pool in its path, so it stands at the root for every pool.
    func mountAtRoot(on group: RouterGroup<ProviderRequestContext>) {
        group.get("oauth/wechatmp/url/:user_pool_id", use: startOldest)
    }

    @Sendable private func start(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let segment = context.parameters.get("identifier") ?? ""
        return try await begin(request, pool, context) { checks in
            try checks.run(identifier: segment.removingPercentEncoding ?? segment)
        }
    }

    @Sendable private func startOldest(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        guard let id = PoolID(rawValue: context.parameters.get("user_pool_id") ?? ""), let pool = pools[id] else {
            throw PageFailure(.notFound, status: .notFound, cause: "no such pool")
        }
        return try await begin(request, pool, context) { try $0.runOldest() }
    }

    private func begin(
        _ request: Request, _ pool: Pool, _ context: ProviderRequestContext,
        check: (SocialChecks) throws -> SignInRequest
    ) async throws -> Response {
        guard let parameters = try? Parameters(parsing: request.uri.query ?? "") else {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "malformed query")
        }
        let browser = WeChatBrowser.detect(userAgent: request.headers[.userAgent] ?? "")
        let checks = SocialChecks(pool: pool, parameters: parameters, isInWeChat: browser.isWeChat)
        do {
            let signIn = try check(checks)
            let visit = try await visits.visit(request, pool: pool)
            return try await dispatcher.begin(signIn, visit: visit, context: context)
        } catch var failure as PageFailure {
            failure.poolName = failure.poolName ?? pool.name
            failure.language = failure.language ?? checks.language
            throw failure
        }
    }
}
