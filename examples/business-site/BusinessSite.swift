import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import JWT
import Logging
import NIOCore

/// A small shop that signs its visitors in with WeChat: what somebody who uses the provider would write.
///
/// Pages: `/` signs in with code and PKCE, `/legacy` as Authing's published snippet does, and `/auth/callback` is where
/// both come back to. `GET /api/me` is the shop's back end: it takes `Authorization: Bearer <ID token>`.
public struct BusinessSite: Sendable {
    private let issuer: String
    private let sdkURL: String
    private let clientID: String
    private let userPoolID: String
    private let host: String
    private let port: Int
    private let logger: Logger

    /// A shop to be served at `host` and `port` over plain HTTP.
    ///
    /// - Parameters:
    ///   - issuer: the issuer that ID tokens must name, such as `https://id.example.com/oidc`.
    ///   - sdkURL: address of the provider's `wxmp-sdk.js`.
    ///   - clientID: this shop's `client_id`, that of a public client.
    ///   - userPoolID: the user pool that the page `/legacy` names.
    public init(
        issuer: String, sdkURL: String, clientID: String, userPoolID: String = "default",
        host: String = "127.0.0.1", port: Int, logger: Logger
    ) {
        self.issuer = issuer
        self.sdkURL = sdkURL
        self.clientID = clientID
        self.userPoolID = userPoolID
        self.host = host
        self.port = port
        self.logger = logger
    }

    /// Serves until the task is cancelled or the service group around it shuts down.
    public func run() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        let httpClient = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await makeApplication(httpClient: httpClient).run()
        } catch {
            try? await httpClient.shutdown()
            throw error
        }
        try await httpClient.shutdown()
    }

    private func makeApplication(httpClient: HTTPClient) -> some ApplicationProtocol {
        let verifier = IDTokenVerifier(issuer: issuer, clientID: clientID, httpClient: httpClient)
        let files = SiteFiles(
            issuer: issuer, values: ["sdk": sdkURL, "client": clientID, "pool": userPoolID])
        let router = Router()
        router.add(middleware: ServerErrors())
        for (path, name) in [
            ("/", "index.html"), ("/auth/callback", "index.html"), ("/legacy", "legacy.html"),
            ("/site.css", "site.css"), ("/site.js", "site.js"), ("/sign-in.js", "sign-in.js"),
            ("/legacy.js", "legacy.js"),
        ] {
            let response = files.response(name)
            router.get(RouterPath(path)) { _, _ in response }
        }
        router.get("/api/me") { request, context in
            try await Self.me(request, verifier: verifier, logger: context.logger)
        }
        return Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            logger: logger
        )
    }

    /// Who is asking: the claims of the ID token, once it is verified.
    private static func me(_ request: Request, verifier: IDTokenVerifier, logger: Logger) async throws -> Response {
        guard let token = bearerToken(request) else { return .unauthorized(error: nil) }
        do {
            let claims = try await verifier.verify(token)
            return .json(.object(claims.all), status: .ok)
        } catch let error as JWTError {
            // Safe to log: these errors never quote the token.
            logger.info("token refused", metadata: ["reason": "\(error)"])
            return .unauthorized(error: "invalid_token")
        } catch {
            logger.warning("cannot verify tokens: the provider does not answer")
            return .json(["error": "temporarily_unavailable"], status: .serviceUnavailable)
        }
    }

    private static func bearerToken(_ request: Request) -> String? {
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bearer", !parts[1].isEmpty else { return nil }
        return String(parts[1])
    }
}

extension Response {
    fileprivate static func json(_ body: JSON, status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.encoded()))
        )
    }

    /// RFC 6750: the error is named only to those who sent a token.
    fileprivate static func unauthorized(error: String?) -> Response {
        var response = json(["error": .string(error ?? "missing_token")], status: .unauthorized)
        response.headers[.wwwAuthenticate] = "Bearer realm=\"shop\"" + (error.map { ", error=\"\($0)\"" } ?? "")
        return response
    }
}

/// Answers errors without their text, which is nobody's business outside.
private struct ServerErrors: RouterMiddleware {
    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as any HTTPResponseError {
            return Response(status: error.status)
        } catch {
            context.logger.error("failed", metadata: ["error": "\(type(of: error))"])
            return Response(status: .internalServerError)
        }
    }
}
