import Foundation
import HTTPTypes
import Hummingbird
import JWT
import NIOEmbedded
import Testing

@testable import IdP

@Suite("What an application demands of a sign-in by scan")
struct ScanDemandTests {
    private static let confirmed =
        #"{"id_token":{"acr":{"essential":true,"value":"urn:wxidp:acr:confirmed"}}}"#

    @Test(
        "a phone that was signed in before the ticket does not answer a demand for a new sign-in",
        arguments: [["prompt": "login"], ["prompt": "select_account"], ["max_age": "0"], ["max_age": "30"]])
    func newSignIn(_ demand: [String: String]) async throws {
        try await TestApp.story { app in
            let phone = Browser(app)
            _ = try await app.tokens(in: phone)
            app.clock.advance(by: 60)
            let question = try await ScanStory(app).scan(with: phone)
            let token = try #require(question.text.value(of: "value", after: "name=\"token\""))
            let story = try await ScanStory(app, demand.mapValues { $0 })
            // Not by going past the phone's sign-in, to look or to decide.
            #expect(try await phone.request(story.ticket + "/confirm").page == "scan-sign-in-first")
            let number = String(try #require(story.page.shownNumber))
            let decision = try await phone.request(
                .post, story.ticket + "/confirm", form: ["token": token, "number": number])
            #expect(decision.page == "scan-sign-in-first")
            #expect(try await story.desktop.isWaiting(story.page) == true)
            // Opened as it should be, it asks WeChat for a page that shows.
            app.clock.advance(by: 5)
            #expect(try await phone.open(story.ticket).page == "sign-in-again")
            _ = try await story.approve(with: phone)
            #expect(phone.wechatVisits.last?.contains("forcePopup=true") == true)
            let answer = try await story.desktop.goOn(story.page)
            let tokens = try await app.redeem(try #require(answer.query["code"]))
            let claims = try await app.verified(tokens.field("id_token"), type: .jwt)
            #expect(claims["acr"]?.stringValue == AuthenticationContext.confirmed.rawValue)
        }
    }

    @Test(
        "a session on the phone that is young enough for max_age, or for no demand at all, is not asked to sign in again"
    )
    func youngEnough() async throws {
        try await TestApp.story { app in
            let phone = Browser(app)
            _ = try await app.tokens(in: phone)
            app.clock.advance(by: 60)
            for demand in [["max_age": "90"], [:]] {
                let story = try await ScanStory(app, demand.mapValues { $0 })
                #expect(try await phone.open(story.ticket).page == "scan-confirm")
                _ = try await story.approve(with: phone)
                #expect(try await story.desktop.goOn(story.page).query["code"] != nil)
            }
        }
    }

    @Test("a silent session on the phone does not answer a demand for a confirmed one")
    func confirmation() async throws {
        try await TestApp.story { app in
            _ = try await app.tokens(in: Browser(app))
            // Known by now, and nothing is shown.
            let phone = Browser(app)
            _ = try await app.tokens(in: phone)
            #expect(try await app.count("sessions", where: "acr = '\(AuthenticationContext.silent.rawValue)'") == 1)
            let story = try await ScanStory(app, ["claims": Self.confirmed])
            #expect(try await phone.request(story.ticket + "/confirm").page == "scan-sign-in-first")
            #expect(try await phone.open(story.ticket).page == "sign-in-again")
            _ = try await story.approve(with: phone)
            #expect(try await story.desktop.goOn(story.page).query["code"] != nil)
        }
    }

    @Test("an account that only signs in silently gives the desktop a silent session, and the application hears of it")
    func silentAccount() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app, client: "based", scope: "openid")
            _ = try await story.approve(with: Browser(app))
            let answer = try await story.desktop.goOn(story.page)
            let tokens = try await app.redeem(try #require(answer.query["code"]), "based")
            let claims = try await app.verified(tokens.field("id_token"), type: .jwt)
            #expect(claims["acr"]?.stringValue == AuthenticationContext.silent.rawValue)
            let demanding = try await ScanStory(app, client: "based", scope: "openid", ["claims": Self.confirmed])
            _ = try await demanding.approve(with: Browser(app))
            let refusal = try await demanding.desktop.goOn(demanding.page)
            #expect(refusal.query["error"] == "unmet_authentication_requirements")
        }
    }

    @Test("a phone that signs out before the desktop has gone on takes its approval back")
    func signedOut() async throws {
        try await TestApp.story { app in
            let phone = Browser(app)
            let hint = try await app.tokens(in: phone).field("id_token")
            let story = try await ScanStory(app)
            _ = try await story.approve(with: phone)
            _ = try await phone.open("/oidc/session/end?id_token_hint=\(hint)")
            #expect(try await app.count("sessions") == 0)
            let codes = try await app.count("authorization_codes")
            let page = try await story.desktop.goOn(story.page)
            #expect(page.page == "scan" && page.squares != story.page.squares)
            #expect(try await app.count("sessions") == 0)
            #expect(try await app.count("authorization_codes") == codes)
            #expect(try await app.count("scan_tickets", where: "state = 'redeemed'") == 0)
        }
    }

    @Test("a stream whose client is gone before its head is written takes no place")
    func unwrittenStreams() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let path = try #require(story.page.text.value(of: "data-events", after: "<script"))
            let cookies = story.desktop.cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            let responder = try app.provider.router().buildResponder()
            func stream() async throws -> Response {
                let head = HTTPRequest(
                    method: .get, scheme: "https", authority: "id.example.com", path: path,
                    headerFields: [.accept: "text/event-stream", .cookie: cookies, .userAgent: Browser.desktop])
                let context = ProviderRequestContext(
                    source: .init(channel: NIOAsyncTestingChannel(), logger: app.log.logger("stream")))
                return try await responder.respond(
                    to: Request(head: head, body: RequestBody(buffer: ByteBuffer())), context: context)
            }
            for _ in 0...OpenStreams.limitOfSignIn {
                // Nobody reads it.
                #expect(try await stream().status == .ok)
            }
            let (first, second) = (try await stream(), try await stream())
            #expect(first.status == .ok && second.status == .ok)
            #expect(try await stream().status == .tooManyRequests)
            withExtendedLifetime((first, second)) {}
        }
    }
}
