import Foundation
import HTTPTypes
import JWT
import Synchronization
import Testing

@testable import IdP

/// Applications that take part in signing out, and what they are told.
enum LogoutStand {
    static let bye = "https://app.example.com/bye"

    /// Tells a story in which `web`, `basic` and `post` have addresses to return to and to be told at.
    static func story(
        _ outbound: any OutboundHTTP = NoOutboundHTTP(), _ story: @escaping @Sendable (TestApp) async throws -> Void
    ) async throws {
        try await TestApp.story(outbound: outbound, yaml: configured, story)
    }

    private static func configured(_ yaml: String) -> String {
        let additions = [
            "web": """
            post_logout_redirect_uris: ["\(bye)", "\(bye)?x=1"], backchannel_logout_uri: "https://app.example.com/back?via=1"
            """,
            "basic": """
            post_logout_redirect_uris: ["https://basic.example.com/bye"], \
            backchannel_logout_uri: "https://basic.example.com/back"
            """,
            "post": """
            backchannel_logout_uri: "https://post.example.com/back", subject_type: pairwise, \
            id_token_signed_response_alg: ES256
            """,
            "other-web": "post_logout_redirect_uris: [\"https://other.example.org/bye\"]",
        ]
        return additions.reduce(yaml) { yaml, addition in
            yaml.replacing("client_id: \(addition.key),", with: "client_id: \(addition.key), \(addition.value),")
        }
    }

    static func url(pool: String = "", _ parameters: [String: String?] = [:]) -> String {
        let query = PercentEncoding.query(parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        return pool + "/oidc/session/end" + (query.isEmpty ? "" : "?" + query)
    }
}

/// Writes down what is posted, and answers as a test says.
final class Mailbox: OutboundHTTP {
    struct Letter: Sendable {
        var address: String
        var token: String
    }

    private struct State {
        var letters: [Letter] = []
        var isDown = false
    }

    private let state = Mutex(State())

    /// Everything that arrived or was turned away, oldest first.
    var letters: [Letter] { state.withLock(\.letters) }
    /// Turns everything away.
    var isDown: Bool {
        get { state.withLock(\.isDown) }
        set { state.withLock { $0.isDown = newValue } }
    }

    func get(_ address: String) async -> [UInt8]? { nil }

    func post(_ form: [(String, String)], to address: String) async -> Bool {
        let token = form.first { $0.0 == "logout_token" }.map { $0.1 } ?? ""
        return state.withLock { state in
            state.letters.append(Letter(address: address, token: token))
            return !state.isDown
        }
    }

    /// Returns once that many have come in all; a notice may travel after the answer to the browser.
    func wait(for count: Int) async throws {
        for _ in 0..<5000 where letters.count < count { try await Task.sleep(for: .milliseconds(1)) }
        try #require(letters.count >= count, "only \(letters.count) notices were sent")
    }
}

extension TestApp {
    /// True while this browser's session lives.
    func isSignedIn(_ browser: Browser, _ client: String = "web") async throws -> Bool {
        let answer = try await browser.request(AuthorizationRequest(client, ["prompt": "none"]).url)
        return answer.query["code"] != nil
    }
}

extension Browser {
    /// Presses one of the two buttons of a page's form, hidden fields and all.
    func submit(
        _ page: Answer, _ decision: String = "allow", changing: [String: String?] = [:], sendsCookies: Bool = true
    ) async throws -> Answer {
        let action = try #require(page.text.value(of: "action", after: "<form class=\"choice\""))
        var form = page.hiddenFields
        form["decision"] = decision
        for (name, value) in changing { form[name] = value }
        return try await request(.post, action, form: form, sendsCookies: sendsCookies)
    }
}

extension Answer {
    /// The hidden fields of the page's first form.
    var hiddenFields: [String: String] {
        let form = text.split(separator: "<form class=\"choice\"", maxSplits: 1).dropFirst().first ?? ""
        var fields: [String: String] = [:]
        for input in form.prefix(upTo: form.firstRange(of: "</form>")?.lowerBound ?? form.endIndex).split(
            separator: "<input type=\"hidden\"")
        {
            guard let name = String(input).value(of: "name", after: ""),
                let value = String(input).value(of: "value", after: "")
            else { continue }
            fields[name] = value
        }
        return fields
    }

    func clearsSession(_ pool: String = "default") -> Bool {
        setCookies.contains { $0.hasPrefix("__Host-wxidp-session-\(pool)=;") && $0.contains("Max-Age=0") }
    }
}
