import HTTPTypes
import HummingbirdTesting
import JWT
import Testing

@testable import IdP

/// Accounts, linking and the sign-in: B3.
enum SignInRequirements {
    @Sendable static func noLinking() async throws {
        try await TestApp.story { app in
            _ = try await app.tokens("full", in: Browser(app))
            try await app.execute(
                """
                UPDATE users SET email = 'bob@example.com', email_verified = 1, phone_number = '+8613800000000',
                    phone_number_verified = 1, nickname = 'Bob'
                """)
            for (client, person) in [("full", "xiaoming"), ("based", "alice"), ("web", "alice"), ("web", "xiaoming")] {
                _ = try? await app.code(client, in: Browser(app, person: person))
            }
            // The same person, and another, at other WeChat apps without a common unionid: nobody is taken for them.
            let rows = try await app.database.query(
                """
                SELECT COUNT(DISTINCT user_id) AS n FROM wechat_openids
                WHERE user_id IN (SELECT id FROM users WHERE email = 'bob@example.com')
                """, [])
            #expect(try rows.first?.integer("n") == 1)
            #expect(try await app.count("users") >= 3)
            #expect(
                try await app.count(
                    "wechat_openids", where: "user_id IN (SELECT id FROM users WHERE email = 'bob@example.com')") == 1)
        }
    }

    @Sendable static func steps() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest("third").url)
            let address = String(try #require(browser.mainLink(page)).prefix { $0 != "?" })
            // Nobody has signed in yet: whatever is posted or followed does not answer.
            for form in [[:], ["decision": ""], ["decision": "allow"], ["decision": "yes"], ["x": "allow"]] {
                let answer = try await browser.request(.post, address, form: form)
                #expect(answer.query["code"] == nil, "\(form)")
                #expect(answer.location == nil || !(answer.location ?? "").hasPrefix("https://third."), "\(form)")
            }
            for step in ["skip-profile", "here", "confirm", "allow", ""] {
                #expect(try await browser.open("\(address)?step=\(step)").query["code"] == nil, "\(step)")
            }
            #expect(try await app.isUntouched())
            var confirm = page
            while confirm.page != PageText.confirm.rawValue { confirm = try await browser.press(confirm) }
            for form in [[:], ["decision": ""], ["decision": "perhaps"]] as [[String: String]] {
                let answer = try await browser.request(.post, address, form: form)
                #expect(answer.status == .badRequest && answer.location == nil, "\(form)")
            }
            #expect(try await app.count("authorization_codes") == 0)
            let denied = try await browser.refuse(confirm)
            #expect(denied.query["error"] == "access_denied")
            // Answered once: the other button comes too late.
            let late = try await browser.request(.post, address, form: ["decision": "allow"])
            #expect(late.query["code"] == nil)
            #expect(try await app.count("authorization_codes") == 0)
        }
    }

    @Sendable static func fixation() async throws {
        try await TestApp.story { app in
            let session = "__Host-wxidp-session-default"
            let attacker = Browser(app)
            _ = try await attacker.request(AuthorizationRequest("web").url)
            let victim = Browser(app)
            victim.cookies = attacker.cookies.merging([session: String(repeating: "A", count: 43)]) { $1 }
            _ = try await app.code(in: victim)
            let first = try #require(victim.cookies[session])
            #expect(first != String(repeating: "A", count: 43))
            attacker.cookies[session] = String(repeating: "A", count: 43)
            let quiet = AuthorizationRequest("web", ["prompt": "none"]).url
            #expect(try await attacker.request(quiet).query["error"] == "login_required")
            // Signing in again changes it once more, and the old one is worth nothing.
            app.clock.advance(by: 5)
            _ = try await app.code("web", in: victim, ["prompt": "login"])
            #expect(victim.cookies[session] != first)
            attacker.cookies = [session: first]
            #expect(try await attacker.request(quiet).query["error"] == "login_required")
            #expect(try await victim.request(quiet).query["code"] != nil)
        }
    }

    private static let proxyHeaders: [HTTPFields] = [
        [.xForwardedFor: "127.0.0.1"], [.xForwardedFor: "a, b, \"c\", ::1%eth0, 999.1.1.1"],
        [.xForwardedFor: String(repeating: "1.1.1.1,", count: 500)], [.xForwardedFor: ","], [.xForwardedFor: " "],
    ]

    @Sendable static func proxyHeaders() async throws {
        try await TestApp.tokenStory { app in
            for headers in proxyHeaders {
                let browser = Browser(app)
                let address = AuthorizationRequest("third").url
                let page = try await browser.follow(try await browser.request(address, headers: headers))
                #expect(page.page == PageText.signIn.rawValue)
                let quiet = AuthorizationRequest("web", ["prompt": "none"]).url
                #expect(try await browser.request(quiet, headers: headers).query["error"] == "login_required")
            }
            // A new address in the header each time gives no new attempts.
            let browser = Browser(app)
            var refusals = 0
            for number in 0..<60 {
                let answer = try await browser.request(
                    .post, "/oidc/device", form: ["user_code": UserCodes.wrong(number)],
                    headers: [.xForwardedFor: "198.51.100.\(number)"])
                refusals += answer.status == .tooManyRequests ? 1 : 0
            }
            #expect(refusals == 30)
        }
    }

    @Sendable static func hostHeader() async throws {
        try await TestApp.story(over: .live, yaml: TestApp.withMoreApplications) { app in
            let names = ["X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Original-URL", "X-Host"]
            var hostile: HTTPFields = [.userAgent: Browser.wechat]
            for name in names {
                let value = name == "Forwarded" ? "host=evil.example;proto=http" : "evil.example"
                hostile[try #require(HTTPField.Name(name))] = value
            }
            for path in [
                "/oidc/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/oidc",
                AuthorizationRequest("web").url, AuthorizationRequest("third").url, "/oidc/device", "/oidc/session/end",
                "/oidc/consents", AuthorizationRequest("web", ["prompt": "none"]).url,
            ] {
                let answer = try await app.send(.get, path, headers: hostile)
                #expect(answer.status.code < 400, "\(path)")
                // The connection itself goes to another host than the configured one.
                for host in ["evil.example", "127.0.0.1", "localhost"] {
                    #expect(!answer.text.contains(host) && answer.location?.contains(host) != true, "\(path)")
                }
                #expect(!answer.setCookies.contains { $0.contains("evil.example") }, "\(path)")
            }
            let device = try await app.send(.post, "/oidc/device/auth", headers: hostile, form: ["client_id": "tv"])
            #expect(device.field("verification_uri") == "https://id.example.com/oidc/device")
        }
    }

    @Sendable static func guessing() async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            // All at once, signed in and not: no more than the bound gets to guess.
            for (browser, limit) in [(browser, 5), (Browser(app), 30)] {
                let guesses = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<100 {
                        group.addTask {
                            let answer = try await browser.request(
                                .post, "/oidc/device", form: ["user_code": UserCodes.wrong(number)])
                            return answer.status != .tooManyRequests
                        }
                    }
                    return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
                #expect(guesses <= limit && guesses > 0, "\(guesses) of \(limit)")
            }
            // The right one comes too late.
            let device = try await app.device("tv")
            #expect(try await Browser(app).enter(device.userCode).status == .tooManyRequests)
        }
    }

    @Sendable static func sameAnswer() async throws {
        try await TestApp.story { app in
            for path in ["/oidc/token", "/oidc/token/introspection", "/oidc/token/revocation", "/oidc/device/auth"] {
                var answers: Set<String> = []
                for (client, secret) in [("basic", "wrong"), ("nobody", "wrong"), ("post", "wrong"), ("web", "wrong")] {
                    let answer = try await app.send(
                        .post, path, headers: [.authorization: TestApp.basic(client, secret)],
                        form: ["grant_type": "client_credentials", "token": "x"])
                    answers.insert("\(answer.status) \(answer.text) \(answer.headers[.wwwAuthenticate] ?? "")")
                }
                #expect(answers.count == 1, "\(path): \(answers)")
                #expect(answers.first?.contains("invalid_client") == true)
            }
        }
    }

    @Sendable static func crossSite() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            _ = try await app.code("third", in: browser)
            let page = try await browser.request(AuthorizationRequest("third", ["prompt": "consent"]).url)
            let form = try #require(HTMLForm(page.text))
            let posts: [(String, [String: String])] = [
                ("/oidc/session/end", [:]), ("/oidc/session/end/confirm", ["decision": "allow"]),
                ("/oidc/session/end/confirm", ["decision": "allow", "token": "x"]),
                ("/oidc/consents", ["client_id": "third", "decision": "deny"]),
                ("/oidc/consents", ["client_id": "third", "token": "x"]), ("/oidc/device", ["user_code": "BCDFGHJK"]),
                ("/oidc/device/confirm", ["ticket": "x", "decision": "allow"]), (form.action, ["decision": "allow"]),
            ]
            let codes = try await app.count("authorization_codes")
            for (path, form) in posts {
                // As another site's form: SameSite keeps our cookies back. And where a browser is too old for that.
                for sendsCookies in [false, true] where !sendsCookies || path != posts.last?.0 {
                    let answer = try await browser.request(.post, path, form: form, sendsCookies: sendsCookies)
                    #expect(answer.status.code < 500, "\(path)")
                    #expect(try await app.isSignedIn(browser, "third"), "\(path) \(form)")
                }
            }
            #expect(try await app.count("consents") == 1)
            // Only our own questions whether somebody is signed in have made codes.
            #expect(try await app.count("authorization_codes") == codes + 2 * posts.count - 1)
            for page in ["/oidc/session/end", "/oidc/consents"] {
                let own = try await browser.request(page)
                #expect(own.text.contains("name=\"\(FormTokens.field)\""), "\(page)")
            }
        }
    }

    @Sendable static func cookies() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            var answers: [Answer] = []
            var answer = try await browser.request(AuthorizationRequest("web").url)
            for _ in 0..<20 {
                answers.append(answer)
                if let location = answer.location, !location.hasPrefix("https://app.example.com") {
                    let isWeChats = answer.url.contains(TestApp.wechatHost) && location.hasPrefix("/")
                    answer = try await browser.request(
                        isWeChats ? "https://\(TestApp.wechatHost)\(location)" : location)
                } else if answer.location == nil {
                    answer = try await browser.press(answer)
                } else {
                    break
                }
            }
            answers.append(try await browser.request(LogoutStand.url()))
            let again = Browser(app)
            let hint = try await app.tokens(in: again).field("id_token")
            answers.append(try await again.request(LogoutStand.url(["id_token_hint": hint])))
            answers.append(try await Browser(app).request("/oidc/device"))
            let cookies = answers.flatMap(\.setCookies)
            #expect(cookies.count >= 2)
            for cookie in cookies {
                let attributes = cookie.split(separator: ";").dropFirst().map { $0.trimmingPrefix(" ").lowercased() }
                #expect(cookie.hasPrefix("__Host-"), "\(cookie)")
                #expect(attributes.contains("secure") && attributes.contains("httponly"), "\(cookie)")
                #expect(attributes.contains("path=/") && attributes.contains("samesite=lax"), "\(cookie)")
                #expect(!attributes.contains { $0.hasPrefix("domain") }, "\(cookie)")
            }
            for name in again.cookies.keys { #expect(name.hasPrefix("__Host-wxidp-"), "\(name)") }
        }
    }

    @Sendable static func mixUp() async throws {
        try await TestApp.story { app in
            // A person who is known at both apps, so that nothing but the mix-up stops the callbacks below.
            for client in ["web", "second"] { _ = try await app.code(client, in: Browser(app)) }
            let sessions = try await app.count("sessions")
            let browser = Browser(app)
            let own = try await browser.callback(AuthorizationRequest("web").url)
            let other = try await browser.callback(AuthorizationRequest("second").url)
            let (first, second) = (Address.parameters(own, after: "?"), Address.parameters(other, after: "?"))
            let path = String(own.prefix { $0 != "?" })
            // Begun with one WeChat app, finished with the other's code.
            let swapped = PercentEncoding.query([("code", second["code"]), ("state", first["state"])])
            #expect(try await browser.open(path + "?" + swapped).query["code"] == nil)
            // Somebody else's browser with the right pair, before its owner; once with a sign-in of its own under way.
            let stranger = Browser(app, person: "xiaoming")
            #expect(try await stranger.request(other).location == nil)
            _ = try await stranger.request(AuthorizationRequest("second").url)
            #expect(try await stranger.request(other).location == nil)
            // A state that nobody began with.
            let invented = PercentEncoding.query([
                ("code", first["code"]), ("state", String(repeating: "0", count: 32)),
            ])
            #expect(try await browser.open(path + "?" + invented).query["code"] == nil)
            #expect(try await app.count("sessions") == sessions)
            #expect(try await browser.open(other).query["code"] != nil)
        }
    }

    /// User codes that no device has.
    private enum UserCodes {
        static func wrong(_ number: Int) -> String {
            let letters = Array("BCDFGHJKLMNPQRSTVWXZ")
            let text = String((0..<8).map { letters[($0 * 7 + number / (1 + $0 * $0)) % letters.count] })
            return "\(text.prefix(4))-\(text.suffix(4))"
        }
    }
}
