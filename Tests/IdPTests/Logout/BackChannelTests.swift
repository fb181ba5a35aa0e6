import Foundation
import HTTPTypes
import JWT
import Synchronization
import Testing

@testable import IdP

/// OpenID Connect Back-Channel Logout: who is told what, and what happens when nobody listens.
@Suite("Back-channel logout", .timeLimit(.minutes(10)))
struct BackChannelTests {
    private static func end(_ browser: Browser, hint: String) async throws -> Answer {
        try await browser.request(
            LogoutStand.url(["id_token_hint": hint, "post_logout_redirect_uri": LogoutStand.bye]))
    }

    @Test("every application of the session is told, as it knows the person, and nobody else")
    func told() async throws {
        let mailbox = Mailbox()
        try await LogoutStand.story(mailbox) { app in
            let browser = Browser(app)
            let web = try await app.tokens(in: browser).field("id_token")
            _ = try await app.tokens(in: browser)
            let post = try await app.tokens("post", in: browser).field("id_token")
            _ = try await app.tokens("strict", in: browser)
            // Signed in to another application in another browser.
            _ = try await app.tokens("basic", in: Browser(app))
            #expect(try await Self.end(browser, hint: web).location == LogoutStand.bye)
            try await mailbox.wait(for: 2)
            let letters = mailbox.letters.sorted { $0.address < $1.address }
            #expect(
                letters.map(\.address) == ["https://app.example.com/back?via=1", "https://post.example.com/back"])
            for (letter, idToken) in zip(letters, [web, post]) {
                let claims = try await app.verified(letter.token, type: .logout)
                let known = try UnverifiedJWS(idToken)
                #expect(
                    Set(claims.all.keys) == ["iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"],
                    "a nonce must not be there")
                #expect(claims.issuer == "https://id.example.com/oidc")
                #expect(claims.audience == known.claims.audience && claims.subject == known.claims.subject)
                #expect(claims["sid"] == known.claims["sid"] && claims["sid"]?.stringValue?.isEmpty == false)
                #expect(claims["events"] == ["http://schemas.openid.net/event/backchannel-logout": [:]])
                #expect(claims.issuedAt == app.clock.now && claims.expiresAt == app.clock.now + 120)
                #expect(try UnverifiedJWS(letter.token).algorithm == known.algorithm)
                // As nothing else it is worth anything.
                #expect(try await app.me(letter.token).status == .unauthorized)
            }
            let tokenIDs = try letters.map { try UnverifiedJWS($0.token).claims["jti"]?.stringValue ?? "" }
            #expect(Set(tokenIDs).count == 2 && tokenIDs.allSatisfy { $0.utf8.count >= 22 })
            // What arrived is forgotten.
            try await app.provider.logoutNotifier.retry()
            #expect(mailbox.letters.count == 2)
        }
    }

    @Test("a repeated or simultaneous end tells once")
    func once() async throws {
        let mailbox = Mailbox()
        try await LogoutStand.story(mailbox) { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            let cookies = browser.cookies
            async let first = Self.end(browser, hint: hint)
            async let second = Self.end(browser, hint: hint)
            #expect(try await [first.location, second.location] == [LogoutStand.bye, LogoutStand.bye])
            browser.cookies = cookies
            _ = try await Self.end(browser, hint: hint)
            try await mailbox.wait(for: 1)
            #expect(mailbox.letters.count == 1)
        }
    }

    @Test("a site that is down delays nothing, is told again later and later, and for a day")
    func down() async throws {
        let mailbox = Mailbox()
        mailbox.isDown = true
        try await LogoutStand.story(mailbox) { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            #expect(try await Self.end(browser, hint: hint).location == LogoutStand.bye)
            try await mailbox.wait(for: 1)
            let start = app.clock.now
            var attempts: [Int] = []
            for minute in 1...1500 {
                app.clock.advance(by: 60)
                let before = mailbox.letters.count
                try await app.provider.logoutNotifier.retry()
                if mailbox.letters.count > before { attempts.append(minute) }
                try await Housekeeping.sweep(app.database, now: app.clock.now)
            }
            #expect(attempts.prefix(8) == [1, 3, 7, 15, 31, 63, 123, 183])
            #expect(attempts.last.map { $0 < 1440 && $0 >= 1380 } == true, "\(attempts)")
            #expect(try await app.count("logout_notices") == 0)
            // Each attempt is a token of its own, good for two minutes from then.
            let last = try UnverifiedJWS(try #require(mailbox.letters.last).token).claims
            let sent = start.timeIntervalSince1970 + Double(attempts.last ?? 0) * 60
            #expect(last["iat"]?.integerValue == Int64(sent) && last["exp"]?.integerValue == Int64(sent) + 120)
            #expect(app.log.lines.contains { $0.contains("did not arrive") && $0.contains("client_id=web") })
            #expect(app.log.lines.allSatisfy { !$0.contains("app.example.com/back") || !$0.contains("eyJ") })
        }
    }

    @Test("back again, it is told once, whichever process comes first")
    func recovered() async throws {
        let mailbox = Mailbox()
        mailbox.isDown = true
        try await LogoutStand.story(mailbox) { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            _ = try await Self.end(browser, hint: hint)
            try await mailbox.wait(for: 1)
            mailbox.isDown = false
            try await app.provider.logoutNotifier.retry()
            #expect(mailbox.letters.count == 1, "not before its time")
            app.clock.advance(by: 60)
            async let one: Void = app.provider.logoutNotifier.retry()
            async let two: Void = app.provider.logoutNotifier.retry()
            _ = try await (one, two)
            #expect(mailbox.letters.count == 2)
            #expect(try await app.count("logout_notices") == 0)
        }
    }

    /// Never answers until it is told to.
    private final class Silence: OutboundHTTP {
        private let gate: (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation) =
            AsyncStream.makeStream()
        func get(_ address: String) async -> [UInt8]? { nil }
        func post(_ form: [(String, String)], to address: String) async -> Bool {
            for await _ in gate.stream {}
            return true
        }
        func open() { gate.continuation.finish() }
    }

    @Test("a site that hangs holds nobody")
    func hangs() async throws {
        let silence = Silence()
        try await LogoutStand.story(silence) { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            #expect(try await Self.end(browser, hint: hint).location == LogoutStand.bye)
            #expect(try await app.count("logout_notices") == 1)
            silence.open()
        }
    }

    @Test("an application signed in to long ago is told while the session lives")
    func longSession() async throws {
        let mailbox = Mailbox()
        try await TestApp.story(
            outbound: mailbox,
            yaml: {
                $0.replacing("default_application: web", with: "default_application: web\n    session_lifetime: 90d")
                    .replacing(
                        "client_id: web,",
                        with: "client_id: web, backchannel_logout_uri: \"https://app.example.com/back\",")
            }
        ) { app in
            let browser = Browser(app, userAgent: Browser.wechat)
            let hint = try await app.tokens(scope: "openid", in: browser).field("id_token")
            app.clock.advance(by: 80 * 86_400)
            try await Housekeeping.sweep(app.database, now: app.clock.now)
            #expect(try await browser.request(LogoutStand.url(["id_token_hint": hint])).clearsSession())
            try await mailbox.wait(for: 1)
            #expect(mailbox.letters.count == 1)
        }
    }

    @Test("another account inside WeChat ends the session, its tokens, and tells its applications")
    func otherAccount() async throws {
        let mailbox = Mailbox()
        try await LogoutStand.story(mailbox) { app in
            // A person who is known already, and one who is not.
            _ = try await app.tokens(in: Browser(app, person: "xiaoming"))
            for next in ["xiaoming", "stranger"] {
                let count = mailbox.letters.count
                let browser = Browser(app)
                let tokens = try await app.tokens("basic", scope: "openid", in: browser)
                browser.person = next
                app.clock.advance(by: 901)
                _ = try await browser.open(AuthorizationRequest("web").url)
                try await mailbox.wait(for: count + 1)
                let letter = try #require(mailbox.letters.last)
                #expect(letter.address == "https://basic.example.com/back")
                let told = try UnverifiedJWS(letter.token).claims
                #expect(told["sid"] == (try UnverifiedJWS(tokens.field("id_token")).claims["sid"]))
                #expect(try await app.me(tokens.field("access_token")).status == .unauthorized)
            }
        }
    }
}
