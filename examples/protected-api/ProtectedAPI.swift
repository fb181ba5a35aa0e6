import AsyncHTTPClient
import BearerAuth
import HTTPTypes
import Hummingbird
import Logging

/// A back end that knows who calls: with an access token, or from a mini program with signed requests.
@main
struct ProtectedAPI {
    /// A request on its way through this back end, and who sent it.
    struct Context: BearerRequestContext, SignedRequestContext {
        var coreContext: CoreRequestContextStorage
        var bearer: BearerPrincipal?
        var signedRequest: SignedRequestPrincipal?

        init(source: ApplicationRequestContextSource) {
            coreContext = .init(source: source)
        }
    }

    static func main() async throws {
        let environment = Environment()
        let provider = environment.get("PROVIDER") ?? "http://127.0.0.1:8080"
        let port = environment.get("PORT", as: Int.self) ?? 8090
        let logger = Logger(label: "protected-api")
        // No redirects: an answer from elsewhere is not the provider's.
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let application = Application(
            router: router(provider: provider, http: AsyncProviderHTTP(client: client)),
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil), logger: logger)
        do {
            try await application.runService()
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    /// Two doors: one for tokens, one for mini programs.
    static func router(provider: String, http: any ProviderHTTP) -> Router<Context> {
        let issuer = provider + "/oidc"
        let router = Router(context: Context.self)
        router.get("/") { _, _ in "Call /me with an access token, or /orders from a mini program.\n" }

        let tokens = BearerTokenVerifier(
            issuer: issuer, audience: issuer, keys: KeySetCache(issuer: issuer, http: http))
        router.group("me").add(middleware: BearerAuthMiddleware(tokens, realm: "protected-api")).get { _, context in
            let caller = try context.requireBearer("openid")
            return Caller(sub: caller.subject, client: caller.clientID, openid: nil)
        }

        let signatures = SignedRequestVerifier(address: provider + "/login/verify", http: http)
        router.group("orders").add(middleware: SignedRequestMiddleware(signatures)).get { _, context in
            let caller = try context.requireSignedRequest()
            return Caller(sub: caller.subject, client: nil, openid: caller.openID)
        }
        return router
    }

    /// Who the back end takes its caller for.
    struct Caller: ResponseEncodable {
        var sub: String
        var client: String?
        var openid: String?
    }
}
