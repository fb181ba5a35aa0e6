import HTTPTypes
import Hummingbird
import JWT

/// The answers of Authing's interfaces: the outcome stands in the body, and the status is 200 for errors too.
enum AuthingEnvelope {
    /// `{code, message, data}`.
    static func version2(data: JSONObject) -> Response {
        .json(["code": 200, "message": "登录成功", "data": .object(data)])
    }

    static func version2(_ error: OAuthError) -> Response {
        retrying(.json(["code": .integer(Int64(error.status.code)), "message": .string(error.text)]), error)
    }

    /// `{statusCode, message, requestId, data}`.
    static func version3(data: JSONObject, requestID: String) -> Response {
        .json([
            "statusCode": 200, "message": "登录成功", "requestId": .string(requestID), "data": .object(data),
        ])
    }

    static func version3(_ error: OAuthError, requestID: String) -> Response {
        let body: JSONObject = [
            "statusCode": .integer(Int64(error.status.code)), "message": .string(error.text),
            "requestId": .string(requestID),
        ]
        return retrying(.json(body), error)
    }

    private static func retrying(_ response: Response, _ error: OAuthError) -> Response {
        var response = response
        response.headers[.retryAfter] = error.retryAfter.map(String.init)
        return response
    }
}

extension OAuthError {
    fileprivate var text: String { "\(code.rawValue): \(description)" }
}

/// A JSON object that a program on Authing's SDK sent.
struct AuthingBody: Sendable {
    private static let limit = 64 << 10

    private let object: JSONObject

    /// - Throws: `OAuthError` when it is no JSON object, or larger than 64 KiB.
    static func read(_ request: Request) async throws -> Self {
        var request = request
        let bytes = Array(try await request.collectBody(upTo: limit).readableBytesView)
        guard let object = try? JSON.parse(bytes).objectValue else {
            throw OAuthError(.invalidRequest, "the body must be a JSON object")
        }
        return Self(object: object)
    }

    /// A text that must be there.
    func text(_ name: String) throws(OAuthError) -> String {
        guard let text = try optionalText(name) else { throw OAuthError(.invalidRequest, "\(name) is missing") }
        return text
    }

    /// A text; nil when it is absent, null or empty.
    func optionalText(_ name: String) throws(OAuthError) -> String? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let text = value.stringValue, !text.utf8.contains(0) else {
            throw OAuthError(.invalidRequest, "\(name) must be a text")
        }
        return text.isEmpty ? nil : text
    }

    /// An object that must be there.
    func member(_ name: String) throws(OAuthError) -> Self {
        guard let member = try optionalMember(name) else { throw OAuthError(.invalidRequest, "\(name) is missing") }
        return member
    }

    /// An object; nil when it is absent or null.
    func optionalMember(_ name: String) throws(OAuthError) -> Self? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let member = value.objectValue else {
            throw OAuthError(.invalidRequest, "\(name) must be an object")
        }
        return Self(object: member)
    }
}
