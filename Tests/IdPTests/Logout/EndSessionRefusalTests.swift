import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// What must neither end a session unasked nor send anybody anywhere.
@Suite("Signing out: what is not believed")
struct EndSessionRefusalTests {
    /// Hints that are none, made from a genuine one.
    enum BadHint: String, CaseIterable, Sendable {
        case unsigned, otherSigner, alteredSubject, accessToken, otherPool, logoutToken, noToken

        func make(_ app: TestApp, genuine: Answer) async throws -> String {
            let token = genuine.field("id_token")
            let parts = token.split(separator: ".").map(String.init)
            let payload = try Base64URL.decode(parts[1])
            switch self {
            case .unsigned:
                return Base64URL.encode(Array("{\"alg\":\"none\",\"typ\":\"JWT\"}".utf8)) + "." + parts[1] + "."
            case .otherSigner:
                return try JWS.sign(payload, type: .jwt, with: SigningKey.generate(.rs256))
            case .alteredSubject:
                var claims = try RegisteredClaims(parsing: payload)
                claims.subject = "somebody"
                return parts[0] + "." + Base64URL.encode(claims.encoded()) + "." + parts[2]
            case .accessToken: return genuine.field("access_token")
            case .otherPool: return try await app.tokens("other-web", in: Browser(app)).field("id_token")
            case .logoutToken:
                return try JWS.sign(payload, type: .logout, with: app.provider.keys[.default].signing)
            case .noToken: return "eyJ"
            }
        }
    }

