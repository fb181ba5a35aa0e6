import HTTPTypes
import Hummingbird
import JWT
import NIOCore

/// An error for a client program, with the RFC's code.
///
/// RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, OpenID Connect Core section 3.1.2.6.
struct OAuthError: Error, Sendable, Equatable {
    enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case unsupportedResponseType = "unsupported_response_type"
        case invalidScope = "invalid_scope"
        case accessDenied = "access_denied"
        case serverError = "server_error"
        case temporarilyUnavailable = "temporarily_unavailable"
        case loginRequired = "login_required"
        case consentRequired = "consent_required"
        case requestNotSupported = "request_not_supported"
        case requestURINotSupported = "request_uri_not_supported"
        case registrationNotSupported = "registration_not_supported"
        case unmetAuthenticationRequirements = "unmet_authentication_requirements"
        case invalidTarget = "invalid_target"
        case authorizationPending = "authorization_pending"
        case slowDown = "slow_down"
        case expiredToken = "expired_token"
        case unsupportedTokenType = "unsupported_token_type"
        case invalidToken = "invalid_token"
        case insufficientScope = "insufficient_scope"
    }

    /// Which `WWW-Authenticate` goes along.
    enum Challenge: Sendable, Equatable {
        case none
        case basic
        /// RFC 6750 section 3: the error is named, unless no token was sent at all.
        case bearer(namesError: Bool)
    }

    var code: Code
    /// Printable ASCII without `"` and `\`; never repeats what was sent.
    var description: String
    var challenge: Challenge = .none
    /// Seconds after which it may be tried again; the header `Retry-After`.
    var retryAfter: Int?

    init(_ code: Code, _ description: String, challenge: Challenge = .none, retryAfter: Int? = nil) {
        self.code = code
        self.description = description
        self.challenge = challenge
        self.retryAfter = retryAfter
    }

    init(_ failure: Parameters.Failure) {
        switch failure {
        case .malformed: self.init(.invalidRequest, "the parameters are not well-formed percent-encoded UTF-8")
        case .tooMany: self.init(.invalidRequest, "too many parameters")
        case .repeated: self.init(.invalidRequest, "a parameter is included more than once")
        }
    }

    var status: HTTPResponse.Status {
        switch code {
        case .invalidClient: .unauthorized
        case .invalidToken: .unauthorized
        case .insufficientScope: .forbidden
        case .serverError: .internalServerError
        case .temporarilyUnavailable: .serviceUnavailable
        default: challenge == .bearer(namesError: false) ? .unauthorized : .badRequest
        }
    }

    /// The answer to a program: JSON and, where due, `WWW-Authenticate`.
    var response: Response {
        var response = Response.json(
            ["error": .string(code.rawValue), "error_description": .string(description)], status: status)
        response.headers[.retryAfter] = retryAfter.map(String.init)
        switch challenge {
        case .none: break
        case .basic: response.headers[.wwwAuthenticate] = "Basic realm=\"wxidp\""
        case .bearer(namesError: false): response.headers[.wwwAuthenticate] = "Bearer realm=\"wxidp\""
        case .bearer(namesError: true):
            response.headers[.wwwAuthenticate] =
                "Bearer realm=\"wxidp\", error=\"\(code.rawValue)\", error_description=\"\(description)\""
        }
        return response
    }
}

extension Response {
    /// A JSON answer that nobody may keep.
    static func json(_ object: JSONObject, status: HTTPResponse.Status = .ok) -> Response {
        bytes(JSON.object(object).encoded(), contentType: "application/json", status: status)
    }

    /// A text answer; `no-store` unless the caller says otherwise.
    static func bytes(
        _ bytes: [UInt8], contentType: String, status: HTTPResponse.Status = .ok, cacheControl: String = "no-store"
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = contentType
        headers[.cacheControl] = cacheControl
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A redirect that is not kept; 303 after a POST, so that the browser goes on with GET.
    static func found(_ location: String, after method: HTTPRequest.Method = .get) -> Response {
        var headers = HTTPFields()
        headers[.location] = location
        headers[.cacheControl] = "no-store"
        return Response(status: method == .get ? .found : .seeOther, headers: headers)
    }
}

extension Parameters {
    /// The value of a parameter that may be absent.
    ///
    /// - Throws: `OAuthError.invalid_request` when it is repeated.
    func optional(_ name: String) throws(OAuthError) -> String? {
        do { return try self[name] } catch { throw OAuthError(error) }
    }

    /// The value of a parameter that must be there.
    ///
    /// - Throws: `OAuthError.invalid_request` when it is missing or repeated.
    func require(_ name: String) throws(OAuthError) -> String {
        guard let value = try optional(name) else { throw OAuthError(.invalidRequest, "\(name) is missing") }
        return value
    }
}
