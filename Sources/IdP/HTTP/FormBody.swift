import HTTPTypes
import Hummingbird

/// Reads `application/x-www-form-urlencoded` bodies.
enum FormBody {
    /// No form of ours needs more.
    static let limit = 64 << 10

    /// The parameters of a form.
    ///
    /// - Throws: `OAuthError` for another content type, a body over the limit, or malformed text.
    static func read(_ request: Request) async throws -> Parameters {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        guard type == "application/x-www-form-urlencoded" else {
            throw OAuthError(.invalidRequest, "the body must be application/x-www-form-urlencoded")
        }
        var request = request
        let body = Array(try await request.collectBody(upTo: limit).readableBytesView)
        guard let text = String(validating: body, as: UTF8.self) else { throw OAuthError(Parameters.Failure.malformed) }
        do {
            return try Parameters(parsing: text)
        } catch {
            throw OAuthError(error)
        }
    }
}
