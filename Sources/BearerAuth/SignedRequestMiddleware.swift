import HTTPTypes
public import Hummingbird
import JWT
import Logging

/// A request context that can hold who calls from a mini program.
public protocol SignedRequestContext: RequestContext {
    /// Set by ``SignedRequestMiddleware``; nil behind no such middleware.
    var signedRequest: SignedRequestPrincipal? { get set }
}

extension SignedRequestContext {
    /// Who calls, for handlers behind ``SignedRequestMiddleware``.
    ///
    /// - Throws: a 401 that Hummingbird answers.
    public func requireSignedRequest() throws -> SignedRequestPrincipal {
        guard let signedRequest else { throw HTTPError(.unauthorized) }
        return signedRequest
    }
}

/// Lets in requests that a mini program signed with `WX-LOGIN-STOKEN` and `WX-LOGIN-SIG`.
///
/// Refusals have the four members of `wx_login_middleware`, so that its front end reads them as before.
public struct SignedRequestMiddleware<Context: SignedRequestContext>: RouterMiddleware {
    private let verifier: SignedRequestVerifier
    private let pathPrefix: String

    /// A gate for the routes behind it.
    ///
    /// - Parameter pathPrefix: what a proxy in front takes off the path, such as `/shop`: the mini program signed the
    ///   address it called, with that.
    public init(_ verifier: SignedRequestVerifier, pathPrefix: String = "") {
        self.verifier = verifier
        self.pathPrefix = pathPrefix
    }

    /// Answers 401 or 503, or goes on.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let token = Self.header("WX-LOGIN-STOKEN", request) else {
            return Self.refusal("no WX-LOGIN-STOKEN header")
        }
        let signature = Self.header("WX-LOGIN-SIG", request)
        let principal: SignedRequestPrincipal?
        do {
            principal = try await verifier.verify(
                token: token, signature: signature, uri: pathPrefix + Self.target(request))
        } catch {
            context.logger.error("the provider could not be asked about a signed request")
            return Self.answer(.serviceUnavailable, "inner-service-fail", "")
        }
        guard let principal else { return Self.refusal(signature == nil ? "no WX-LOGIN-SIG header" : "") }
        var context = context
        context.signedRequest = principal
        return try await next(request, context)
    }

    private static func header(_ name: String, _ request: Request) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }

    /// Path and query as they were received, the same over HTTP/1.1 and HTTP/2; a target in absolute form
    /// (RFC 9112 section 3.2.2) is cut down to them.
    static func target(_ request: Request) -> String {
        let text = request.uri.string
        guard !text.hasPrefix("/"), let scheme = text.firstRange(of: "://") else { return text }
        return text[scheme.upperBound...].firstIndex(of: "/").map { String(text[$0...]) } ?? "/"
    }

    private static func refusal(_ detail: String) -> Response {
        answer(.unauthorized, "auth-login-session-fail", detail)
    }

    private static func answer(_ status: HTTPResponse.Status, _ code: String, _ detail: String) -> Response {
        var response = Response.json(
            [
                "status": .integer(Int64(status.code)), "code": .string(code), "message": "登录会话验证失败",
                "detail": .string(detail),
            ], status: status)
        if status == .serviceUnavailable {
            response.headers[.retryAfter] = "5"
        } else {
            response.headers[.wwwAuthenticate] = "WX-LOGIN"
        }
        return response
    }
}
