import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat

@testable import IdP

@Suite("A code that WeChat never made costs no call to WeChat, and each door says so in its own shape")
struct AppCodeTests {
    private static let strange = [
        "a b", "a+b", "a/b", "a.b", "a=b", "a%b", "a&appid=b", "a#b", "a\r\nb", "ä", "代码", "１２",
        String(repeating: "x", count: 513),
    ]
    private static let mini = "wx0000000000000006"
    private static let json: HTTPFields = [.contentType: "application/json"]

    private static func yaml(_ text: String) -> String {
        WxLoginStory.contract("code_login: {enabled: true, application: basic}")(AppCodes.yaml(text))
    }

    private func expectRefusals(_ app: TestApp, _ code: String) async throws {
        let what = Comment(rawValue: "\(code.debugDescription.prefix(20))")
        for (client, type) in [
            ("mini-one", AppCodeRequest.SubjectTokenType.miniProgramCode), ("phone-app", .mobileCode),
        ] {
            let exchange = try await app.exchange(code, client, type: type)
            #expect(exchange.status == .badRequest && exchange.error == "invalid_grant", what)
            #expect(exchange.field("error_description").contains("40029"), what)
        }
        let login = try await app.send(
            .post, "/login", headers: Self.json,
            body: JSON.object(["appid": .string(Self.mini), "code": .string(code)]).text)
        #expect(login.status == .unauthorized && login.field("code") == "jscode2session-resp-fail", what)
        #expect(login.field("detail").hasPrefix("errcode 40029: invalid code"), what)
        let verify = try await app.send(
            .post, "/v1/verify", headers: Self.json,
            body: JSON.object(["appId": .string(Self.mini), "jsCode": .string(code)]).text)
        #expect(verify.status == .unauthorized && verify.text == "{\"error\":\"Validation failed\"}", what)
        var headers = Self.json
        headers[.authorization] = TestApp.basic("basic", TestConfiguration.clientSecret)
        let mobile = try await app.send(
            .post, "/api/auth/login", headers: headers, body: JSON.object(["code": .string(code)]).text)
        #expect(mobile.status == .unauthorized && mobile.text.isEmpty, what)
        #expect(HTTPField.Name("WeChat-Error").flatMap { mobile.headers[$0] } == "InvalidCode", what)
        headers = Self.json
        if let name = HTTPField.Name("x-authing-app-id") { headers[name] = "mini-one" }
        let authing = try await app.send(
            .post, "/connections/social/wechat-miniprogram/auth", headers: headers,
            body: JSON.object(["code": .string(code)]).text)
        #expect(authing.status == .ok && authing.json["code"] == 400, what)
        #expect(authing.field("message").contains("40029"), what)
    }

    @Test("letters, digits, - and _ only, 512 bytes at most; with those WeChat is asked", .timeLimit(.minutes(5)))
    func doors() async throws {
        try await TestApp.story(yaml: Self.yaml) { app in
            for code in Self.strange { try await expectRefusals(app, code) }
            #expect(app.bridge.urls.isEmpty)
            #expect(try await app.isUntouched())
            for code in ["a", "0-_Zz", String(repeating: "x", count: 512)] {
                let calls = app.bridge.urls.count
                try await expectRefusals(app, code)
                // WeChat's answer is the simulator's here, the same number from all six doors.
                #expect(app.bridge.urls.count == calls + 6)
            }
        }
    }

    @Test("nothing is not a code")
    func empty() async throws {
        try await TestApp.story { app in
            let signIn = try app.miniProgramSignIn()
            let failure = await #expect(throws: AppSignInFailure.self) {
                try await signIn.signIn(LoginCode(""), at: try app.connection("mini"), in: try app.pool())
            }
            guard case .weChat(.api(let api))? = failure else { throw StorageError.column("no number") }
            #expect(api.code == .invalidCode && app.bridge.urls.isEmpty)
        }
    }
}
