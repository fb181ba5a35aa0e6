import HTTPTypes
import Hummingbird
import JWT

/// Reads a JSON object from a body.
enum JSONBody {
    /// The bytes of a body, for whoever must look at them as they came; they stay in the request, whose body can be read
    /// from the wire only once.
    ///
    /// - Throws: 413 for a body over the limit.
    static func bytes(_ request: inout Request) async throws -> [UInt8] {
        Array(try await request.collectBody(upTo: FormBody.limit).readableBytesView)
    }

    /// The members of an object; an empty body has none.
    ///
    /// - Throws: `OAuthError.invalid_request` for another content type, and for anything but one JSON object.
    static func object(_ bytes: [UInt8], of request: Request) throws(OAuthError) -> JSONObject {
        guard !bytes.isEmpty else { return JSONObject() }
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        guard type == "application/json" else {
            throw OAuthError(.invalidRequest, "the body must be application/json")
        }
        guard let object = try? JSON.parse(bytes).objectValue else {
            throw OAuthError(.invalidRequest, "the body is not a JSON object")
        }
        return object
    }
}

extension JSONObject {
    /// A text that must be there; never empty, and without U+0000, which no database takes.
    func requireText(_ name: String) throws(OAuthError) -> String {
        guard let text = try optionalText(name) else { throw OAuthError(.invalidRequest, "\(name) is missing") }
        return text
    }

    /// A text that may be absent or `null`.
    func optionalText(_ name: String) throws(OAuthError) -> String? {
        guard let value = self[name], !value.isNull else { return nil }
        guard let text = value.stringValue, !text.isEmpty, !text.utf8.contains(0) else {
            throw OAuthError(.invalidRequest, "\(name) must be a text")
        }
        return text
    }

    /// A truth value; false when absent.
    func flag(_ name: String) throws(OAuthError) -> Bool {
        guard let value = self[name], !value.isNull else { return false }
        guard let flag = value.boolValue else { throw OAuthError(.invalidRequest, "\(name) must be true or false") }
        return flag
    }
}
