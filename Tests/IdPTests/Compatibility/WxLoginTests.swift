import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat

@testable import IdP

/// The login of `wx_login_middleware` (reference contracts, section 2.1).
@Suite struct WxLoginTests {
    private static let path = "/login?appid=\(WxLoginStory.appID)&code=023code"

    private func error(
        _ answer: Answer, _ code: String, _ status: HTTPResponse.Status, detail: String? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status == status, sourceLocation: location)
        let members = answer.json.objectValue?.keys.sorted()
        #expect(members == ["code", "detail", "message", "status"], "\(answer.text)", sourceLocation: location)
        #expect(answer.json["status"]?.integerValue == Int64(status.code), sourceLocation: location)
        #expect(answer.field("code") == code, sourceLocation: location)
        let message = code == "auth-login-session-fail" ? "登录会话验证失败" : "登录验证失败"
        #expect(answer.field("message") == message, sourceLocation: location)
        if let detail { #expect(answer.field("detail") == detail, sourceLocation: location) }
    }

    @Test("a query that lacks a field is 400 parse-get-params-fail")
    func get() async throws {
        try await TestApp.story { app in
            for query in [
                "", "?appid=\(WxLoginStory.appID)", "?code=1", "?appid=a&appid=b&code=1", "?appid=%zz&code=1",
                "?appid=\(WxLoginStory.appID)&code=",
            ] {
                error(try await app.send("/login" + query), "parse-get-params-fail", .badRequest)
            }
            #expect(app.bridge.urls.isEmpty)
        }
    }

    @Test("a body that can't be read is 400 parse-post-json-fail")
    func post() async throws {
        try await TestApp.story { app in
            let good = "{\"appid\":\"\(WxLoginStory.appID)\",\"code\":\"023code\"}"
            let bodies: [(type: String?, body: String)] = [
                ("application/json", ""), ("application/json", "{"), ("application/json", "[]"),
                ("application/json", "{\"appid\":\"a\"}"), ("application/json", "{\"appid\":\"a\",\"code\":7}"),
                ("text/plain", good), (nil, good), ("application/x-www-form-urlencoded", "appid=a"),
                ("application/json", "{\"appid\":\"a\",\"code\":\"\(String(repeating: "x", count: 17_000))\"}"),
                ("application/json", "{\"appid\":\"a\",\"appid\":\"b\",\"code\":\"c\"}"),
            ]
            for (type, body) in bodies {
                var headers = HTTPFields()
                headers[.contentType] = type
                error(
                    try await app.send(.post, "/login", headers: headers, body: body), "parse-post-json-fail",
                    .badRequest)
            }
            #expect(app.bridge.urls.isEmpty)
        }
    }

    @Test("another method is 500 unexpected-http-method", arguments: [HTTPRequest.Method.put, .patch, .delete])
    func method(_ method: HTTPRequest.Method) async throws {
        try await TestApp.story { app in
            error(
                try await app.send(method, Self.path), "unexpected-http-method", .internalServerError,
                detail: method.rawValue)
        }
    }

    @Test("an app that is not configured, or no mini program, is 401 appid-not-found with an empty detail")
    func unknownApp() async throws {
        try await TestApp.story { app in
            for appID in ["wx9999999999999999", "wx0000000000000001", "wx0000000000000009"] {
                error(
                    try await app.send("/login?appid=\(appID)&code=023code"), "appid-not-found", .unauthorized,
                    detail: "")
            }
            #expect(app.bridge.urls.isEmpty)
        }
    }

    @Test("WeChat's error is 401 jscode2session-resp-fail and keeps its number", arguments: [40029, 40163, 45011, -1])
    func weChatError(_ number: Int) async throws {
        try await TestApp.story { app in
            app.bridge.script(AppCodes.error(number), AppCodes.error(number), AppCodes.error(number))
            let answer = try await app.send(Self.path)
            error(answer, "jscode2session-resp-fail", .unauthorized)
            #expect(answer.field("detail").hasPrefix("errcode \(number): planted"))
            #expect(answer.field("detail").contains("65a1-2b3c-4d5e"))
        }
    }

