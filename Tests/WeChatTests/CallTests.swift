import Testing
import WeChat

@Suite("The calls")
struct CallTests {
    @Test(
        "a refusal or impossible code never reaches WeChat",
        arguments: [
            ("", WeChatError.NotCalled.codeEmpty), ("authdeny", .authorizationDenied),
            (String(repeating: "c", count: 513), .codeTooLong),
        ]
    )
    func impossibleCodes(code: String, reason: WeChatError.NotCalled) async {
        let transport = ScriptedTransport(.body(Sample.token))
        await #expect(throws: WeChatError.notCalled(reason)) {
            try await transport.client().exchangeCode(AuthorizationCode(code))
        }
        #expect(transport.requests.isEmpty)
        #expect(WeChatError.notCalled(reason).kind == .user)
    }

    @Test("incomplete settings are the operator's")
    func incompleteSettings() async {
        let transport = ScriptedTransport()
        let client = WeChatClient(appID: AppID(rawValue: "wx"), secret: AppSecret(""), transport: transport)
        await #expect(throws: WeChatError.notCalled(.appSecretEmpty)) { try await client.exchangeCode(Sample.code) }
        #expect(WeChatError.notCalled(.appSecretEmpty).kind == .tenant)
    }

    @Test("send the documented parameters")
    func sendDocumentedParameters() async throws {
        let transport = ScriptedTransport(
            .body(Sample.token),
            .body(Sample.token),
            .body(#"{"errcode":0,"errmsg":"ok"}"#),
            .body(Sample.profile(#""nickname":"a""#))
        )
        let client = transport.client()
        _ = try await client.exchangeCode(AuthorizationCode("a&b/c"))
        _ = try await client.refreshToken(Sample.refreshToken)
        _ = try await client.validateToken(Sample.accessToken, openID: Sample.openID)
        _ = try await client.userInfo(Sample.accessToken, openID: Sample.openID, language: .en)
        #expect(
            transport.urls == [
                "https://api.weixin.qq.com/sns/oauth2/access_token?appid=wx0123456789abcdef"
                    + "&secret=5ec2e75ec2e75ec2e75ec2e75ec2e75e&code=a%26b%2Fc&grant_type=authorization_code",
                "https://api.weixin.qq.com/sns/oauth2/refresh_token?appid=wx0123456789abcdef&grant_type=refresh_token"
                    + "&refresh_token=86_refreshrefresh",
                "https://api.weixin.qq.com/sns/auth?access_token=86_accessaccessaccess"
                    + "&openid=oSIMa0000000000000000000000u",
                "https://api.weixin.qq.com/sns/userinfo?access_token=86_accessaccessaccess"
                    + "&openid=oSIMa0000000000000000000000u&lang=en",
            ]
        )
        #expect(transport.requests.map(\.timeout) == Array(repeating: .seconds(30), count: 4))
        #expect(transport.requests.map(\.connectTimeout) == Array(repeating: .seconds(10), count: 4))
    }

    @Test("read a token answer")
    func readToken() async throws {
        let answer = try await ScriptedTransport(.body(Sample.token)).client().exchangeCode(Sample.code)
        #expect(answer.accessToken.exposeSecret() == "86_kQ0made0up")
        #expect(answer.refreshToken.exposeSecret() == "86_rT0made0up")
        #expect(answer.expiresIn == .seconds(7200))
        #expect(answer.openID == Sample.openID)
        #expect(answer.unionID?.rawValue == "oUNIa0000000000000000000000u")
        #expect(answer.scopes == ["snsapi_userinfo"])
        #expect(answer.allowsUserInfo)
        #expect(!answer.isSnapshotUser)
    }

    @Test("see the mark of a snapshot, however it is written", arguments: ["1", "\"1\"", "true"])
    func seeSnapshot(mark: String) async throws {
        let body =
            #"{"access_token":"a","expires_in":"7200","refresh_token":"r","openid":"o","scope":"a,b","#
            + #""is_snapshotuser":\#(mark),"errcode":0,"unionid":"","new":{"x":[null,1.5e3,false]}}"#
        let answer = try await ScriptedTransport(.body(body)).client().exchangeCode(Sample.code)
        #expect(answer.isSnapshotUser)
        #expect(answer.unionID == nil)
        #expect(answer.scopes == ["a", "b"])
    }

    @Test(
        "a token that does not fit is invalid, not an error",
        arguments: [(40001, false), (40003, false), (40014, false), (42001, false), (42007, false), (0, true)]
    )
    func validate(number: Int, isValid: Bool) async throws {
        let transport = ScriptedTransport(Sample.error(number))
        #expect(try await transport.client().validateToken(Sample.accessToken, openID: Sample.openID) == isValid)
    }

    @Test("a check that WeChat could not make is an error")
    func validateFails() async {
        await #expect(throws: WeChatError.self) {
            try await ScriptedTransport(Sample.error(45011)).client().validateToken(
                Sample.accessToken,
                openID: Sample.openID
            )
        }
        await #expect(throws: WeChatError.unreadable(.missingField("errcode"))) {
            try await ScriptedTransport(.body("{}")).client().validateToken(Sample.accessToken, openID: Sample.openID)
        }
    }

    @Test(
        "refuse a profile with the unionid of somebody else",
        arguments: [(#","unionid":"oOTHER""#, false), (#","unionid":"oMINE""#, true), ("", true)]
    )
    func refuseForeignUnionID(field: String, isTaken: Bool) async throws {
        let body = Sample.profile(#""nickname":"a""# + field)
        func profile(_ unionID: UnionID?) async throws -> UserInfo {
            try await ScriptedTransport(.body(body)).client()
                .userInfo(Sample.accessToken, openID: Sample.openID, unionID: unionID)
        }
        #expect(try await profile(nil).nickname == "a")
        if isTaken {
            #expect(try await profile(UnionID(rawValue: "oMINE")).nickname == "a")
        } else {
            await #expect(throws: WeChatError.openIDMismatch) { try await profile(UnionID(rawValue: "oMINE")) }
        }
    }

    @Test("refuse a profile of somebody else")
    func refuseForeignProfile() async {
        let transport = ScriptedTransport(.body(#"{"openid":"oSIMa0000000000000000000000U","nickname":"a"}"#))
        await #expect(throws: WeChatError.openIDMismatch) {
            try await transport.client().userInfo(Sample.accessToken, openID: Sample.openID)
        }
    }
}
