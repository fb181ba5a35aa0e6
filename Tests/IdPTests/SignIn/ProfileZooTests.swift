import Foundation
import HTTPTypes
import JWT
import Testing
import WeChatSimulator

@testable import IdP

@Suite("The profile zoo never fails a login, never injects HTML, never breaks a token")
struct ProfileZooTests {
    @Test("each peculiar person signs in", arguments: SimulatedUser.zoo.map(\.id))
    func signsIn(_ person: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app, person: person)
            let tokens = try await app.tokens(in: browser)
            _ = try await app.verified(tokens.field("id_token"), type: .jwt)
            let me = try await app.me(tokens.field("access_token"))
            #expect(me.status == .ok && me.json["sub"]?.stringValue?.isEmpty == false)
            #expect(me.json["picture"]?.stringValue.map { $0.hasPrefix("https://") } ?? true)
            #expect(me.json["nickname"]?.stringValue?.isEmpty != true)
            for absent in ["email", "phone_number", "gender", "locale", "openid", "unionid"] {
                #expect(me.json[absent] == nil)
            }
            // Social answers carry the nickname too.
            let social = try await Browser(app, person: person).open(
                "/connections/social/wild?app_id=second&redirect_url=https%3A%2F%2Fwww.example.com%2Fx")
            let answer = try await browser.pressOn(social)
            let data = try JSON.parse(Array((answer.fragment["data"] ?? "").utf8))
            #expect(data["nickname"] == (me.json["nickname"] ?? .null))
            let ours = browser.pages.filter { $0.contains("wxidp-page") }
            #expect(!ours.contains { $0.contains("<img") || $0.contains("<script") || $0.contains("onerror") })
        }
    }

    @Test("bytes that open HTML are escaped on our pages, whatever follows them")
    func escapedEverywhere() async throws {
        let hostile = ["\"\u{301}><b\u{200D}>", "<\u{301}script>", "'\u{FE0F}onx=", "<\u{200D}img>"]
        for name in hostile {
            try await TestApp.story { yaml in
                yaml.replacing(
                    "\"Third <b>party</b>\"",
                    with: "'" + name.replacingOccurrences(of: "'", with: "''", options: .literal) + "'")
            } _: { app in
                let browser = Browser(app)
                _ = try await app.code(in: browser)
                let page = try await browser.open(AuthorizationRequest("third").url)
                #expect(page.page == "confirm")
                let bytes = Array(page.text.utf8)
                let escaped = HTMLBytesContentType().escapeText(name)
                #expect(
                    bytes.firstRange(of: Array(escaped.utf8)) != nil
                        && !escaped.utf8.contains { "<>\"'".utf8.contains($0) })
                // Nowhere does a byte that opens something stand before the scalar that came behind it.
                let scalars = Array(name.unicodeScalars)
                for (open, next) in zip(scalars, scalars.dropFirst())
                where "<>\"'".unicodeScalars.contains(open) && !next.isASCII {
                    #expect(bytes.firstRange(of: Array(String(open).utf8) + Array(String(next).utf8)) == nil)
                }
            }
        }
    }
}
