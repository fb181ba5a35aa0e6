import HTTPTypes
import JWT
import Testing
import WeChatSimulator

@testable import IdP

/// Who is who.
enum IdentityTraps {
    private static func subject(_ app: TestApp, _ client: String = "web", person: String = "alice") async throws
        -> String
    {
        let tokens = try await app.tokens(client, in: Browser(app, person: person))
        return try #require(try await app.verified(tokens.field("id_token"), type: .jwt).subject)
    }

    @Sendable static func snapshot() async throws {
        try await TestApp.story { app async throws -> Void in
            await app.simulator.setBehaviour {
                $0.snapshot = .firstVisit
                $0.snapshotDelivery = .frame
            }
            let browser = Browser(app)
            let shown = try await browser.press(try await browser.open(AuthorizationRequest().url))
            let frame = try #require(shown.text.value(of: "src", after: "<iframe"))
            _ = try await browser.request(.get, frame, sendsCookies: false)
            #expect(try await app.isUntouched())
            let answer = try await browser.pressOn(try await browser.press(shown))
            #expect(answer.query["code"] != nil)
            #expect(try await app.count("users") == 1)
            #expect(try await app.count("wechat_openids") == 1)
        }
    }

    @Sendable static func oneOfSeveralApps() async throws {
        try await TestApp.story { app async throws -> Void in
            let first = try await subject(app)
            // As if the unionid had been withheld the first time.
            try await app.execute("DELETE FROM wechat_unionids")
            try await app.execute("UPDATE wechat_openids SET unionid = NULL")
            _ = try await app.code(in: Browser(app))
            let browser = Browser(app)
            _ = try await browser.pressOn(
                try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url))
            #expect(try await subject(app, "second") == first)
            #expect(try await subject(app) == first)
            #expect(try await app.count("users") == 1)
            // Somebody else at both apps is somebody else.
            let other = try await subject(app, person: "xiaoming")
            #expect(other != first)
            #expect(try await subject(app, "second", person: "xiaoming") == other)
            #expect(try await app.count("users") == 2)
        }
    }

    @Sendable static func nicknameIsNoName() async throws {
        try await TestApp.story { app async throws -> Void in
            for person in ["empty-name", "blank-name"] {
                let tokens = try await app.tokens(in: Browser(app, person: person))
                let me = try await app.me(tokens.field("access_token"))
                #expect(me.json["preferred_username"] == nil && me.json["nickname"] == nil)
                #expect(me.field("sub").wholeMatch(of: #/[0-9a-f]{32}/#) != nil)
            }
            let alice = try await subject(app)
            try await app.execute("UPDATE users SET nickname = 'Alice'")
            #expect(try await subject(app, person: "xiaoming") != alice)
            #expect(try await app.count("users") == 4)
        }
    }

    @Sendable static func noEMail() async throws {
        try await TestApp.story { app async throws -> Void in
            let tokens = try await app.tokens(scope: "openid profile email phone")
            let me = try await app.me(tokens.field("access_token"))
            let identity = try await app.verified(tokens.field("id_token"), type: .jwt)
            for name in ["email", "email_verified", "phone_number", "phone_number_verified"] {
                #expect(me.json[name] == nil)
            }
            #expect(me.status == .ok && identity.subject == me.field("sub"))
            #expect(!me.text.contains("@"))
        }
    }

    @Sendable static func twoKinds() async throws {
        let kinds =
            try Configuration.parse(
                TestConfiguration.yaml(publicURL: "https://id.example.com").replacing(
                    "identifier: legacy, kind: official_account", with: "identifier: site, kind: website"
                ).replacing("connections: [legacy]", with: "connections: [site]")
                    .replacing("legacy_query_response: true", with: "scope: auto"),
                file: "test.yaml", folder: "/", environment: [:]
            ).pools.first?.connections.map(\.kind) ?? []
        #expect(kinds.contains(.website) && kinds.contains(.officialAccount))
        try await IdentityStand.with { stand async throws -> Void in
            let ann = Somebody(name: "ann")
            for (surface, id) in [(Somebody.Surface.userInfo, "1"), (.website, "2")] {
                #expect(try await stand.arrive(ann.identity(surface, hasUnionID: true), newID: id) == "1")
            }
        }
    }

    @Sendable static func stableSubject() async throws {
        try await TestApp.story { app async throws -> Void in
            let before = try await subject(app)
            try await app.execute("DELETE FROM wechat_unionids")
            try await app.execute("UPDATE wechat_openids SET unionid = NULL")
            let browser = Browser(app)
            let answer = try await browser.pressOn(
                try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url))
            let tokens = try await app.redeem(try #require(answer.query["code"]))
            #expect(try await app.count("wechat_unionids") == 1)
            #expect(try await app.verified(tokens.field("id_token"), type: .jwt).subject == before)
        }
    }

    @Sendable static func openIDFromBrowser() async throws {
        try await TestApp.story { app async throws -> Void in
            _ = try await app.code(in: Browser(app))
            let openID = try #require(
                try await app.database.query("SELECT openid FROM wechat_openids", []).first?.text("openid"))
            for name in ["openid", "openId", "unionid", "FromUserName"] {
                let answers = [
                    try await app.send("/connections/wechat/callback?\(name)=\(openID)"),
                    try await Browser(app, person: "stranger").request(
                        AuthorizationRequest("web", ["prompt": "none", name: openID]).url),
                ]
                for answer in answers {
                    #expect(answer.query["code"] == nil && answer.setCookies.allSatisfy { !$0.contains("session") })
                }
            }
        }
    }

    @Sendable static func opaqueSubject() async throws {
        try await TestApp.story { app async throws -> Void in
            let sub = try await subject(app)
            #expect(try await subject(app, "second") == sub)
            for row in try await app.database.query("SELECT openid, unionid FROM wechat_openids", []) {
                #expect(try row.text("openid") != sub)
                #expect(try row.optionalText("unionid") != sub)
            }
        }
    }
}
