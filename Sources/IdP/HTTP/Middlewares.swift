import HTTPTypes
import Hummingbird
import JWT
import Logging
import NIOHTTP1

/// Gives each request its id and writes one line when it is answered.
///
/// The address is logged as the route's pattern, and never with its query: codes, states and handles stand there.
struct RequestLogMiddleware: RouterMiddleware {
    typealias Context = ProviderRequestContext
    let surroundings: Surroundings

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = surroundings.randomBytes(8).hex
        context.logger[metadataKey: LogHandlers.requestIDKey] = "\(context.requestID)"
        let started = surroundings.uptime()
        var response = try await next(request, context)
        response.headers[.xRequestID] = context.requestID
        let elapsed = surroundings.uptime() - started
        context.logger.info(
            "answered",
            metadata: [
                "method": "\(request.method)", "route": "\(context.endpointPath ?? "-")",
                "status": .stringConvertible(response.status.code),
                "ms": .stringConvertible(
                    Int(elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000)),
            ])
        return response
    }
}

/// The headers every answer carries; a page adds its own content security policy.
struct SecurityHeadersMiddleware: RouterMiddleware {
    typealias Context = ProviderRequestContext
    let isSecure: Bool

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        if response.headers[.xFrameOptions] == nil {
            response.headers[.xFrameOptions] = "DENY"
        }
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        if isSecure {
            response.headers[.strictTransportSecurity] = "max-age=31536000"
        }
        return response
    }
}

/// Turns thrown errors into answers.
///
/// Innermost, so that the headers above reach error answers too.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = ProviderRequestContext
    let pages: PageRenderer

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as OAuthError {
            if error.code == .serverError {
                context.logger.error("refused", metadata: ["error": "\(error.code.rawValue)"])
            }
            return error.response
        } catch let page as PageFailure {
            page.log(to: context.logger)
            var response = pages.response(page, request: request, context: context)
            if let seconds = page.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
            return response
        } catch let error as any HTTPResponseError {
            return answer(status: error.status, request: request, context: context)
        } catch let error as HTTPParserError {
            // A body that breaks off or is not HTTP: the server answers 400 and closes.
            throw error
        } catch let error as CancellationError {
            throw error
        } catch StorageError.unavailable(let reason) {
            context.logger.error("the database is not available", metadata: ["error": "\(reason)"])
            var response = answer(status: .serviceUnavailable, request: request, context: context)
            response.headers[.retryAfter] = "1"
            return response
        } catch {
            // The type and our own closed errors' texts only: other descriptions may repeat what was sent.
            let text = (error as? StorageError)?.description ?? "\(type(of: error))"
            context.logger.error("failed", metadata: ["error": "\(text)"])
            return answer(status: .internalServerError, request: request, context: context)
        }
    }

    private func answer(status: HTTPResponse.Status, request: Request, context: Context) -> Response {
        let wantsPage = request.headers[.accept]?.contains("text/html") ?? false
        guard wantsPage else {
            let code: OAuthError.Code =
                status == .serviceUnavailable
                ? .temporarilyUnavailable : status.code >= 500 ? .serverError : .invalidRequest
            return .json(
                ["error": .string(code.rawValue), "error_description": .string(status.reasonPhrase)], status: status)
        }
        let page = PageFailure(
            status == .notFound ? .notFound : status.code >= 500 ? .internalError : .badRequest, status: status)
        return pages.response(page, request: request, context: context)
    }
}

/// CORS for the endpoints that pages of applications call themselves.
///
/// Answers the origins of registered redirect URIs, without credentials. ``ErrorMiddleware`` stands inside it, so that a
/// page can read why it was refused.
struct CORSMiddleware: RouterMiddleware {
    typealias Context = ProviderRequestContext
    let pools: PoolDirectory

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let origin = request.headers[.origin]
        let pool = pools.pool(of: context)
        let isAllowed = origin.map { pool.map(pools.origins)?.contains($0) ?? false } ?? false
        var response: Response
        if request.method == .options {
            response = Response(status: isAllowed ? .noContent : .forbidden)
            if isAllowed {
                response.headers[.accessControlAllowMethods] = "GET, POST, OPTIONS"
                response.headers[.accessControlAllowHeaders] = "Authorization, Content-Type"
                response.headers[.accessControlMaxAge] = "600"
            }
        } else {
            response = try await next(request, context)
        }
        response.headers[.vary] = [response.headers[.vary], "Origin"].compactMap { $0 }.joined(separator: ", ")
        if isAllowed, let origin {
            response.headers[.accessControlAllowOrigin] = origin
            response.headers[.accessControlExposeHeaders] = "WWW-Authenticate, X-Request-Id"
        }
        return response
    }
}

extension RouterMethods where Context == ProviderRequestContext {
    /// Lets pages of other origins ask before they call; ``CORSMiddleware`` answers, but runs for known routes only.
    func allowPreflight(of paths: RouterPath...) {
        for path in paths {
            on(path, method: .options) { _, _ in Response(status: .noContent) }
        }
    }
}