    @Test("a hint that is not genuine: a page, and the session lives", arguments: BadHint.allCases)
    func badHint(_ kind: BadHint) async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            let tokens = try await app.tokens(in: browser)
            let hint = try await kind.make(app, genuine: tokens)
            let page = try await browser.request(
                LogoutStand.url(["id_token_hint": hint, "post_logout_redirect_uri": LogoutStand.bye, "state": "s"]))
            #expect(page.status == .badRequest && page.location == nil && page.page == "logout-unverified")
            #expect(!page.clearsSession())
            #expect(try await app.isSignedIn(browser))
            // The person may still sign out, and stays here.
            let done = try await browser.submit(page)
            #expect(done.status == .ok && done.page == "signed-out" && done.location == nil && done.clearsSession())
            #expect(try await app.count("sessions", where: "pool = 'default'") == 0)
        }
    }

    static let badRequests: [[String: String]] = [
        ["post_logout_redirect_uri": "https://evil.example.net/"],
        ["post_logout_redirect_uri": LogoutStand.bye + "?foo=bar"],
        ["post_logout_redirect_uri": LogoutStand.bye + "/"],
        ["post_logout_redirect_uri": "https://basic.example.com/bye"],
        ["post_logout_redirect_uri": "https://app.example.com/cb"],
        ["post_logout_redirect_uri": "HTTPS://app.example.com/bye"],
        ["post_logout_redirect_uri": LogoutStand.bye, "client_id": "basic"],
        ["post_logout_redirect_uri": LogoutStand.bye, "client_id": "nobody"],
        ["post_logout_redirect_uri": LogoutStand.bye, "state": String(repeating: "s", count: 2049)],
    ]

    @Test(
        "an address that is not this client's own, byte for byte: a page, even with a genuine hint",
        arguments: badRequests)
    func badAddress(_ parameters: [String: String]) async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            let all = parameters.merging(["id_token_hint": hint]) { first, _ in first }
            let page = try await browser.request(LogoutStand.url(all))
            #expect(page.status == .badRequest && page.location == nil && page.page == "logout-unverified")
            #expect(try await app.isSignedIn(browser))
            // Nor where nobody is signed in.
            let stranger = try await Browser(app).request(LogoutStand.url(all))
            #expect(stranger.status == .badRequest && stranger.location == nil)
            #expect(!stranger.text.contains("<form"))
        }
    }

    @Test("an address without a client is no destination, signed in or not")
    func noClient() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            _ = try await app.tokens(in: browser)
            let url = LogoutStand.url(["post_logout_redirect_uri": LogoutStand.bye])
            let page = try await browser.request(url)
            #expect(page.page == "confirm-logout" && page.location == nil)
            let done = try await browser.submit(page)
            #expect(done.page == "signed-out" && done.location == nil)
            let stranger = try await Browser(app).request(url)
            #expect(stranger.page == "signed-out" && stranger.location == nil)
        }
    }

    @Test("another person's hint: this person is asked")
    func otherPerson() async throws {
        try await LogoutStand.story { app in
            let alice = try await app.tokens(in: Browser(app)).field("id_token")
            let bob = Browser(app, person: "xiaoming")
            _ = try await app.tokens(in: bob)
            let page = try await bob.request(
                LogoutStand.url(["id_token_hint": alice, "post_logout_redirect_uri": LogoutStand.bye, "state": "s"]))
            #expect(page.status == .ok && page.page == "confirm-logout")
            #expect(try await app.isSignedIn(bob))
            let kept = try await bob.submit(page, "deny")
            #expect(kept.page == "still-signed-in" && !kept.clearsSession())
            #expect(try await app.isSignedIn(bob))
            let done = try await bob.submit(page)
            #expect(done.status == .seeOther && done.location == LogoutStand.bye + "?state=s")
            #expect(try await !app.isSignedIn(bob))
        }
    }

    @Test("our form counts only with the value of this very session")
    func forgedForm() async throws {
        try await LogoutStand.story { app in
            let (alice, bob) = (Browser(app), Browser(app, person: "xiaoming"))
            _ = try await app.tokens(in: alice)
            _ = try await app.tokens(in: bob)
            let page = try await alice.request(LogoutStand.url())
            let other = try await bob.request(LogoutStand.url()).hiddenFields["token"]
            let consents = try await alice.request("/oidc/consents").hiddenFields["token"]
            for forged in [other, consents, nil, "", "x"] {
                let answer = try await alice.submit(page, changing: ["token": forged])
                #expect(answer.status == .badRequest && answer.page == "confirm-logout" && !answer.clearsSession())
            }
            // Another site's form brings no cookie.
            let crossSite = try await alice.submit(page, sendsCookies: false)
            #expect(crossSite.page == "signed-out")
            #expect(try await app.isSignedIn(alice))
            #expect(try await alice.submit(page, "maybe").status == .badRequest)
            #expect(try await app.isSignedIn(alice))
            #expect(try await alice.submit(page).clearsSession())
            #expect(try await !app.isSignedIn(alice))
        }
    }

    @Test(
        "a repeated or broken parameter is refused before anything happens",
        arguments: [
            "state=a&state=b", "id_token_hint=a&id_token_hint=b", "client_id=web&client_id=web", "state=%ZZ",
            "state=%00",
        ])
    func malformed(_ query: String) async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            let genuine = query.contains("id_token_hint") ? "" : "&id_token_hint=\(hint)"
            let page = try await browser.request(LogoutStand.url() + "?" + query + genuine)
            #expect(page.status == .badRequest && page.page == "bad-request")
            let form = try await app.send(
                .post, LogoutStand.url(), headers: [.contentType: "application/x-www-form-urlencoded"], body: query)
            #expect(form.status == .badRequest)
            let json = try await app.send(
                .post, LogoutStand.url(), headers: [.contentType: "application/json"], body: "{}")
            #expect(json.status == .badRequest)
            #expect(try await app.isSignedIn(browser))
        }
    }

    @Test("a database that fails ends nothing and says so")
    func storageFails() async throws {
        let mailbox = Mailbox()
        try await LogoutStand.story(mailbox) { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            app.storage.trouble = .writes
            let answer = try await browser.request(
                LogoutStand.url(["id_token_hint": hint, "post_logout_redirect_uri": LogoutStand.bye]))
            #expect(answer.status == .serviceUnavailable && answer.location == nil && !answer.clearsSession())
            #expect(mailbox.letters.isEmpty)
            app.storage.trouble = .nothing
            #expect(try await app.isSignedIn(browser))
        }
    }

    @Test("one pool's end is not another's")
    func pools() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            let hint = try await app.tokens(in: browser).field("id_token")
            _ = try await app.tokens("other-web", in: browser)
            let page = try await browser.request(LogoutStand.url(pool: "/pools/other", ["id_token_hint": hint]))
            #expect(page.page == "logout-unverified")
            #expect(try await browser.request(LogoutStand.url(["id_token_hint": hint])).clearsSession())
            #expect(try await !app.isSignedIn(browser))
            #expect(try await app.isSignedIn(browser, "other-web"))
        }
    }
}
