import HTTPTypes
import Testing

@testable import IdP

@Suite("A sign-in whose cookie was lost starts anew once, whoever presses, and never after its answer")
struct RestartTests {
    /// The button of the page that a callback without the cookie gets, and the browser that the callback is for.
    private func oneMoreTap(_ app: TestApp) async throws -> (link: String, owner: Browser, callback: String) {
        _ = try await app.code(in: Browser(app))
        let owner = Browser(app)
        let callback = try await owner.callback(AuthorizationRequest().url)
        let stranger = Browser(app)
        let page = try await stranger.request(callback)
        #expect(page.page == "one-more-tap")
        return (try #require(stranger.mainLink(page)), owner, callback)
    }

    @Test("the second browser to press is told about cookies")
    func once() async throws {
        try await TestApp.story { app in
            let (link, _, callback) = try await oneMoreTap(app)
            let first = try await Browser(app).open(link)
            #expect(first.query["code"] != nil && first.query["state"] == "st.A_te~1")
            for _ in 0..<2 {
                let browser = Browser(app)
                let page = try await browser.open(link)
                #expect(page.page == "cookies-blocked" && page.location == nil && browser.wechatVisits.isEmpty)
            }
            // Nor is the button offered any more.
            let page = try await Browser(app).request(callback)
            #expect(page.page == "cookies-blocked" && !page.text.contains("/oidc/auth/"))
        }
    }

    @Test("of many at once, one starts anew")
    func atOnce() async throws {
        try await TestApp.story { app in
            let (link, _, _) = try await oneMoreTap(app)
            let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { try await Browser(app).open(link).query["code"] != nil } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(answers == 1)
        }
    }

    @Test("the browser with the cookie goes on undisturbed")
    func owner() async throws {
        try await TestApp.story { app in
            let (link, owner, callback) = try await oneMoreTap(app)
            _ = try await Browser(app).open(link)
            _ = try await Browser(app).open(link)
            #expect(try await owner.open(callback).query["code"] != nil)
        }
    }

    @Test("not after the answer, be it a code or a refusal", arguments: [true, false])
    func answered(byCode: Bool) async throws {
        try await TestApp.story { app in
            let (link, owner, callback) = try await oneMoreTap(app)
            let state = Address.parameters(callback, after: "?")["state"] ?? ""
            let answer = try await owner.open(byCode ? callback : "/connections/wechat/callback?state=\(state)")
            #expect((answer.query["code"] != nil) == byCode && answer.location != nil)
            let codes = try await app.count("authorization_codes")
            owner.cookies = [:]
            for browser in [owner, Browser(app)] {
                for address in [link, link + "?step=wechat", link + "?step=skip-profile"] {
                    let page = try await browser.open(address)
                    #expect(page.status == .ok && page.page == "already-finished" && page.location == nil)
                }
            }
            #expect(try await app.count("authorization_codes") == codes)
        }
    }
}
