import HTTPTypes
import Testing

@testable import IdP

/// `/oidc/consents`: what a person has allowed, and taking it back.
@Suite("Consents page")
struct ConsentTests {
    private static let page = "/oidc/consents"

    @Test("nobody signed in: the page says so, and a form changes nothing")
    func signedOut() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let tokens = try await app.tokens("third", in: browser)
            let page = try await Browser(app).request(Self.page)
            #expect(page.status == .ok && page.page == "consents-signed-out" && !page.text.contains("<form"))
            let mine = try await browser.request(Self.page)
            let answer = try await browser.submit(mine, "deny", sendsCookies: false)
            #expect(answer.status == .seeOther && answer.location == Self.page)
            #expect(try await app.count("consents") == 1)
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
        }
    }

    @Test("only this person's own form withdraws, and only their own consent")
    func forged() async throws {
        try await TestApp.story { app in
            let (alice, ming) = (Browser(app), Browser(app, person: "xiaoming"))
            let tokens = try await app.tokens("third", in: alice)
            _ = try await app.tokens("third", in: ming)
            let page = try await alice.request(Self.page)
            let other = try await ming.request(Self.page).hiddenFields["token"]
            let logout = try await alice.request(LogoutStand.url()).hiddenFields["token"]
            for token in [other, logout, nil, "x"] {
                _ = try await alice.submit(page, "deny", changing: ["token": token])
                #expect(try await app.count("consents") == 2)
            }
            _ = try await alice.submit(page, "deny", changing: ["client_id": "web"])
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
            _ = try await ming.submit(try await ming.request(Self.page), "deny")
            #expect(try await app.count("consents") == 1)
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
            #expect(try await alice.request(Self.page).page == "consents")
        }
    }

    @Test("malformed forms are refused")
    func malformed() async throws {
        try await TestApp.story { app in
            for body in ["token=a&token=b", "client_id=a&client_id=b", "token=%ZZ"] {
                let answer = try await app.send(
                    .post, Self.page, headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
                #expect(answer.status == .badRequest)
            }
            let json = try await app.send(.post, Self.page, headers: [.contentType: "application/json"], body: "{}")
            #expect(json.status == .badRequest)
        }
    }

    @Test("lists other people's applications with what they get, escaped, in both languages")
    func list() async throws {
        try await TestApp.story { app in
            let browser = Browser(app, languages: "en")
            _ = try await app.tokens(in: browser)
            #expect(try await browser.request(Self.page).page == "no-consents")
            _ = try await app.tokens("third", in: browser)
            let page = try await browser.request(Self.page)
            #expect(page.page == "consents" && page.headers[.cacheControl] == "no-store")
            #expect(page.text.contains("Third &lt;b&gt;party&lt;/b&gt;") && !page.text.contains("Third <b>"))
            #expect(page.text.contains("nickname and picture") && page.text.contains("Withdraw"))
            #expect(page.text.ranges(of: "<form").count == 1)
            let chinese = try await browser.request(Self.page + "?ui_locales=zh")
            #expect(chinese.text.contains("昵称和头像") && chinese.text.contains("撤回授权"))
        }
    }

    @Test("withdrawing ends every token of that application, refresh tokens too, and it must ask again")
    func withdraw() async throws {
        try await TestApp.story { app in
            let (browser, elsewhere) = (Browser(app), Browser(app))
            let tokens = try await app.tokens("third", in: browser)
            let others = try await app.tokens("third", in: elsewhere)
            let web = try await app.tokens(in: browser)
            let done = try await browser.submit(try await browser.request(Self.page), "deny")
            #expect(done.status == .seeOther && done.location == Self.page)
            #expect(try await browser.open(Self.page).page == "no-consents")
            for answer in [tokens, others] {
                #expect(try await app.me(answer.field("access_token")).status == .unauthorized)
                #expect(try await app.refresh(answer.field("refresh_token"), "third").error == "invalid_grant")
            }
            #expect(try await app.me(web.field("access_token")).status == .ok)
            let silent = try await browser.request(AuthorizationRequest("third", ["prompt": "none"]).url)
            #expect(silent.query["error"] == "consent_required")
            #expect(try await browser.open(AuthorizationRequest("third").url).page == "confirm")
        }
    }

    @Test("each pool has its own page")
    func pools() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.tokens("third", in: browser)
            #expect(try await browser.request("/pools/other" + Self.page).page == "consents-signed-out")
            _ = try await app.tokens("other-web", in: browser)
            #expect(try await browser.request("/pools/other" + Self.page).page == "no-consents")
        }
    }
}