    @Test("an answer without openid or session_key is 401 jscode2session-resp-fail")
    func unreadable() async throws {
        for body in ["{}", "<html>502</html>", "", #"{"openid":"oA"}"#, #"{"session_key":"EBESExQVFhcYGRobHB0eHw=="}"#]
        {
            try await TestApp.story { app in
                app.bridge.script(.body(body))
                error(try await app.send(Self.path), "jscode2session-resp-fail", .unauthorized)
                #expect(try await app.isUntouched())
            }
        }
    }

    @Test("no answer is 500 jscode2session-call-fail, and its detail holds neither secret nor code")
    func silence() async throws {
        try await TestApp.story { app in
            app.bridge.script(.fails(.answerLost(.timedOut)))
            let answer = try await app.send(Self.path)
            error(answer, "jscode2session-call-fail", .internalServerError)
            for secret in [TestConfiguration.appSecret, "023code", "secret", "http"] {
                #expect(!answer.text.contains(secret))
            }
            #expect(!app.log.lines.joined().contains("023code"))
        }
    }

    @Test("a session_key that is not 16 bytes of base64 is 500 session-key-invalid-base64", arguments: ["AAAA", "!!"])
    func sessionKey(_ key: String) async throws {
        try await TestApp.story { app in
            app.bridge.script(AppCodes.session(key: key))
            error(try await app.send(Self.path), "session-key-invalid-base64", .internalServerError)
            #expect(try await app.count("contract_sessions") == 0)
        }
    }

    @Test("a database that does not answer is 500 inner-service-fail")
    func storage() async throws {
        try await TestApp.story { app in
            try await app.execute("DROP TABLE contract_sessions")
            app.bridge.script(AppCodes.session())
            error(try await app.send(Self.path), "inner-service-fail", .internalServerError, detail: "")
        }
    }

    @Test("somebody the operator has blocked gets no session")
    func blocked() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            try await app.execute("UPDATE users SET blocked = 1")
            app.bridge.script(AppCodes.session())
            error(try await app.send(Self.path), "auth-login-session-fail", .unauthorized)
            let answer = try await story.verify(login.token, story.signature("/orders?id=7", login.key))
            #expect(answer.text == "{\"active\":false}")
        }
    }

    @Test("GET, JSON and form log in alike, with openid, stoken and skey in the crate's outer form")
    func success() async throws {
        try await TestApp.story { app in
            app.bridge.script(AppCodes.session(), AppCodes.session(unionID: "oUnion"), AppCodes.session())
            let form = ["appid": WxLoginStory.appID, "code": "023three"]
            let answers = [
                try await app.send(Self.path),
                try await WxLoginStory(app: app).post(["appid": .string(WxLoginStory.appID), "code": "023two"]),
                try await app.send(.post, "/login", form: form),
            ]
            for answer in answers {
                #expect(answer.status == .ok, "\(answer.text)")
                #expect(answer.headers[.cacheControl] == "no-store")
                #expect(answer.field("openid") == AppCodes.openID)
                #expect(answer.json["expires_in"]?.integerValue == 604_800)
                let parts = answer.field("stoken").split(separator: ":", omittingEmptySubsequences: false)
                #expect(parts.count == 4)
                #expect(parts[0] == "ST1" && parts[1] == WxLoginStory.appID && parts[2] == AppCodes.openID)
                #expect(Data(base64Encoded: String(parts[3]))?.count == 32)
                #expect(Data(base64Encoded: answer.field("skey"))?.count == 16)
            }
            #expect(answers.map { $0.json["unionid"]?.stringValue } == [nil, "oUnion", nil])
            #expect(Set(answers.map { $0.field("stoken") }).count == 3)
            #expect(Set(answers.map { $0.field("skey") }).count == 3)
            #expect(try await app.count("users") == 1)
        }
    }

    @Test("neither token nor key is stored, logged, or made from WeChat's session_key")
    func atRest() async throws {
        try await TestApp.story { app in
            let login = try await WxLoginStory(app: app).login()
            let rows = try await app.database.query("SELECT token_hash, key_sealed, openid FROM contract_sessions", [])
            let row = try #require(rows.first)
            #expect(try row.text("token_hash") == Base64URL.encode(SHA256.hash(login.token.utf8)))
            let sealed = String(decoding: try row.blob("key_sealed"), as: UTF8.self)
            #expect(!sealed.contains(login.key))
            let logged = app.log.lines.joined()
            for secret in [login.token, login.key, AppCodes.sessionKey, AppCodes.openID] {
                #expect(!logged.contains(secret))
            }
        }
    }

    @Test("the path is the operator's, and the default one is then free")
    func path() async throws {
        try await TestApp.story(yaml: WxLoginStory.contract("wx_login: {path: /mini/login}")) { app in
            app.bridge.script(AppCodes.session())
            let query = Self.path.drop { $0 != "?" }
            let answer = try await app.send("/mini/login\(query)")
            #expect(answer.status == .ok, "\(answer.text)")
            for path in [Self.path, "/mini/login/\(query)"] {
                let other = try await app.send(path)
                #expect(other.status == .notFound, "\(path)")
            }
        }
    }

    @Test("a pool without a mini program, or with the contract off, has no login")
    func off() async throws {
        try await TestApp.story(yaml: WxLoginStory.contract("wx_login: {enabled: false}")) { app in
            for path in [Self.path, "/pools/other\(Self.path)"] {
                let answer = try await app.send(path)
                #expect(answer.status == .notFound, "\(path)")
            }
        }
    }
}
