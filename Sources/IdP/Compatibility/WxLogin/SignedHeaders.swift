import HTTPTypes
import Hummingbird

/// The headers of a signed request, and what they sign.
struct SignedHeaders: Sendable {
    /// Longer ones are none of ours: AppID, openid and 32 bytes are some 120 characters.
    private static let longest = 512

    let token: String
    let signature: String?
    let uri: String

    /// Nil when there is no token.
    init?(_ request: Request) {
        guard let token = request.headers[.wxLoginToken], token.utf8.count <= Self.longest else { return nil }
        self.token = token
        signature = request.headers[.wxLoginSignature]
        uri = Self.target(request)
    }

    /// Path and query as they were received; a target in absolute form (RFC 9112 section 3.2.2) is cut down to them.
    private static func target(_ request: Request) -> String {
        let text = request.uri.string
        guard !text.hasPrefix("/"), let scheme = text.firstRange(of: "://") else { return text }
        return text[scheme.upperBound...].firstIndex(of: "/").map { String(text[$0...]) } ?? "/"
    }
}

extension HTTPField.Name {
    static let wxLoginToken = contract("WX-LOGIN-STOKEN")
    static let wxLoginSignature = contract("WX-LOGIN-SIG")

    private static func contract(_ name: String) -> Self {
        // The names above are valid by construction; `date` is never reached.
        HTTPField.Name(name) ?? .date
    }
}
