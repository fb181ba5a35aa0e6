import HTTPTypes
public import Hummingbird
import Logging

/// A request context that can hold who calls.
public protocol BearerRequestContext: RequestContext {
    /// Set by ``BearerAuthMiddleware``; nil behind no such middleware.
    var bearer: BearerPrincipal? { get set }
}

extension BearerRequestContext {
    /// Who calls, for handlers behind ``BearerAuthMiddleware``.
    ///
    /// - Parameter scopes: what the token must allow besides.
    /// - Throws: a 401 or 403 that Hummingbird answers.
    public func requireBearer(_ scopes: String...) throws -> BearerPrincipal {
        guard let bearer else { throw HTTPError(.unauthorized) }
        guard bearer.scopes.isSuperset(of: scopes) else { throw HTTPError(.forbidden) }
        return bearer
    }
}

/// Lets in requests with a Bearer JWT that holds, and tells handlers who calls.
///
/// The token is read from `Authorization` alone (RFC 6750 section 2.1): one in a query would stand in logs.
public struct BearerAuthMiddleware<Context: BearerRequestContext>: RouterMiddleware {
    private let verifier: BearerTokenVerifier
    private let scopes: [String]
    private let realm: String

    /// A gate for the routes behind it.
    ///
    /// - Parameters:
    ///   - scopes: what every token must allow.
    ///   - realm: named in `WWW-Authenticate`; without quotation marks.
    public init(_ verifier: BearerTokenVerifier, scopes: [String] = [], realm: String = "api") {
        self.verifier = verifier
        self.scopes = scopes
        self.realm = realm
    }

    /// Answers 401, 403 or 503 as RFC 6750 section 3 words them, or goes on.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        do {
            let principal = try await verifier.verify(try Self.token(request))
            guard principal.scopes.isSuperset(of: scopes) else { throw BearerAuthError.insufficientScope(scopes) }
            context.bearer = principal
        } catch let error as BearerAuthError {
            // Safe to log: these errors quote nothing.
            context.logger.log(
                level: error == .providerUnavailable ? .error : .info, "request refused",
                metadata: ["reason": "\(error)"])
            return error.response(realm: realm)
        }
        return try await next(request, context)
    }

    private static func token(_ request: Request) throws(BearerAuthError) -> String {
        let tokens = request.headers[values: .authorization].compactMap { header -> String? in
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            return parts[1].filter { $0 != " " }
        }
        guard tokens.count <= 1 else { throw .severalTokens }
        guard let token = tokens.first else { throw .missingToken }
        return token
    }
}
