import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat

@testable import IdP

/// The mini-program tutorial's session and profile (reference contracts, section 4).
@Suite struct VerifyTests {
    private static let failed = "{\"error\":\"Validation failed\"}"
    private static let json: HTTPFields = [.contentType: "application/json"]
    private static let second = """
              - {identifier: mini2, kind: mini_program, app_id: wx0000000000000005, app_secret: s}

        """

    private func post(_ app: TestApp, _ body: String, to path: String = "/v1/verify") async throws -> Answer {
        try await app.send(.post, path, headers: Self.json, body: body)
    }

    private func token(_ app: TestApp, prefix: String = "") async throws -> String {
        app.bridge.script(AppCodes.session())
        let answer = try await post(app, #"{"jsCode":"023code"}"#, to: prefix + "/v1/verify")
        #expect(answer.status == .ok, "\(answer.text)")
        return answer.field("token")
    }

    private func bearer(_ token: String) -> HTTPFields {
        [.contentType: "application/json", .authorization: "Bearer \(token)"]
    }

    @Test("every failure is 401 with one body")
    func failures() async throws {
        try await TestApp.story { app in
            let bodies = [
                "", "{", "[]", "null", "{}", #"{"code":"1"}"#, #"{"jsCode":7}"#, #"{"jsCode":""}"#,
                #"{"jsCode":"1","appId":"wx9999999999999999"}"#, #"{"jsCode":"1","appId":"wx0000000000000001"}"#,
                #"{"jsCode":"a","jsCode":"b"}"#, #"{"jsCode":"\#(String(repeating: "x", count: 17_000))"}"#,
            ]
            for body in bodies {
                let answer = try await post(app, body)
                #expect(answer.status == .unauthorized && answer.text == Self.failed, "\(body.prefix(40))")
            }
            let plain = try await app.send(.post, "/v1/verify", body: #"{"jsCode":"1"}"#)
            #expect(plain.status == .unauthorized && plain.text == Self.failed)
            #expect(app.bridge.urls.isEmpty)
            let steps: [WeChatBridge.Step] = [
                AppCodes.error(40029), AppCodes.error(40163), .fails(.answerLost(.timedOut)), .body("<html>"),
                .body("", status: 502),
            ]
            for step in steps {
                app.bridge.script(step)
                let answer = try await post(app, #"{"jsCode":"023code"}"#)
                #expect(answer.status == .unauthorized && answer.text == Self.failed)
            }
            #expect(try await app.isUntouched())
        }
    }

    @Test("a code is exchanged for a random token, and neither openid nor session key leaves")
    func success() async throws {
        try await TestApp.story { app in
            app.bridge.script(AppCodes.session(unionID: "oUnion"), AppCodes.session())
            let answers = [
                try await post(app, #"{"jsCode":"1"}"#),
                try await post(app, #"{"jsCode":"2","appId":"wx0000000000000006"}"#),
            ]
            for answer in answers {
                #expect(answer.status == .ok)
                #expect(answer.json.objectValue?.keys.sorted() == ["expires_in", "token"])
                #expect(answer.field("token").utf8.count == 43)
            }
            #expect(answers[0].field("token") != answers[1].field("token"))
            let stored = try await app.database.query("SELECT token_hash FROM contract_sessions", [])
            let hashes = Set(try stored.map { try $0.text("token_hash") })
            let expected = answers.map { Base64URL.encode(SHA256.hash($0.field("token").utf8)) }
            #expect(hashes == Set(expected))
        }
    }

    @Test("with several mini programs the page must say which")
    func several() async throws {
        let yaml: (String) -> String = { text in
            text.replacingFirst("    applications:\n", with: Self.second + "    applications:\n")
        }
        try await TestApp.story(yaml: yaml) { app in
            let silent = try await post(app, #"{"jsCode":"1"}"#)
            #expect(silent.status == .unauthorized && silent.text == Self.failed)
            app.bridge.script(AppCodes.session())
            let named = try await post(app, #"{"jsCode":"1","appId":"wx0000000000000005"}"#)
            #expect(named.status == .ok)
        }
    }

    @Test("the profile belongs to the token's person, and keeps what they typed")
    func profile() async throws {
        try await TestApp.story { app in
            let token = try await token(app)
            let empty = try await app.send("/v1/profile", headers: bearer(token))
            let users = try await app.database.query("SELECT id FROM users", [])
            #expect(empty.field("id") == (try users.first?.text("id")))
            #expect(empty.json["nickname"]?.isNull == true && empty.json["avatar"]?.isNull == true)
            let saved = try await app.send(
                .post, "/v1/profile", headers: bearer(token),
                body: #"{"nickname":"  小明 😀 ","avatar":"https://cdn.example.com/a.png?x=1"}"#)
            #expect(saved.field("nickname") == "小明 😀")
            let renamed = try await app.send(
                .post, "/v1/profile", headers: bearer(token), body: #"{"nickname":"O'Brien"}"#)
            #expect(renamed.field("avatar") == "https://cdn.example.com/a.png?x=1")
            let read = try await app.send("/v1/profile", headers: bearer(token))
            #expect(read.text == renamed.text)
            #expect(read.field("nickname") == "O'Brien")
        }
    }

    @Test(
        "a name that can't be shown, or a picture that is no https address, changes nothing",
        arguments: [
            #"{}"#, #"{"nickname":"   "}"#, #"{"nickname":"\u200b\u200d"}"#, #"{"nickname":"a\u0007"}"#,
            #"{"nickname":"a\u202eb"}"#, #"{"nickname":"\#(String(repeating: "名", count: 65))"}"#,
            #"{"avatar":"http://cdn.example.com/a.png"}"#, #"{"avatar":"javascript:alert(1)"}"#,
            #"{"avatar":"wxfile://tmp_1.png"}"#, #"{"avatar":"https://u:p@cdn.example.com/a"}"#,
            #"{"avatar":"https://cdn.example.com/#\#(String(repeating: "a", count: 2000))"}"#,
            #"{"nickname":"good","avatar":"data:image/png;base64,AAAA"}"#, "[]", "{",
        ])
    func refusedProfile(_ body: String) async throws {
        try await TestApp.story { app in
            let token = try await token(app)
            let answer = try await app.send(.post, "/v1/profile", headers: bearer(token), body: body)
            #expect(answer.status == .badRequest, "\(answer.text)")
            #expect(answer.error == "invalid_request")
            #expect(try await app.count("users", where: "nickname IS NOT NULL OR picture IS NOT NULL") == 0)
        }
    }

    @Test("without a token that holds there is no profile")
    func noToken() async throws {
        try await TestApp.story { app in
            let token = try await token(app)
            let bare = try await app.send("/v1/profile")
            #expect(bare.status == .unauthorized)
            #expect(bare.headers[.wwwAuthenticate] == "Bearer realm=\"wxidp\"")
            for wrong in ["x", token + "x", String(repeating: "x", count: 5000)] {
                for method in [HTTPRequest.Method.get, .post] {
                    let answer = try await app.send(
                        method, "/v1/profile", headers: bearer(wrong), body: method == .post ? "{}" : nil)
                    #expect(answer.status == .unauthorized && answer.error == "invalid_token")
                    #expect(answer.headers[.wwwAuthenticate]?.contains("invalid_token") == true)
                }
            }
            // A session of the other contract is none of this one.
            let signed = try await WxLoginStory(app: app).login()
            #expect(try await app.send("/v1/profile", headers: bearer(signed.token)).status == .unauthorized)
            try await app.execute("UPDATE users SET blocked = 1")
            #expect(try await app.send("/v1/profile", headers: bearer(token)).status == .unauthorized)
        }
    }

    @Test("a token ends with its time, and is worth nothing at another pool")
    func lifetime() async throws {
        let yaml: (String) -> String = { text in
            text.replacingFirst(
                "txt_content: other000}\n",
                with:
                    "txt_content: other000}\n      - {identifier: m, kind: mini_program, app_id: wx6, app_secret: s}\n")
        }
        try await TestApp.story(yaml: yaml) { app in
            let token = try await token(app)
            let other = try await self.token(app, prefix: "/pools/other")
            #expect(try await app.send("/pools/other/v1/profile", headers: bearer(other)).status == .ok)
            #expect(try await app.send("/pools/other/v1/profile", headers: bearer(token)).status == .unauthorized)
            #expect(try await app.send("/v1/profile", headers: bearer(other)).status == .unauthorized)
            app.clock.advance(by: 604_799)
            #expect(try await app.send("/v1/profile", headers: bearer(token)).status == .ok)
            app.clock.advance(by: 1)
            #expect(try await app.send("/v1/profile", headers: bearer(token)).status == .unauthorized)
        }
    }
}
