import HTTPTypes
import Hummingbird

/// Authing's ways to sign out by going to an address: `/login/profile/logout` and `/api/v2/logout`.
///
/// Neither carries proof of the person, so both lead to our end-session page, which asks. The address to return to must be
/// registered, and its owner is named there, so that the page shows which application it is.
struct AuthingLogoutRoutes: Sendable {
    let pools: PoolDirectory

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("login/profile/logout", use: logOut)
        group.get("api/v2/logout", use: logOut)
    }

    @Sendable private func logOut(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requireAuthing(of: context)
        let (redirectURI, clientID, state, language): (String?, String?, String?, String?)
        do {
            let parameters = try Parameters(parsing: request.uri.query ?? "")
            redirectURI = try parameters["redirect_uri"]
            clientID = try parameters["app_id"]
            state = try parameters["state"]
            language = try parameters["lang"] ?? parameters["ui_locales"]
        } catch {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "malformed logout request")
        }
        let owner = redirectURI.flatMap { address in
            pool.applications.first { application in
                application.postLogoutRedirectURIs.contains { $0.utf8.elementsEqual(address.utf8) }
            }
        }
        if clientID == nil, redirectURI != nil, owner == nil {
            throw PageFailure(.redirectNotAllowed, poolName: pool.name, cause: "redirect_uri is nobody's")
        }
        let query = PercentEncoding.query([
            ("client_id", clientID ?? owner?.id.rawValue), ("post_logout_redirect_uri", redirectURI), ("state", state),
            ("ui_locales", language),
        ])
        return .found("\(pool.pathPrefix)/oidc\(EndSessionRoutes.path)" + (query.isEmpty ? "" : "?" + query))
    }
}
