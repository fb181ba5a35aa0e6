import HTTPTypes
import Hummingbird

/// Finds the Bearer token of a request: in the header or in a form body, never in the query.
///
/// RFC 6750 section 2.
enum BearerToken {
    static func read(_ request: Request) async throws -> String {
        var found = headers(request)
        let isForm = request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false
        if request.method == .post, isForm {
            let form = try await FormBody.read(request)
            do {
                if let token = try form["access_token"] { found.append(token) }
            } catch {
                throw Self.ambiguous
            }
        }
        return try only(found)
    }

    /// The token of the header, where a body has another purpose.
    static func ofHeader(_ request: Request) throws -> String {
        try only(headers(request))
    }

    private static func headers(_ request: Request) -> [String] {
        request.headers[values: .authorization].compactMap { header in
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            return parts[1].filter { $0 != " " }
        }
    }

    private static func only(_ found: [String]) throws -> String {
        guard found.count <= 1 else { throw Self.ambiguous }
        guard let token = found.first else {
            throw OAuthError(.invalidRequest, "no token", challenge: .bearer(namesError: false))
        }
        return token
    }

    private static let ambiguous = OAuthError(
        .invalidRequest, "more than one token", challenge: .bearer(namesError: true))
}
