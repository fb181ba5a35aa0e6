import HTTPTypes
import HummingbirdTesting
import Testing

@testable import IdP

@Suite("While the database is not available the answer is 503 and says when to come back; nothing is lost by it")
struct StorageTroubleTests {
    /// Everything that needs the database.
    private func requests(_ app: TestApp, _ browser: Browser) async throws -> [(HTTPRequest.Method, String)] {
        let callback = try await browser.callback(AuthorizationRequest(scope: "openid").url)
        return [
            (.get, AuthorizationRequest().url), (.post, AuthorizationRequest().endpoint),
            (.get, "/oidc/auth/" + String(repeating: "0", count: 32)),
            (.post, "/oidc/auth/" + String(repeating: "0", count: 32)), (.get, callback),
            (.get, TestApp.socialStart("mp", client: "web", redirectURL: "https://app.example.com/cb")),
        ]
    }

    @Test("a person gets a page", arguments: [WatchedDatabase.Trouble.everything, .writes])
    func page(_ trouble: WatchedDatabase.Trouble) async throws {
        try await TestApp.story { app in
            _ = try await app.code(in: Browser(app))
            let browser = Browser(app)
            for (method, address) in try await requests(app, browser) {
                // Reading alone is enough for a handle that does not exist.
                if trouble == .writes, address.contains("0000") { continue }
                app.storage.trouble = trouble
                let form = method == .post ? AuthorizationRequest().form : nil
                let page = try await browser.request(method, address, form: form)
                app.storage.trouble = .nothing
                #expect(page.status == .serviceUnavailable && page.page == "internal-error", "\(method) \(address)")
                #expect(page.headers[.retryAfter] == "1" && page.location == nil)
                #expect(!page.text.contains("SQLite") && !page.text.contains("disk"))
                let id = try #require(page.headers[.xRequestID])
                let line = try #require(app.log.lines.first { $0.hasPrefix("error") && $0.contains(id) })
                #expect(line.contains(WatchedDatabase.reason))
            }
        }
    }

    @Test("a program gets temporarily_unavailable, readable by the application's page")
    func program() async throws {
        try await TestApp.story { app in
            let tokens = try await app.tokens()
            let refresh = [
                "grant_type": "refresh_token", "client_id": "web", "refresh_token": tokens.field("refresh_token"),
            ]
            let redemption = app.redemption(try await app.code(in: Browser(app)))
            let calls: [(HTTPRequest.Method, String, [String: String]?)] = [
                (.post, "/oidc/token", redemption), (.post, "/oidc/token", refresh), (.get, "/oidc/me", nil),
            ]
            app.storage.trouble = .everything
            for (method, path, form) in calls {
                var headers: HTTPFields = [.origin: "https://app.example.com"]
                if form == nil { headers[.authorization] = "Bearer \(tokens.field("access_token"))" }
                let answer = try await app.send(method, path, headers: headers, form: form)
                #expect(answer.status == .serviceUnavailable && answer.error == "temporarily_unavailable", "\(path)")
                #expect(answer.headers[.retryAfter] == "1")
                #expect(answer.headers[.contentType] == "application/json")
                #expect(answer.headers[.accessControlAllowOrigin] == "https://app.example.com")
                #expect(!answer.text.contains("SQLite"))
            }
            // What needs no database goes on.
            #expect(try await app.send("/oidc/.well-known/jwks.json").status == .ok)
            app.storage.trouble = .nothing
            #expect(try await app.token(redemption).status == .ok)
            #expect(try await app.token(refresh).status == .ok)
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
        }
    }

    @Test("a disk that is full while a code is redeemed leaves the code good")
    func fullDisk() async throws {
        try await TestApp.story { app in
            let redemption = app.redemption(try await app.code(in: Browser(app)))
            app.storage.trouble = .writes
            #expect(try await app.token(redemption).error == "temporarily_unavailable")
            app.storage.trouble = .nothing
            #expect(try await app.token(redemption).status == .ok)
        }
    }

    @Test("another failure of storage is still an error of ours: 500, without a promise")
    func otherFailures() async throws {
        let stand = PageStand()
        for failure in [StorageError.constraint("rule"), .column("name"), .nulCharacter] {
            let answer = try await stand.answer(headers: [:]) { _, _ in throw failure }
            #expect(answer.status == .internalServerError && answer.headers[.retryAfter] == nil)
            #expect(answer.text.contains("server_error"))
        }
    }
}
