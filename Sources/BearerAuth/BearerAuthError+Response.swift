import HTTPTypes
import Hummingbird
import JWT
import NIOCore

extension BearerAuthError {
    /// The `error` of RFC 6750 section 3.1; nil where nothing was sent that could be wrong.
    var code: String? {
        switch self {
        case .missingToken: nil
        case .severalTokens: "invalid_request"
        case .invalidToken: "invalid_token"
        case .insufficientScope: "insufficient_scope"
        case .providerUnavailable: "temporarily_unavailable"
        }
    }

    var status: HTTPResponse.Status {
        switch self {
        case .missingToken, .invalidToken: .unauthorized
        case .severalTokens: .badRequest
        case .insufficientScope: .forbidden
        case .providerUnavailable: .serviceUnavailable
        }
    }

    /// The answer as RFC 6750 section 3 words it; why exactly a token was refused is told to nobody.
    ///
    /// - Parameter realm: the name of the protected part, without quotation marks.
    public func response(realm: String) -> Response {
        var response = Response.json(["error": .string(code ?? "missing_token")], status: status)
        var challenge = "Bearer realm=\"\(realm)\""
        if let code { challenge += ", error=\"\(code)\"" }
        switch self {
        case .insufficientScope(let scopes):
            challenge += ", scope=\"\(scopes.joined(separator: " "))\""
        case .providerUnavailable:
            response.headers[.retryAfter] = "5"
            return response
        default: break
        }
        response.headers[.wwwAuthenticate] = challenge
        return response
    }
}

extension Response {
    /// A JSON answer that nobody may keep.
    static func json(_ object: JSONObject, status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json", .cacheControl: "no-store", .xContentTypeOptions: "nosniff"],
            body: .init(byteBuffer: ByteBuffer(bytes: JSON.object(object).encoded())))
    }
}
