import Foundation
import HTTPTypes
import JWT
import Synchronization
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

@Suite("Nothing secret in any log line or on any page")
struct SecretsTests {
    /// What must not be seen, by a name for the failure's text.
    private final class Vault: Sendable {
        private let secrets = Mutex<[String: String]>([:])

        var all: [String: String] { secrets.withLock { $0 } }

        func plant(_ name: String, _ value: String?) {
            guard let value, value.utf8.count >= 8 else { return }
            secrets.withLock { $0["\(name) \($0.count)"] = value }
        }

        func plant(_ answer: Answer) {
            let all = answer.query.merging(answer.fragment) { first, _ in first }
            for name in ["code", "state", "token", "data", "nonce"] { plant(name, all[name]) }
            for cookie in answer.setCookies {
                plant("cookie", cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).last.map(String.init))
            }
            for name in ["access_token", "refresh_token", "id_token"] { plant(name, answer.json[name]?.stringValue) }
        }

        func plant(_ browser: Browser) {
            for value in browser.cookies.values { plant("cookie", value) }
            for address in browser.visited {
                let parameters = Address.parameters(address, after: "?")
                for name in ["code", "state"] { plant(name, parameters[name]) }
                if let handle = address.firstMatch(of: #/oidc/auth/([0-9a-f]{32})/#) {
                    plant("handle", String(handle.1))
                }
            }
        }
    }

    private func plantConfiguration(_ vault: Vault) {
        for secret in [
            TestConfiguration.appSecret, TestConfiguration.clientSecret, TestConfiguration.postSecret,
            TestConfiguration.otherSecret, AuthorizationRequest.verifier,
        ] {
            vault.plant("configured", secret)
        }
    }

    private func plantDatabase(_ app: TestApp, _ vault: Vault) async throws {
        for row in try await app.database.query("SELECT openid, unionid FROM wechat_openids", []) {
            vault.plant("openid", try row.text("openid"))
            vault.plant("unionid", try row.optionalText("unionid"))
        }
        for row in try await app.database.query("SELECT secret_hash FROM sessions", []) {
            vault.plant("session hash", try row.text("secret_hash"))
        }
        for url in app.bridge.urls {
            let parameters = Address.parameters(url, after: "?")
            for name in ["secret", "code", "access_token", "refresh_token", "openid"] {
                vault.plant(name, parameters[name])
            }
        }
    }

    private func search(_ app: TestApp, _ vault: Vault, pages: [String]) {
        let lines = app.log.lines
        #expect(lines.count > 10)
        for (name, secret) in vault.all {
            let forms = [secret, PercentEncoding.encode(secret), Array(secret.utf8).base64]
            for form in forms {
                for line in lines where line.contains(form) { Issue.record("log holds \(name): \(line)") }
                for page in pages where page.contains(form) { Issue.record("a page holds \(name)") }
            }
        }
    }

    /// Pages link to a sign-in by its handle, so that alone may stand there.
    private func ours(_ browser: Browser) -> [String] {
        browser.pages.filter { $0.contains("name=\"wxidp-page\"") }.map {
            $0.replacing(#/oidc/auth/[0-9a-f]{32}/#, with: "handle")
        }
    }

    @Test("in a whole run that goes well")
    func goodRun() async throws {
        try await TestApp.story { app in
            let vault = Vault()
            plantConfiguration(vault)
            var pages: [String] = []
            for client in ["web", "basic", "post", "native", "third", "based", "full", "other-basic"] {
                let browser = Browser(app)
                let request = AuthorizationRequest(client, state: "planted-state-\(client)")
                let answer = try await browser.pressOn(try await browser.open(request.url))
                vault.plant(answer)
                let code = try #require(answer.query["code"])
                let tokens = try await app.redeem(code, client)
                vault.plant(tokens)
                let prefix = AuthorizationRequest.prefix(client)
                #expect(try await app.me(tokens.field("access_token"), pool: prefix).status == .ok)
                vault.plant(browser)
                pages += ours(browser)
            }
            let browser = Browser(app)
            let tokens = try await app.tokens(in: browser)
            vault.plant(tokens)
            vault.plant(try await app.refresh(tokens.field("refresh_token")))
            vault.plant(try await app.refresh(tokens.field("refresh_token")))
            let social = try await app.social("mp", state: "planted-social-state", in: Browser(app))
            vault.plant(social.answer)
            vault.plant("social token", social.token)
            vault.plant(try await app.social("legacy", client: "old", in: Browser(app)).answer)
            try await plantDatabase(app, vault)
            #expect(vault.all.count > 60)
            search(app, vault, pages: pages + ours(browser))
        }
    }

    @Test("in a run where everything goes wrong")
    func badRun() async throws {
        try await TestApp.story { app in
            let vault = Vault()
            plantConfiguration(vault)
            var pages: [String] = []
            // Errors and nonsense from WeChat that repeat what was sent.
            let secret = TestConfiguration.appSecret
            let steps: [WeChatBridge.Step] = [
                .body(#"{"errcode":40125,"errmsg":"invalid appsecret \#(secret), rid: 6-planted-rid"}"#),
                .body(
                    #"{"errcode":40029,"errmsg":"invalid code, hints: [ req_id: planted ]","access_token":"86_planted_token"}"#
                ),
                .body(#"{"errcode":99999,"errmsg":"secret=\#(secret)&code=PRESENTED"}"#),
                .body("<html>appid=wx&secret=\(secret)"), .body(secret, status: 502), .bytes([0xFF, 0x00, 0x01]),
                .body(
                    #"{"access_token":"86_planted_token","expires_in":"\#(secret)","refresh_token":"86_planted_refresh"}"#
                ),
                .fails(.answerLost(.connectionClosed)), .fails(.answerLost(.timedOut)), .fails(.notSent(.tls)),
            ]
            for planted in ["86_planted_token", "86_planted_refresh"] { vault.plant("upstream", planted) }
            for step in steps {
                let browser = Browser(app)
                let callback = try await browser.callback(AuthorizationRequest(state: "planted-app-state").url)
                let code = Address.parameters(callback, after: "?")["code"] ?? ""
                if case .body(let text, let status) = step {
                    app.bridge.script(.body(text.replacing("PRESENTED", with: code), status: status))
                } else {
                    app.bridge.script(step)
                }
                vault.plant(try await browser.request(callback))
                vault.plant(try await browser.request(callback))
                vault.plant(try await Browser(app).request(callback))
                vault.plant(browser)
                pages += ours(browser)
                // A transport failure that may be retried takes the simulator's answer, which is fine.
            }
            vault.plant("app state", "planted-app-state")
            try await wrongRequests(app, vault, &pages)
            try await plantDatabase(app, vault)
            search(app, vault, pages: pages)
        }
    }

    private func wrongRequests(_ app: TestApp, _ vault: Vault, _ pages: inout [String]) async throws {
        let browser = Browser(app)
        let code = try await app.code("basic", in: browser)
        vault.plant("code", code)
        var form = app.redemption(code, "basic")
        form["code_verifier"] = "planted-wrong-verifier-0123456789012345678901234"
        vault.plant("verifier", form["code_verifier"])
        _ = try await app.token(form, "basic")
        _ = try await app.redeem(code, "basic")
        let tokens = try await app.tokens(in: browser)
        vault.plant(tokens)
        _ = try await app.me(tokens.field("access_token") + "x")
        _ = try await app.me("planted-bearer-0123456789")
        vault.plant("bearer", "planted-bearer-0123456789")
        _ = try await app.send("/oidc/me?access_token=\(tokens.field("access_token"))")
        _ = try await app.refresh("planted-refresh-0123456789")
        vault.plant("refresh", "planted-refresh-0123456789")
        let basic = TestApp.basic("basic", "planted-wrong-secret-01")
        vault.plant("secret", "planted-wrong-secret-01")
        vault.plant("header", String(basic.dropFirst(6)))
        _ = try await app.send(.post, "/oidc/token", headers: [.authorization: basic], form: ["grant_type": "x"])
        for path in [
            "/connections/wechat/callback?code=planted-code-0001&state=\(String(repeating: "d", count: 32))",
            "/connections/wechat/callback?code=planted-code-0001&state=planted-state-0001",
            "/oidc/auth/\(String(repeating: "e", count: 32))", "/oidc/auth?client_id=web&state=planted-state-0001",
            "/planted-path-0001?token=planted-token-0001",
            "/oidc/auth?client_id=planted-client-01&redirect_uri=planted-uri-0001",
            "/connections/social/planted-name-01?app_id=web&state=planted-state-0001",
        ] {
            for headers in [HTTPFields(), [.cookie: "__Host-wxidp-session-default=planted-cookie-0001"]] {
                pages.append(try await browser.request(path, headers: headers).text)
            }
        }
        for name in ["code", "state", "token", "cookie", "uri"] { vault.plant(name, "planted-\(name)-0001") }
        vault.plant("state", String(repeating: "d", count: 32))
        vault.plant("handle", String(repeating: "e", count: 32))
        vault.plant(browser)
    }

    @Test("a log line never spans lines, and each answer has one with its request id")
    func lines() async throws {
        try await TestApp.story { app in
            let answer = try await app.send("/oidc/me")
            let id = try #require(answer.headers[.xRequestID])
            let mine = app.log.lines.filter { $0.contains(id) }
            #expect(mine.contains { $0.contains("answered") && $0.contains("status=401") && $0.contains("oidc/me") })
            _ = try await app.send("/x%0Ainfo%20forged%20line")
            #expect(!app.log.lines.contains { $0.contains("\n") || $0.contains("forged") })
        }
    }

    @Test("trouble that the operator must mend is an error line that names connection kind and cause, not the person")
    func operatorLines() async throws {
        try await TestApp.story { app in
            await app.simulator.enqueue(.error(40125), for: .exchange)
            let page = try await Browser(app).open(AuthorizationRequest().url)
            let id = try #require(page.headers[.xRequestID])
            let line = try #require(app.log.lines.first { $0.hasPrefix("error") && $0.contains(id) })
            #expect(line.contains("40125"))
        }
    }

    @Test("what holds secrets prints as redacted")
    func redacted() throws {
        let configuration = try Configuration.parse(
            TestConfiguration.yaml(publicURL: "https://id.example.com"), file: "test.yaml", folder: "/",
            environment: [:])
        var text = "\(configuration)"
        dump(configuration, to: &text)
        #expect(!text.contains(TestConfiguration.appSecret) && !text.contains(TestConfiguration.clientSecret))
        #expect(!text.contains(TestConfiguration.postSecret))
    }
}
