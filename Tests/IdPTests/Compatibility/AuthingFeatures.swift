import HTTPTypes
import JWT
import Testing
import WeChatSimulator

@testable import IdP

/// What the comparison of features says that Authing has, beyond ``AuthingDropIn``.
enum AuthingFeatures {
    private static let back = "https://app.example.com/cb"

    static func miniProgram() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let code = try await app.simulator.loginCode(app: "wx0000000000000006", user: "alice")
            let headers: HTTPFields = [
                .contentType: "application/json", try #require(HTTPField.Name("x-authing-app-id")): "mini-one",
            ]
            let answer = try await app.send(
                .post, "/connections/social/wechat-miniprogram/auth", headers: headers, body: #"{"code":"\#(code)"}"#)
            let token = answer.json["data"]?["token"]?.stringValue ?? ""
            #expect(try await app.verified(token, type: .jwt).audience == ["mini-one"])
        }
    }

    static func authorizeRedirect() async throws {
        try await TestApp.story { app in
            let first = try await Browser(app).request(
                TestApp.socialStart("mp", client: "web", redirectURL: back))
            let location = try #require(first.location)
            #expect(
                location.hasPrefix(
                    "https://\(TestApp.wechatHost)/connect/oauth2/authorize?appid=wx0000000000000001&redirect_uri="))
            #expect(location.hasSuffix("#wechat_redirect"))
        }
    }

    static func severalApplications() async throws {
        try await TestApp.story { app in
            var subjects: Set<String> = []
            for (client, connection) in [("web", "mp"), ("basic", "mp"), ("second", "wild")] {
                let answer = try await app.social(connection, client: client, in: Browser(app))
                let claims = try await app.verified(answer.token, type: .jwt)
                #expect(claims.audience == [client])
                subjects.insert(claims.subject ?? "")
            }
            // One person for all of them, and another one in the other pool.
            #expect(subjects.count == 1)
            let foreign = try await app.social("mp", client: "other-web", in: Browser(app))
            let claims = try await app.verified(foreign.token, type: .jwt, pool: "/pools/other")
            #expect(claims.subject.map { !subjects.contains($0) } == true)
        }
    }

    static func expiry() async throws {
        try await TestApp.story { app in
            let answer = try await app.social("mp", in: Browser(app))
            #expect(try await app.me(answer.token).status == .ok)
            app.clock.advance(by: 3601)
            #expect(try await app.me(answer.token).status == .unauthorized)
            let check = try await app.send("/api/v2/oidc/validate_token?id_token=\(answer.token)")
            #expect(check.field("message") == "id_token 不合法")
        }
    }

    static func revocation() async throws {
        try await TestApp.tokenStory { app in
            let access = try await app.tokens(in: Browser(app)).field("access_token")
            #expect(try await app.revoke(access, as: "web").status == .ok)
            #expect(try await app.me(access).status == .unauthorized)
            // The token of a social sign-in ends when its session does.
            let browser = Browser(app)
            let answer = try await app.social("mp", in: browser)
            let page = try await browser.open("/login/profile/logout?app_id=web")
            #expect(try await browser.submit(page).page == "signed-out")
            #expect(try await app.me(answer.token).status == .unauthorized)
            let check = try await app.send("/api/v2/oidc/validate_token?id_token=\(answer.token)")
            #expect(check.field("message") == "id_token 不合法")
        }
    }

    static func profile() async throws {
        try await TestApp.story { app in
            let answer = try await app.social("mp", in: Browser(app))
            let me = try await app.me(answer.token)
            #expect(answer.data["nickname"]?.stringValue == "Alice" && me.field("nickname") == "Alice")
            #expect(answer.data["photo"]?.stringValue == me.field("picture"))
            #expect(answer.data["id"]?.stringValue == me.field("sub"))
        }
    }

    static func unionID() async throws {
        try await TestApp.story { app in
            let first = try await app.social("mp", in: Browser(app))
            let second = try await app.social("wild", client: "second", in: Browser(app))
            #expect(first.data["unionid"]?.stringValue?.isEmpty == false)
            #expect(first.data["unionid"] == second.data["unionid"])
            #expect(first.data["openid"] != second.data["openid"])
        }
    }
}
