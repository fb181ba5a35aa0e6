import HTTPTypes
import Testing

@testable import IdP

@Suite("Other people's and native applications: a person confirms, always")
struct ConfirmationTests {
    static let clients = ["native", "third"]

    @Test("also with a live session, each time for a native one", arguments: ["native"])
    func confirms(_ client: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            for _ in 0..<2 {
                let page = try await browser.open(AuthorizationRequest(client).url)
                #expect(page.status == .ok && page.page == "confirm")
                let answer = try await browser.press(page)
                #expect(answer.status == .seeOther && answer.query["code"] != nil)
                let expected = AuthorizationRequest.redirectURI(client)
                #expect(answer.location?.hasPrefix(expected + "?") == true)
            }
        }
    }

    @Test("prompt=none is consent_required", arguments: clients)
    func promptNone(_ client: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let answer = try await browser.open(AuthorizationRequest(client, ["prompt": "none"]).url)
            #expect(answer.query["error"] == "consent_required")
        }
    }

    @Test("deny is access_denied, and nothing is issued", arguments: clients)
    func deny(_ client: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let issued = try await app.count("authorization_codes")
            let page = try await browser.open(AuthorizationRequest(client).url)
            let answer = try await browser.refuse(page)
            #expect(answer.status == .seeOther && answer.query["error"] == "access_denied")
            #expect(answer.query["state"] == "st.A_te~1")
            #expect(try await app.count("authorization_codes") == issued)
            // Changing one's mind with the back button: the answer stands.
            let action = try #require(page.text.value(of: "action", after: "<form class=\"choice\""))
            let again = try await browser.request(.post, action, form: ["decision": "allow"])
            #expect(again.query["code"] == nil)
        }
    }

    @Test("the page names application and return address, escaped")
    func names() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let page = try await browser.open(AuthorizationRequest("third").url)
            #expect(page.text.contains("Third &lt;b&gt;party&lt;/b&gt;"))
            #expect(!page.text.contains("<b>party"))
            #expect(page.text.contains("https://third.example.net"))
            #expect(page.text.contains("Example &amp; Söhne"))
        }
    }

    @Test("a decision without cookie, without value or of another browser is refused")
    func forgedDecision() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            let page = try await browser.open(AuthorizationRequest("third").url)
            let action = try #require(page.text.value(of: "action", after: "<form class=\"choice\""))
            let bare = try await browser.request(.post, action, form: ["decision": "allow"], sendsCookies: false)
            #expect(bare.status == .badRequest && bare.location == nil)
            let stranger = Browser(app)
            _ = try await app.code(in: stranger)
            let foreign = try await stranger.request(.post, action, form: ["decision": "allow"])
            #expect(foreign.status == .badRequest && foreign.location == nil)
            for form in [["decision": "maybe"], ["x": "allow"], [:]] {
                let empty = try await browser.request(.post, action, form: form)
                #expect(empty.status == .badRequest && empty.location == nil)
            }
            #expect(try await browser.press(page).query["code"] != nil)
        }
    }

    @Test("an empty decision signs nobody in who is not signed in")
    func allowBeforeSignIn() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest("third").url)
            #expect(page.page == "sign-in")
            let link = try #require(browser.mainLink(page)).prefix { $0 != "?" }
            let answer = try await browser.follow(
                try await browser.request(.post, String(link), form: ["decision": "allow"]))
            #expect(answer.query["code"] == nil)
            #expect(try await app.isUntouched())
        }
    }
}
