import HTTPTypes
import JWT
import Testing

@testable import IdP

/// What a page that opened a popup is told, and which pages could have been told.
struct PopupAnswer: Sendable {
    var answer: Answer

    /// The message; null when the answer is no such page.
    var message: JSON {
        let text = answer.text.value(of: "content", after: "name=\"wxidp-message\"") ?? ""
        return (try? JSON.parse(Array(text.utf8))) ?? .null
    }
    /// The origins that the browser may deliver to.
    var targets: [String] {
        answer.text.matches(of: /name="wxidp-target" content="([^"]*)"/).map { String($0.output.1) }
    }
    var code: Int64? { message["code"]?.integerValue }
    var token: String { message["data"]?["token"]?.stringValue ?? "" }
    /// The one script of the page.
    var script: String {
        guard let start = answer.text.firstRange(of: "<script>") else { return "" }
        return String(answer.text[start.upperBound...].prefix { $0 != "<" })
    }
}

extension TestApp {
    /// The configuration of the tests without Authing's paths.
    static func withoutAuthing(_ yaml: String) -> String {
        yaml.replacing("    compatibility: {authing: {enabled: true}}\n", with: "")
    }

    /// A browser outside WeChat that is signed in already.
    func desktop(person: String = "alice") async throws -> Browser {
        let phone = Browser(self, person: person)
        _ = try await code(in: phone)
        let desktop = Browser(self, person: person, userAgent: Browser.safari)
        desktop.cookies = phone.cookies
        return desktop
    }

    /// What a page gets that opens a popup as Authing's general SDK does.
    func popup(
        _ identifier: String = "mp", client: String = "web", redirectURL: String? = nil, state: String? = nil,
        extra: String = "&from_guard=1", in browser: Browser
    ) async throws -> PopupAnswer {
        let start = Self.socialStart(
            identifier, client: client, redirectURL: redirectURL, state: state,
            prefix: AuthorizationRequest.prefix(client))
        return PopupAnswer(answer: try await browser.open(start + extra))
    }
}
