import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat

@testable import IdP

/// The sample back end of `wechat-backend-auth` (reference contracts, section 3).
@Suite struct CodeLoginTests {
    private static let path = "/api/auth/login"
    private static let tokens = #"""
        {"access_token":"A","expires_in":7200,"refresh_token":"R","openid":"oMobile0000000000000000000001",
         "scope":"snsapi_userinfo","unionid":"oUnion"}
        """#
    private static let profile = #"""
        {"openid":"oMobile0000000000000000000001","nickname":"小明","headimgurl":"https://thirdwx.qlogo.cn/a/132",
         "unionid":"oUnion"}
        """#

    private static func yaml(_ lines: String = "enabled: true, application: basic") -> (String) -> String {
        { text in
            WxLoginStory.contract("code_login: {\(lines)}")(text)
                .replacingFirst(
                    "    applications:\n",
                    with: """
                              - {identifier: app, kind: mobile_app, app_id: wx00000000000000a1, app_secret: s, open_platform: main}
                            applications:

                        """)
        }
    }

    private static let basic = TestApp.basic("basic", TestConfiguration.clientSecret)

    private func login(
        _ app: TestApp, _ body: String = #"{"code":"023code"}"#, authorization: String? = basic, prefix: String = ""
    ) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/json"]
        headers[.authorization] = authorization
        return try await app.send(.post, prefix + Self.path, headers: headers, body: body)
    }

    @Test("it is off until the operator wants it")
    func off() async throws {
        try await TestApp.story { app in
            let answer = try await login(app)
            #expect(answer.status == .notFound)
        }
    }

    @Test("nobody but the contract's application is let in, and WeChat is not asked")
    func client() async throws {
        try await TestApp.story(yaml: Self.yaml()) { app in
            let other = TestApp.basic("codeonly", TestConfiguration.clientSecret)
            for authorization in [nil, TestApp.basic("basic", "wrong"), other, TestApp.basic("nobody", "x"), "Basic x"]
            {
                let answer = try await login(app, authorization: authorization)
                #expect(answer.status == .unauthorized && answer.text.isEmpty)
                #expect(answer.headers[.wwwAuthenticate] == "Basic realm=\"wxidp\"")
            }
            let asPublic = try await login(app, #"{"code":"1","client_id":"web"}"#, authorization: nil)
            #expect(asPublic.status == .unauthorized)
            let elsewhere = try await login(app, prefix: "/pools/other")
            #expect(elsewhere.status == .notFound)
            #expect(app.bridge.urls.isEmpty)
        }
    }

    @Test("a body without a code, or an app that is none of the contract's, is 400 without a body")
    func malformed() async throws {
        try await TestApp.story(yaml: Self.yaml()) { app in
            for body in [
                "", "{", "[]", "{}", #"{"code":""}"#, #"{"code":7}"#, #"{"code":"1","appid":"wx0000000000000001"}"#,
            ] {
                let answer = try await login(app, body)
                #expect(answer.status == .badRequest && answer.text.isEmpty, "\(body)")
            }
            #expect(app.bridge.urls.isEmpty)
        }
    }

    @Test("any failure of WeChat is 401 without a body, and the header tells which")
    func failures() async throws {
        let steps: [(WeChatBridge.Step, String)] = [
            (AppCodes.error(40029), "InvalidCode"), (AppCodes.error(40163), "CodeUsed"),
            (AppCodes.error(42003), "CodeExpired"), (AppCodes.error(40164), "IpNotWhitelisted"),
            (AppCodes.error(45011), "RateLimitExceeded"), (AppCodes.error(40125), "ApiError"),
            (.body("<html>"), "ResponseParseFailed"), (.fails(.answerLost(.timedOut)), "Transport"),
        ]
        try await TestApp.story(yaml: Self.yaml()) { app in
            let header = try #require(HTTPField.Name("WeChat-Error"))
            for (step, name) in steps {
                app.bridge.script(step)
                let answer = try await login(app)
                #expect(answer.status == .unauthorized && answer.text.isEmpty, "\(name)")
                #expect(answer.headers[header] == name)
                #expect(answer.headers[.wwwAuthenticate] == nil)
            }
            #expect(try await app.isUntouched())
        }
    }

    @Test("a code of our own web callback is never taken: it is another app's")
    func webCode() async throws {
        let lists = "enabled: true, application: basic, connections: [mp]"
        let text = Self.yaml(lists)(TestConfiguration.yaml(publicURL: "https://id.example.com"))
        #expect(ConfigurationText.problems(text).map(\.key) == ["pools[0].compatibility.code_login.connections[0]"])
        try await TestApp.story(yaml: Self.yaml()) { app in
            let answer = try await login(app, #"{"code":"023web","appid":"wx0000000000000001"}"#)
            #expect(answer.status == .badRequest)
            #expect(app.bridge.urls.isEmpty)
        }
    }

    @Test("the answer has the sample's shape, and its token is an access token of the application")
    func success() async throws {
        try await TestApp.story(yaml: Self.yaml()) { app in
            app.bridge.script(.body(Self.tokens), .body(Self.profile))
            let answer = try await login(app)
            #expect(answer.status == .ok, "\(answer.text)")
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(answer.json.objectValue?.keys.sorted() == ["expires_in", "token", "user"])
            let user: JSON = [
                "openid": "oMobile0000000000000000000001", "nickname": "小明",
                "avatar": "https://thirdwx.qlogo.cn/a/132",
            ]
            #expect(answer.json["user"] == user)
            let claims = try await app.verified(answer.field("token"), type: .accessToken)
            #expect(claims["client_id"]?.stringValue == "basic")
            #expect(claims["scope"]?.stringValue == "openid profile")
            #expect(claims.audience == ["https://id.example.com/oidc"])
            let me = try await app.me(answer.field("token"))
            #expect(me.field("nickname") == "小明")
            #expect(try await app.me(answer.field("token"), pool: "/pools/other").status == .unauthorized)
            for secret in ["\"A\"", "\"R\"", "oUnion"] { #expect(!answer.text.contains(secret)) }
            // A blocked person's code is worth nothing, and neither is the token.
            try await app.execute("UPDATE users SET blocked = 1")
            #expect(try await app.me(answer.field("token")).status == .unauthorized)
            app.bridge.script(.body(Self.tokens), .body(Self.profile))
            let blocked = try await login(app)
            #expect(blocked.status == .unauthorized && blocked.text.isEmpty)
        }
    }

    @Test("when no token can be made it is 500 without a body")
    func noToken() async throws {
        try await TestApp.story(yaml: Self.yaml()) { app in
            try await app.execute("DROP TABLE grants")
            app.bridge.script(.body(Self.tokens), .body(Self.profile))
            let answer = try await login(app)
            #expect(answer.status == .internalServerError && answer.text.isEmpty)
        }
    }
}

/// Each of the crate's 18 failures comes from the library's calls, one to one (reference contracts, section 3.2).
@Suite struct DistinctionContractTests {
    private static let code = AuthorizationCode("023code")
    private static let openID = OpenID(rawValue: "o1")

    private func distinction(
        _ step: WeChatBridge.Step?, of client: (WeChatBridge) -> WeChatClient,
        _ call: (WeChatClient) async throws -> Void, _ app: TestApp
    ) async -> WeChatError.Distinction? {
        if let step { app.bridge.script(step) }
        do {
            try await call(client(app.bridge))
            return nil
        } catch {
            return (error as? WeChatError)?.distinction
        }
    }

    @Test("all 18 can be told apart")
    func all() async throws {
        try await TestApp.story { app in
            func client(_ id: String = "wx1", _ bridge: WeChatBridge) -> WeChatClient {
                let options = WeChatOptions(maxRetries: 0, sleep: { _ in })
                return WeChatClient(
                    appID: AppID(rawValue: id), secret: AppSecret("s"), options: options, transport: bridge)
            }
            let exchange: (WeChatClient) async throws -> Void = { _ = try await $0.exchangeCode(Self.code) }
            let refresh: (WeChatClient) async throws -> Void = { _ = try await $0.refreshToken(RefreshToken("R")) }
            let profile: (WeChatClient) async throws -> Void = {
                _ = try await $0.userInfo(AccessToken("A"), openID: Self.openID)
            }
            let rows: [(WeChatError.Distinction, WeChatBridge.Step?, (WeChatClient) async throws -> Void)] = [
                (.transport, .fails(.answerLost(.timedOut)), exchange),
                (.transport, .fails(.notSent(.dns)), exchange),
                (.responseParseFailed, .body("<html>"), exchange), (.responseParseFailed, .body("{}"), exchange),
                (.apiError, AppCodes.error(40013), exchange), (.apiError, AppCodes.error(99999), exchange),
                (.accessTokenExpired, AppCodes.error(40001), profile),
                (.accessTokenExpired, AppCodes.error(40014), profile),
                (.accessTokenExpired, AppCodes.error(42001), profile),
                (.accessTokenMissing, AppCodes.error(41001), profile),
                (.tokenInvalidated, AppCodes.error(42007), profile),
                (.invalidCode, AppCodes.error(40029), exchange), (.codeUsed, AppCodes.error(40163), exchange),
                (.codeExpired, AppCodes.error(42003), exchange),
                (.refreshTokenInvalid, AppCodes.error(40030), refresh),
                (.refreshTokenExpired, AppCodes.error(42002), refresh),
                (.userUnauthorized, AppCodes.error(50001), profile),
                (.userUnauthorized, AppCodes.error(50002), profile),
                (.rateLimitExceeded, AppCodes.error(45009), exchange),
                (.rateLimitExceeded, AppCodes.error(45011), exchange),
                (.ipNotWhitelisted, AppCodes.error(40164), exchange), (.systemBusy, AppCodes.error(-1), exchange),
                (.httpBuildError, .fails(.notSent(.invalidRequest)), exchange),
                (.invalidParameter, nil, { _ = try await $0.exchangeCode(AuthorizationCode("")) }),
            ]
            var seen: Set<WeChatError.Distinction> = []
            for (expected, step, call) in rows {
                let found = await distinction(step, of: { client("wx1", $0) }, call, app)
                #expect(found == expected)
                seen.insert(expected)
            }
            let unset = await distinction(nil, of: { client("", $0) }, exchange, app)
            #expect(unset == .configuration)
            seen.insert(.configuration)
            #expect(seen == Set(WeChatError.Distinction.allCases) && seen.count == 18)
        }
    }

    @Test("a check of a token is true, false, or a failure; 30 and 10 seconds and three retries are the defaults")
    func validate() async throws {
        let options = WeChatOptions()
        #expect(options.timeout == .seconds(30) && options.connectTimeout == .seconds(10))
        #expect(options.maxRetries == 3 && options.retryDelay == .seconds(1))
        try await TestApp.story { app in
            let client = WeChatClient(
                appID: AppID(rawValue: "wx1"), secret: AppSecret("s"), options: WeChatOptions(maxRetries: 0),
                transport: app.bridge)
            app.bridge.script(.body(#"{"errcode":0,"errmsg":"ok"}"#), AppCodes.error(42001), AppCodes.error(-1))
            let good = try await client.validateToken(AccessToken("A"), openID: Self.openID)
            let expired = try await client.validateToken(AccessToken("A"), openID: Self.openID)
            #expect(good && !expired)
            await #expect(throws: WeChatError.self) {
                try await client.validateToken(AccessToken("A"), openID: Self.openID)
            }
        }
    }
}
