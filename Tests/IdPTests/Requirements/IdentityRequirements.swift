import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat

@testable import IdP

/// Who somebody is at WeChat, and what is kept of it: B6-8, B6-9 and B6-12.
enum IdentityRequirements {
    static let all = [
        Requirement("B6-8", "openids and unionids are never mixed, nor two people", neverMixed),
        Requirement("B6-9", "session keys and WeChat's tokens are secrets everywhere", secrets),
        Requirement("B6-12", "no e-mail address is invented", IdentityTraps.noEMail),
    ]

    @Sendable static func neverMixed() async throws {
        try await TestApp.story { app async throws -> Void in
            _ = try await app.code(in: Browser(app))
            let row = try #require(
                try await app.database.query("SELECT openid, unionid FROM wechat_openids", []).first)
            let unionID = try #require(try row.optionalText("unionid"))
            #expect(try row.text("openid") != unionID)
            // Somebody whose openid reads like Alice's unionid, and somebody whose unionid reads like her openid.
            let answers = [
                ("based", unionID, ""), ("second", "oSomebody", #","unionid":"\#(try row.text("openid"))""#),
            ]
            for (client, openID, union) in answers {
                let exchange = WeChatBridge.Step.body(
                    #"{"access_token":"86_a","expires_in":7200,"refresh_token":"86_r","openid":"\#(openID)","scope":"snsapi_base"\#(union)}"#
                )
                app.bridge.script(exchange)
                let browser = Browser(app)
                var page = try await browser.open(AuthorizationRequest(client).url)
                if page.page == "sign-in" {
                    app.bridge.script(
                        .body(
                            #"{"access_token":"86_a","expires_in":7200,"refresh_token":"86_r","openid":"\#(openID)","scope":"snsapi_userinfo"\#(union)}"#
                        ),
                        .body(#"{"openid":"\#(openID)","nickname":"S"\#(union)}"#))
                    page = try await browser.pressOn(page)
                }
                #expect(page.query["code"] != nil, "\(client) \(page.page ?? "")")
            }
            #expect(try await app.count("users") == 3)
            #expect(try await app.count("wechat_unionids") == 2)
        }
    }

    @Sendable static func secrets() async throws {
        try await TestApp.story { app async throws -> Void in
            app.bridge.script(AppCodes.session())
            let person = try await app.miniProgramSignIn().signIn(
                LoginCode("planted-login-code"), at: try app.connection("mini"), in: try app.pool())
            #expect(try await app.sessionKeys().find(person.account, in: .default) != nil)
            let browser = Browser(app)
            let tokens = try await app.tokens(in: browser)
            let me = try await app.me(tokens.field("access_token"))
            var secrets: Set<String> = [AppCodes.sessionKey, "planted-login-code"]
            for url in app.bridge.urls {
                let parameters = Address.parameters(url, after: "?")
                for name in ["access_token", "code"] { if let value = parameters[name] { secrets.insert(value) } }
            }
            #expect(secrets.count > 3)
            let folder = URL(filePath: app.provider.configuration.masterKeyFile).deletingLastPathComponent()
            var stored: [UInt8] = []
            for name in ["wxidp.sqlite", "wxidp.sqlite-wal"] {
                stored += FileManager.default.contents(atPath: folder.appending(path: name).path).map(Array.init) ?? []
            }
            #expect(stored.firstRange(of: Array("sessions".utf8)) != nil)
            for secret in secrets {
                #expect(stored.firstRange(of: Array(secret.utf8)) == nil, "in the database")
                for text in app.log.lines + browser.pages + [tokens.text, me.text] where text.contains(secret) {
                    Issue.record("a secret in: \(text.prefix(120))")
                }
            }
        }
    }
}

@Suite struct IdentityRequirementTests {
    @Test("who somebody is at WeChat", arguments: IdentityRequirements.all)
    func identities(_ requirement: Requirement) async throws {
        try await requirement.check()
    }
}
