import JWT
import Testing

@testable import IdP

/// What a page on Authing's SDK reads from its own address after a social sign-in.
struct SocialAnswer: Sendable {
    var answer: Answer
    var parameters: [String: String]

    var code: String? { parameters["code"] }
    var message: String? { parameters["message"] }
    /// The user object; null when there is none.
    var data: JSON { (try? JSON.parse(Array((parameters["data"] ?? "").utf8))) ?? .null }
    /// The Bearer inside.
    var token: String { data["token"]?.stringValue ?? "" }
}

extension TestApp {
    /// The address that Authing's SDKs open.
    static func socialStart(
        _ identifier: String, client: String?, redirectURL: String?, state: String? = nil, prefix: String = ""
    ) -> String {
        let query = PercentEncoding.query([("app_id", client), ("redirect_url", redirectURL), ("state", state)])
        return "\(prefix)/connections/social/\(identifier)?\(query)"
    }

    /// Signs in as a page on Authing's SDK does, pressing whatever is asked.
    func social(
        _ identifier: String, client: String = "web", redirectURL: String? = nil, state: String? = nil,
        in browser: Browser
    ) async throws -> SocialAnswer {
        let start = Self.socialStart(
            identifier, client: client, redirectURL: redirectURL ?? AuthorizationRequest.redirectURI(client),
            state: state,
            prefix: AuthorizationRequest.prefix(client))
        return try await finishSocial(try await browser.open(start), in: browser)
    }

    /// Presses on from the first answer.
    func finishSocial(_ first: Answer, in browser: Browser) async throws -> SocialAnswer {
        let answer = try await browser.pressOn(first)
        return SocialAnswer(answer: answer, parameters: answer.fragment.isEmpty ? answer.query : answer.fragment)
    }
}
