import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

/// The code of a mini program or of a mobile app for ordinary tokens, at the token endpoint (RFC 8693).
@Suite struct TokenExchangeTests {
    private static let mini = "wx0000000000000006"
    private static let program = "wx0000000000000007"
    private static let mobile = "wx0000000000000008"
    private static let exchanges = ["/sns/jscode2session", "/sns/oauth2/access_token"]

    private func story(_ story: @escaping @Sendable (TestApp) async throws -> Void) async throws {
        try await TestApp.story(yaml: AppCodes.yaml, story)
    }

    private func expect(
        _ answer: Answer, _ error: String, status: HTTPResponse.Status = .badRequest,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.error == error && answer.status == status, "\(answer.text)", sourceLocation: location)
        #expect(answer.field("access_token").isEmpty, sourceLocation: location)
    }

    // MARK: Whose codes

    @Test("an application redeems no code of a mini program that it does not list")
    func foreignApp() async throws {
        try await story { app in
            let foreign = try await app.simulator.loginCode(app: Self.program, user: "alice")
            // Its own connection is the only one it can name; WeChat does not know the code there.
            expect(try await app.exchange(foreign, "mini-one"), "invalid_grant")
            for name in ["program", "mp", "mobile", "nowhere", Self.program] {
                let answer = try await app.exchange(foreign, "mini-one", with: ["connection": name])
                expect(answer, "invalid_request")
            }
            #expect(try await app.isUntouched())
            // None of them has spent it.
            #expect(try await app.exchange(foreign, "mini-two").status == .ok)
        }
    }

    @Test("a mobile app's code is no mini program's, nor the other way round, nor one of our web callback")
    func otherKind() async throws {
        try await story { app in
            let mobile = try await app.simulator.mobileCode(app: Self.mobile, user: "alice")
            let login = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let callback = try await Browser(app).callback(AuthorizationRequest().url)
            let web = try #require(Address.parameters(callback, after: "?")["code"])
            let both = ["connection": "mini"]
            expect(try await app.exchange(mobile, "mini-both", with: both), "invalid_grant")
            expect(try await app.exchange(login, "mini-both", type: .mobileCode), "invalid_grant")
            expect(try await app.exchange(web, "mini-both", type: .mobileCode), "invalid_grant")
            expect(try await app.exchange(web, "mini-both", with: both), "invalid_grant")
            expect(
                try await app.exchange(web, "mini-both", type: .mobileCode, with: ["connection": "mp"]),
                "invalid_request")
            expect(try await app.exchange(mobile, "phone-app"), "unauthorized_client")
            #expect(try await app.isUntouched())
        }
    }

    @Test("a code redeemed in one pool is worth nothing in another, and its person and tokens are not there")
    func otherPool() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let here = try await app.exchange(code)
            #expect(here.status == .ok)
            expect(try await app.exchange(code, "other-mini"), "invalid_grant")
            #expect(try await app.count("users", where: "pool = 'other'") == 0)
            // A client of one pool is unknown in the other.
            let form = AppCodes.exchange("any", with: ["client_id": "mini-one"])
            let crossed = try await app.send(.post, "/pools/other/oidc/token", form: form)
            expect(crossed, "invalid_client", status: .unauthorized)
            #expect(try await app.me(here.field("access_token"), pool: "/pools/other").status == .unauthorized)
            let fresh = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let there = try await app.exchange(fresh, "other-mini")
            let (mine, theirs) = (
                try await app.verified(here.field("id_token"), type: .jwt),
                try await app.verified(there.field("id_token"), type: .jwt, pool: "/pools/other")
            )
            #expect(mine.subject != theirs.subject)
        }
    }

    @Test("the grant must be listed, the client known and proven")
    func clients() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            expect(try await app.exchange(code, "web"), "unauthorized_client")
            expect(try await app.exchange(code, "nobody"), "invalid_client", status: .unauthorized)
            let form = AppCodes.exchange(code, with: ["client_id": "mini-two"])
            expect(try await app.send(.post, "/oidc/token", form: form), "invalid_client", status: .unauthorized)
            #expect(app.bridge.calls(Self.exchanges[0]) == 0)
        }
    }

    @Test("several mini programs: the request names one")
    func several() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.program, user: "alice")
            expect(try await app.exchange(code, "mini-both"), "invalid_request")
            #expect(try await app.exchange(code, "mini-both", with: ["connection": "program"]).status == .ok)
        }
    }

    // MARK: What may be asked

    @Test(
        "a request that can't be granted spends no code",
        arguments: [
            (["subject_token": nil], "invalid_request"), (["subject_token_type": nil], "invalid_request"),
            (["subject_token_type": "urn:ietf:params:oauth:token-type:jwt"], "invalid_request"),
            (["actor_token": "x", "actor_token_type": "y"], "invalid_request"),
            (["actor_token": "x"], "invalid_request"),
            (["actor_token_type": "y"], "invalid_request"),
            (["requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"], "invalid_request"),
            (["requested_token_type": "urn:ietf:params:oauth:token-type:id_token"], "invalid_request"),
            (["audience": "https://api.example.com"], "invalid_target"), (["resource": "not a uri"], "invalid_target"),
            (["resource": "https://api.example.com/#f"], "invalid_target"),
            (["nonce": String(repeating: "n", count: 2049)], "invalid_request"),
        ] as [([String: String?], String)])
    func refused(change: [String: String?], error: String) async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            expect(try await app.exchange(code, with: change), error)
            #expect(app.bridge.calls(Self.exchanges[0]) == 0)
            #expect(try await app.exchange(code).status == .ok)
        }
    }

    // MARK: What WeChat says

    @Test("a code works once; what is issued for it stays")
    func twice() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let first = try await app.exchange(code)
            let second = try await app.exchange(code)
            expect(second, "invalid_grant")
            #expect(second.field("error_description").contains("40163"))
            #expect(try await app.me(first.field("access_token")).status == .ok)
        }
    }

    @Test("requests in flight together share one exchange, and each gets tokens of its own")
    func together() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let tokens = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<10 { group.addTask { try await app.exchange(code) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            // Whoever came after the exchange had ended is told that the code was used.
            let granted = tokens.filter { $0.status == .ok }.map { $0.field("access_token") }
            #expect(!granted.isEmpty && Set(granted).count == granted.count)
            for answer in tokens where answer.status != .ok { expect(answer, "invalid_grant") }
            #expect(app.bridge.calls(Self.exchanges[0]) == 1 + tokens.count - granted.count)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test(
        "an error number becomes the protocol's error",
        arguments: [
            (40029, "invalid_grant", nil), (40163, "invalid_grant", nil), (40226, "invalid_grant", nil),
            (42003, "invalid_grant", nil), (50002, "invalid_grant", nil), (-1, "temporarily_unavailable", "2"),
            (45011, "temporarily_unavailable", "60"), (45009, "temporarily_unavailable", "60"),
            (40013, "temporarily_unavailable", "60"), (40125, "temporarily_unavailable", "60"),
            (41002, "temporarily_unavailable", "60"), (99999, "temporarily_unavailable", "2"),
        ] as [(Int, String, String?)])
    func errors(number: Int, error: String, retryAfter: String?) async throws {
        try await story { app in
            for (client, type) in [
                ("mini-one", AppCodeRequest.SubjectTokenType.miniProgramCode), ("phone-app", .mobileCode),
            ] {
                let answered = AppCodes.error(number)
                // Tried three times.
                if number == -1 { app.bridge.script(answered, answered) }
                app.bridge.script(answered)
                let answer = try await app.exchange("planted-code", client, type: type)
                expect(answer, error, status: retryAfter == nil ? .badRequest : .serviceUnavailable)
                #expect(answer.headers[.retryAfter] == retryAfter)
                #expect(answer.field("error_description").contains("(\(number))"))
                #expect(!answer.text.contains("planted"))
            }
            #expect(try await app.isUntouched())
        }
    }

    @Test("while WeChat is down the answer is 503, whatever is broken")
    func down() async throws {
        try await story { app in
            let faults: [WeChatBridge.Step] = [
                .fails(.answerLost(.timedOut)), .fails(.answerLost(.connectionClosed)), .body("<html>", status: 502),
                .body(""), .body(#"{"session_key":"#), .body(#"{"openid":"oX"}"#),
            ]
            for fault in faults {
                app.bridge.script(fault)
                let answer = try await app.exchange("planted-code")
                expect(answer, "temporarily_unavailable", status: .serviceUnavailable)
                #expect(answer.headers[.retryAfter] == "2")
            }
            #expect(try await app.isUntouched())
        }
    }

    @Test("a wrong AppSecret is told to the operator, and no secret with it")
    func operatorIsTold() async throws {
        try await story { app in
            app.bridge.script(AppCodes.error(40125))
            _ = try await app.exchange("planted-code")
            let lines = app.log.lines.filter { $0.contains("40125") }
            #expect(lines.count == 1 && lines[0].hasPrefix("error") && lines[0].contains("connection=mini"))
            #expect(!app.log.lines.joined().contains("planted-code"))
            #expect(!app.log.lines.joined().contains(TestConfiguration.appSecret))
        }
    }

    // MARK: What is issued

    @Test("a mini program's tokens are ordinary ones: ID token, access token, refresh token, userinfo")
    func tokens() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let answer = try await app.exchange(
                code, scope: "openid wechat offline_access unknown", with: ["nonce": "n-1"])
            #expect(answer.status == .ok && answer.field("token_type") == "Bearer")
            #expect(answer.field("issued_token_type") == "urn:ietf:params:oauth:token-type:access_token")
            #expect(answer.field("scope") == "openid wechat offline_access")
            #expect(answer.headers[.cacheControl] == "no-store")
            let identity = try await app.verified(answer.field("id_token"), type: .jwt)
            #expect(identity.audience == ["mini-one"] && identity["nonce"]?.stringValue == "n-1")
            #expect(identity["acr"]?.stringValue == "urn:wxidp:acr:silent")
            #expect(identity["auth_time"]?.integerValue == Int64(app.clock.now.timeIntervalSince1970))
            #expect(identity["sid"] == nil && identity["at_hash"] != nil)
            let access = try await app.verified(answer.field("access_token"), type: .accessToken)
            #expect(access.audience == ["https://id.example.com/oidc"] && access.subject == identity.subject)
            let me = try await app.me(answer.field("access_token"))
            #expect(me.field("sub") == identity.subject)
            #expect(me.json["wechat"]?["appid"]?.stringValue == Self.mini)
            #expect(me.json["wechat"]?["openid"]?.stringValue?.isEmpty == false)
            // Rotated like any other; still without a browser session, and without the nonce.
            app.clock.advance(by: 60)
            let refreshed = try await app.refresh(answer.field("refresh_token"), "mini-one")
            let later = try await app.verified(refreshed.field("id_token"), type: .jwt)
            #expect(later.subject == identity.subject && later["nonce"] == nil)
            #expect(later["auth_time"] == identity["auth_time"])
            #expect(try await app.count("sessions") == 0)
            for text in [answer.text, me.text, refreshed.text] { #expect(!text.contains("session_key")) }
        }
    }

    @Test("without openid no ID token, without offline_access no refresh token")
    func scopes() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let answer = try await app.exchange(code, scope: nil)
            #expect(answer.status == .ok && answer.field("scope") == "")
            #expect(answer.json["id_token"] == nil && answer.json["refresh_token"] == nil)
        }
    }

    @Test("a mobile app's code brings the profile, and a confirmed sign-in")
    func mobile() async throws {
        try await story { app in
            let code = try await app.simulator.mobileCode(app: Self.mobile, user: "alice")
            let answer = try await app.exchange(code, "phone-app", type: .mobileCode, scope: "openid profile wechat")
            #expect(answer.status == .ok, "\(answer.text)")
            let identity = try await app.verified(answer.field("id_token"), type: .jwt)
            #expect(identity["acr"]?.stringValue == "urn:wxidp:acr:confirmed")
            let me = try await app.me(answer.field("access_token"))
            #expect(!me.field("nickname").isEmpty && me.json["wechat"]?["appid"]?.stringValue == Self.mobile)
        }
    }

    @Test("one person in the browser, the mobile app and a mini program of one open platform")
    func onePerson() async throws {
        try await story { app in
            let browser = try await app.tokens("web", scope: "openid", in: Browser(app))
            let login = try await app.simulator.loginCode(app: Self.program, user: "alice")
            let mini = try await app.exchange(login, "mini-two")
            let code = try await app.simulator.mobileCode(app: Self.mobile, user: "alice")
            let mobile = try await app.exchange(code, "phone-app", type: .mobileCode)
            var subjects: Set<String?> = []
            for answer in [browser, mini, mobile] {
                subjects.insert(try await app.verified(answer.field("id_token"), type: .jwt).subject)
            }
            #expect(subjects.count == 1)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("a resource becomes the access token's audience")
    func resource() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let answer = try await app.exchange(code, with: ["resource": "https://api.example.com/"])
            let access = try await app.verified(answer.field("access_token"), type: .accessToken)
            #expect(access.audience == ["https://api.example.com/"])
            #expect(try await app.me(answer.field("access_token")).status == .unauthorized)
        }
    }

    @Test("a blocked person gets nothing, and what they had ends")
    func blocked() async throws {
        try await story { app in
            let first = try await app.exchange(try await app.simulator.loginCode(app: Self.mini, user: "alice"))
            try await app.execute("UPDATE users SET blocked = 1")
            let again = try await app.exchange(try await app.simulator.loginCode(app: Self.mini, user: "alice"))
            expect(again, "invalid_grant")
            #expect(try await app.me(first.field("access_token")).status == .unauthorized)
            #expect(try await app.count("grants") == 1)
        }
    }

    @Test("revoking the refresh token ends the grant")
    func revocation() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let answer = try await app.exchange(code, scope: "openid offline_access")
            let form = ["token": answer.field("refresh_token"), "client_id": "mini-one"]
            #expect(try await app.send(.post, "/oidc/token/revocation", form: form).status == .ok)
            #expect(try await app.me(answer.field("access_token")).status == .unauthorized)
        }
    }

    // MARK: Configuration

    @Test("a configuration that lists the grant says whose codes it takes")
    func configuration() throws {
        let grant = #"grant_types: ["urn:ietf:params:oauth:grant-type:token-exchange"]"#
        for (application, remedy) in [
            ("{client_id: a, \(grant)}", "list a mini_program or mobile_app connection"),
            ("{client_id: a, connections: [mp], \(grant)}", "list a mini_program or mobile_app connection"),
            ("{client_id: a, connections: [mini], first_party: false, \(grant)}", "remove it, or first_party: false"),
        ] {
            let yaml = TestConfiguration.yaml(publicURL: "https://id.example.com").replacing(
                "{client_id: strict,", with: "\(application)\n      - {client_id: strict,")
            do {
                _ = try Configuration.parse(yaml, file: "test.yaml", folder: "/", environment: [:])
                Issue.record("taken: \(application)")
            } catch {
                #expect("\(error)".contains(remedy), "\(error)")
            }
        }
    }
}
