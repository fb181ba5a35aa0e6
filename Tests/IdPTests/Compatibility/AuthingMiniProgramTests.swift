import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

@Suite("Mini programs sign in as Authing's SDKs ask, under the rule of the token exchange")
struct AuthingMiniProgramTests {
    private static let mini = "wx0000000000000006"
    private static let program = "wx0000000000000007"
    private static let auth = "/connections/social/wechat-miniprogram/auth"
    private static let mobile = "/api/v3/signin-by-mobile"

    private func story(
        _ change: @escaping @Sendable (String) -> String = { $0 },
        _ story: @escaping @Sendable (TestApp) async throws -> Void
    ) async throws {
        try await TestApp.story(yaml: { change(AppCodes.yaml($0)) }, story)
    }

    private func ask(
        _ app: TestApp, _ path: String, _ body: JSON, client: String? = "mini-one", userPool: String? = nil,
        prefix: String = ""
    ) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let name = HTTPField.Name("x-authing-app-id") { headers[name] = client }
        if let name = HTTPField.Name("x-authing-userpool-id") { headers[name] = userPool }
        return try await app.send(.post, prefix + path, headers: headers, body: body.text)
    }

    private func login(_ code: String, _ extra: JSONObject = [:]) -> JSON {
        var body: JSONObject = [
            "connection": "wechat_mini_program_code", "wechatMiniProgramCodePayload": ["code": .string(code)],
        ]
        for (name, value) in extra { body[name] = value }
        return .object(body)
    }

    @Test("version 2: the user object with an ID token; what the client says about itself is not believed")
    func version2() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let answer = try await ask(
                app, Self.auth,
                [
                    "code": .string(code), "iv": "x", "encryptedData": "y",
                    "rawData": #"{"nickName":"Somebody else","avatarUrl":"https://evil.example/"}"#,
                ], userPool: "default")
            #expect(answer.status == .ok && answer.json["code"] == 200 && answer.field("message").isEmpty == false)
            let data = try #require(answer.json["data"])
            #expect(data["nickname"]?.isNull == true && data["photo"]?.isNull == true)
            let rows = try await app.database.query("SELECT openid FROM wechat_openids", [])
            #expect(data["openid"]?.stringValue == (try rows.first?.text("openid")))
            let claims = try await app.verified(data["token"]?.stringValue ?? "", type: .jwt)
            #expect(claims.audience == ["mini-one"] && claims["data"]?["id"]?.stringValue == claims.subject)
            #expect(claims["acr"]?.stringValue == "urn:wxidp:acr:silent")
            #expect(answer.text.contains("session_key") == false && data["registerMethod"] == nil)
        }
    }

    @Test("version 3: ordinary tokens, with the scopes that were asked for")
    func version3() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let body = login(code, ["options": ["scope": "openid profile offline_access"]])
            let answer = try await ask(app, Self.mobile, body)
            #expect(answer.status == .ok && answer.json["statusCode"] == 200)
            #expect(answer.field("requestId") == answer.headers[.xRequestID])
            let data = try #require(answer.json["data"])
            let access = data["access_token"]?.stringValue ?? ""
            #expect(try await app.me(access).status == .ok)
            let claims = try await app.verified(data["id_token"]?.stringValue ?? "", type: .jwt)
            #expect(claims.audience == ["mini-one"])
            let renewed = try await app.refresh(data["refresh_token"]?.stringValue ?? "", "mini-one")
            #expect(renewed.status == .ok, "\(renewed.text)")
            // Without options: what a sign-in needs, and no refresh token.
            let second = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let plain = try await ask(app, Self.mobile, login(second))
            #expect(plain.json["data"]?["scope"]?.stringValue == "openid profile")
            #expect(plain.json["data"]?["refresh_token"] == nil && plain.json["data"]?["id_token"] != nil)
        }
    }

    @Test("a client that may not exchange this code gets nothing, and the code stays good")
    func foreign() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            // Unknown; of another pool; confidential; without the grant; without the connection; nobody named.
            for client in ["nobody", "other-mini", "mini-two", "web", "phone-app", nil] as [String?] {
                let old = try await ask(app, Self.auth, ["code": .string(code)], client: client)
                #expect(old.status == .ok && old.json["data"] == nil, "\(client ?? "-") \(old.text)")
                #expect([400, 401].contains(old.json["code"]?.integerValue), "\(old.text)")
                let new = try await ask(app, Self.mobile, login(code), client: client)
                #expect(new.json["data"] == nil && [400, 401].contains(new.json["statusCode"]?.integerValue))
            }
            let elsewhere = try await ask(app, Self.auth, ["code": .string(code)], userPool: "other")
            #expect(elsewhere.json["code"] == 401)
            #expect(try await app.isUntouched() && app.bridge.calls("/sns/jscode2session") == 0)
            #expect(try await ask(app, Self.auth, ["code": .string(code)]).json["code"] == 200)
        }
    }

    @Test("a code of another mini program, a used one and none at all: WeChat's number, no person")
    func badCodes() async throws {
        try await story { app in
            let foreign = try await app.simulator.loginCode(app: Self.program, user: "alice")
            for (code, number) in [(foreign, "40029"), ("nonsense", "40029")] {
                let answer = try await ask(app, Self.auth, ["code": .string(code)])
                #expect(answer.status == .ok && answer.json["code"] == 400 && answer.json["data"] == nil)
                #expect(answer.field("message").contains(number), "\(answer.text)")
            }
            #expect(try await app.isUntouched())
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            #expect(try await ask(app, Self.mobile, login(code)).json["statusCode"] == 200)
            let again = try await ask(app, Self.mobile, login(code))
            #expect(again.json["statusCode"] == 400 && again.field("message").contains("40163"))
        }
    }

    static let malformed: [JSON] = [
        [:], ["code": ""], ["code": .null], ["code": 5], ["code": ["x"]], ["code": "a\u{0}b"], "text", [1], .null,
        ["connection": "wechat_mini_program_code"],
        ["connection": "wechat_mini_program_code", "wechatMiniProgramCodePayload": "x"],
        ["connection": "wechat_mini_program_code", "wechatMiniProgramCodePayload": ["code": 1]],
        ["connection": "wechat_mini_program_code", "wechatMiniProgramCodePayload": ["code": "c"], "options": 1],
        [
            "connection": "wechat_mini_program_code", "wechatMiniProgramCodePayload": ["code": "c"],
            "extIdpConnidentifier": "mp",
        ],
        ["connection": "wechat_mini_program_phone", "wechatMiniProgramPhonePayload": ["code": "c"]],
        ["connection": "apple", "wechatMiniProgramCodePayload": ["code": "c"]],
    ]

    @Test("a body of another shape is an error in the envelope, and nobody is asked", arguments: malformed)
    func shapes(_ body: JSON) async throws {
        try await story { app in
            for path in [Self.auth, Self.mobile] {
                let answer = try await ask(app, path, body)
                #expect(answer.status == .ok && answer.json["data"] == nil, "\(path) \(answer.text)")
                #expect((answer.json["code"] ?? answer.json["statusCode"]) == 400, "\(path) \(answer.text)")
            }
            let broken = try await app.send(.post, Self.auth, headers: [.contentType: "application/json"], body: "{")
            #expect(broken.json["code"] == 400)
            let large = try await app.send(
                .post, Self.auth, headers: [.contentType: "application/json"],
                body: #"{"code":"\#(String(repeating: "x", count: 70_000))"}"#)
            #expect(large.status == .contentTooLarge)
            #expect(app.bridge.calls("/sns/jscode2session") == 0)
        }
    }

    @Test("trouble at WeChat: 503 in the envelope, with the time to wait")
    func trouble() async throws {
        try await story { app in
            app.bridge.script(.fails(.answerLost(.timedOut)))
            let answer = try await ask(app, Self.mobile, login("code"))
            #expect(answer.status == .ok && answer.json["statusCode"] == 503 && answer.headers[.retryAfter] != nil)
            #expect(try await app.isUntouched())
        }
    }

    @Test("the contract's connections and application hold here too")
    func contract() async throws {
        try await story({ yaml in
            yaml.replacing(
                "    name: Example & Söhne\n    default_application: web\n    compatibility: {authing: {enabled: true}}",
                with: "    name: Example & Söhne\n    default_application: web\n"
                    + "    compatibility: {authing: {enabled: true, connections: [mini], application: mini-one}}")
        }) { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            #expect(try await ask(app, Self.auth, ["code": .string(code)], client: nil).json["code"] == 200)
            let other = try await app.simulator.loginCode(app: Self.program, user: "alice")
            let body = login(other, ["extIdpConnidentifier": "program"])
            let refused = try await ask(app, Self.mobile, body, client: "mini-both")
            #expect(refused.json["statusCode"] == 400 && refused.json["data"] == nil)
        }
    }

    @Test("each pool has its own door, and what one gave is worth nothing at the other")
    func isolation() async throws {
        try await story { app in
            let code = try await app.simulator.loginCode(app: Self.mini, user: "alice")
            let there = try await ask(app, Self.mobile, login(code), client: "other-mini", prefix: "/pools/other")
            let access = there.json["data"]?["access_token"]?.stringValue ?? ""
            #expect(try await app.me(access, pool: "/pools/other").status == .ok)
            #expect(try await app.me(access).status == .unauthorized)
            let crossed = try await ask(app, Self.mobile, login(code), client: "mini-one", prefix: "/pools/other")
            #expect(crossed.json["statusCode"] == 401)
        }
    }

    @Test("switched off, neither exists", arguments: [auth, mobile])
    func switchedOff(_ path: String) async throws {
        try await story(TestApp.withoutAuthing) { app in
            let answer = try await ask(app, path, ["code": "c"])
            #expect(answer.status == .notFound)
        }
    }
}
