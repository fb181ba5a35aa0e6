import HTTPTypes
import Testing

@testable import IdP

@Suite(
    "With two official accounts, an unknown openid at one says nothing about the session that came through the other")
struct SecondAccountTests {
    /// Alice came through the first account, long enough ago to be looked at again; the second has never seen her.
    private func askedAtTheSecond(_ app: TestApp) async throws -> (Browser, token: String, callback: String) {
        let browser = Browser(app)
        let answer = try await app.social("mp", in: browser)
        app.clock.advance(by: 901)
        let callback = try await browser.callback(AuthorizationRequest("second").url)
        #expect(browser.wechatVisits.last?.contains("wx0000000000000002") == true)
        #expect(browser.wechatVisits.last?.contains("scope=snsapi_base") == true)
        return (browser, answer.token, callback)
    }

    @Test("the session lives on, and so do the tokens that hang on it")
    func sessionLives() async throws {
        try await TestApp.story { app in
            let (browser, token, callback) = try await askedAtTheSecond(app)
            #expect(try await browser.open(callback).page == "sign-in")
            #expect(try await app.count("sessions") == 1)
            #expect(try await app.me(token).status == .ok)
            // Outside WeChat, where no account can have changed, it still signs in.
            let safari = Browser(app, userAgent: Browser.safari)
            safari.cookies = browser.cookies
            #expect(try await safari.open(AuthorizationRequest().url).query["code"] != nil)
        }
    }

    @Test("yet it does not answer for whom the second account did not know: our page comes, each time")
    func pageStays() async throws {
        try await TestApp.story { app in
            let (browser, _, callback) = try await askedAtTheSecond(app)
            let page = try await browser.open(callback)
            let visits = browser.wechatVisits.count
            #expect(try await browser.open(callback).page == "sign-in")
            let link = try #require(browser.mainLink(page)).prefix { $0 != "?" }
            #expect(try await browser.open(String(link)).page == "sign-in")
            #expect(browser.wechatVisits.count == visits)
            #expect(try await app.count("authorization_codes") == 0)
        }
    }

    @Test("after the tap it is one person with one session")
    func tapped() async throws {
        try await TestApp.story { app in
            let (browser, token, callback) = try await askedAtTheSecond(app)
            let alice = try await app.me(token).field("sub")
            let answer = try await browser.pressOn(try await browser.open(callback))
            let tokens = try await app.redeem(try #require(answer.query["code"]), "second")
            #expect(try await app.me(tokens.field("access_token")).field("sub") == alice)
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("sessions") == 1)
        }
    }

    @Test("somebody else's tap at the second account ends the first one's session")
    func somebodyElse() async throws {
        try await TestApp.story { app in
            let (browser, token, _) = try await askedAtTheSecond(app)
            browser.person = "xiaoming"
            let answer = try await browser.pressOn(try await browser.open(AuthorizationRequest("second").url))
            #expect(answer.query["code"] != nil)
            #expect(try await app.count("users") == 2)
            #expect(try await app.count("sessions") == 1)
            #expect(try await app.me(token).status == .unauthorized)
        }
    }
}
