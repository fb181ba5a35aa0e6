import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// `SG1` bit for bit, and what the crate lacks: expiry, revocation, memory (reference contracts, sections 2.2 and 2.3).
@Suite struct SignedRequestTests {
    private static let uri = "/auth?x=1&y=%E4%BD%A0"
    private static let vector = "SG1:1700000000123:42:3321e52b6c0efe551203e77bc4f986e2b73162e2"
    private static let key = Secret("2+y3q8Zz0KHq9b35P8viow==")

    @Test("the known answer is right, and nothing beside it")
    func vector() throws {
        let signed = try #require(SignedRequest(Self.vector))
        #expect(signed.isValid(for: Self.uri, key: Self.key))
        for uri in ["/auth?x=1&y=你", "/auth?y=%E4%BD%A0&x=1", "/auth?x=1&y=%e4%bd%a0", "/auth", ""] {
            #expect(!signed.isValid(for: uri, key: Self.key), "\(uri)")
        }
        #expect(!signed.isValid(for: Self.uri, key: Secret("2+y3q8Zz0KHq9b35P8viow=")))
        let others = [
            "SG1:1700000000124:42:3321e52b6c0efe551203e77bc4f986e2b73162e2",
            "SG1:1700000000123:43:3321e52b6c0efe551203e77bc4f986e2b73162e2",
            "SG1:1700000000123:042:3321e52b6c0efe551203e77bc4f986e2b73162e2",
            "SG1:1700000000123:42:3321E52B6C0EFE551203E77BC4F986E2B73162E2",
            "SG1:1700000000123:42:3321e52b6c0efe551203e77bc4f986e2b73162e", "SG1:1700000000123:42:",
        ]
        for other in others {
            let changed = try #require(SignedRequest(other))
            #expect(!changed.isValid(for: Self.uri, key: Self.key), "\(other)")
        }
        for malformed in ["", "SG1", "SG2:1:2:3", "sg1:1:2:3", "SG1:1:2", "SG1:1:2:3:4", Self.vector + ":"] {
            #expect(SignedRequest(malformed) == nil, "\(malformed)")
        }
        #expect(!SignedRequest.decoy.isValid(for: "", key: Secret("")))
    }

    @Test("a signature holds for ten minutes, and one minute ahead of our clock; any 64-bit nonce will do")
    func window() {
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        func stamp(_ time: String, _ nonce: String) -> UInt64? {
            SignedRequest("SG1:\(time):\(nonce):x")?.stamp(at: now, lifetime: .seconds(600))?.nonce
        }
        #expect(stamp("1700000000000", "18446744073709551615") == .max)
        #expect(stamp("1700000000000", "0") == 0)
        #expect(stamp("1699999400000", "1") == 1)
        #expect(stamp("1699999399999", "1") == nil)
        #expect(stamp("1700000060000", "1") == 1)
        #expect(stamp("1700000060001", "1") == nil)
        for nonce in ["", "-1", "18446744073709551616", "1.0", "0x1", " 1", "１"] {
            #expect(stamp("1700000000000", nonce) == nil, "\(nonce)")
        }
        for time in ["", "-1", "1.7e12", "99999999999999999999", "1700000000"] {
            #expect(stamp(time, "1") == nil, "\(time)")
        }
    }

    @Test("a back end in any language learns who signed a request, once")
    func verify() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login(unionID: "oUnion")
            let signature = story.signature("/orders?id=7", login.key)
            let answer = try await story.verify(login.token, signature)
            #expect(answer.status == .ok)
            #expect(answer.json["active"]?.boolValue == true)
            #expect(answer.json["signed"]?.boolValue == true)
            #expect(answer.field("appid") == WxLoginStory.appID)
            #expect(answer.field("openid") == AppCodes.openID)
            #expect(answer.field("unionid") == "oUnion")
            let users = try await app.database.query("SELECT id FROM users", [])
            #expect(answer.field("sub") == (try users.first?.text("id")))
            #expect(answer.json["exp"]?.integerValue == story.milliseconds / 1000 + 7 * 86_400)
            // The very same again, and the same moment and number for another address.
            #expect(try await story.verify(login.token, signature).text == "{\"active\":false}")
            let other = story.signature("/orders?id=8", login.key)
            #expect(try await story.verify(login.token, other, uri: "/orders?id=8").text == "{\"active\":false}")
            let next = story.signature("/orders?id=7", login.key, nonce: "43")
            #expect(try await story.verify(login.token, next).json["active"]?.boolValue == true)
        }
    }

    @Test("a hundred repetitions at once give one success")
    func race() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            let signature = story.signature("/orders?id=7", login.key)
            let good = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        try await story.verify(login.token, signature).json["active"]?.boolValue == true
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(good == 1)
        }
    }

    @Test("what does not hold gets one answer, whatever is wrong")
    func refused() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            let other = try await story.login("oSIM0000000000000000000000b2")
            let uri = "/orders?id=7"
            let parts = login.token.split(separator: ":").map(String.init)
            let wrong: [(token: String, signature: String?)] = [
                (login.token, nil), (login.token, ""), (login.token, "SG1"),
                (login.token, story.signature(uri, other.key)), (login.token, story.signature("/orders", login.key)),
                (login.token, story.signature(uri, login.key).uppercased()),
                (login.token, story.signature(uri, login.key, at: story.milliseconds - 600_001)),
                (login.token, story.signature(uri, login.key, at: story.milliseconds + 60_001)),
                (login.token, story.signature(uri, login.key, nonce: "-1")),
                (other.token, story.signature(uri, login.key)), ("x", story.signature(uri, login.key)),
                (login.token + "=", story.signature(uri, login.key)), (parts[3], story.signature(uri, login.key)),
                ("ST1:\(parts[1]):o-somebody:\(parts[3])", story.signature(uri, login.key)),
                ("ST1:\(parts[1]):\(parts[2]):AAAA", story.signature(uri, "")),
                (String(repeating: "x", count: 9000), story.signature(uri, login.key)),
            ]
            for (token, signature) in wrong {
                let answer = try await story.verify(token, signature, uri: uri)
                #expect(answer.status == .ok)
                #expect(answer.text == "{\"active\":false}", "\(token.prefix(80)) \(signature ?? "-")")
            }
            // None of them used anything up.
            #expect(try await app.count("used_signatures") == 0)
            #expect(
                try await story.verify(login.token, story.signature(uri, login.key)).json["active"]?.boolValue == true)
        }
    }

    @Test("an unknown token costs the same work as a known one")
    func oneWork() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            var shapes: [[String]] = []
            for token in [login.token, "ST1:\(WxLoginStory.appID):oX:AAAA", "rubbish"] {
                _ = app.storage.takeStatements()
                _ = try await story.verify(token, "SG1:1:2:3")
                shapes.append(app.storage.takeStatements().map(\.sql))
            }
            #expect(shapes[0].count == 1)
            #expect(shapes[1] == shapes[0] && shapes[2] == shapes[0])
        }
    }

    @Test("a request for verification that lacks a member, or is none, is 400")
    func malformed() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            for body: JSONObject in [[:], ["stoken": "x"], ["uri": "/"], ["stoken": 7, "uri": "/"]] {
                let answer = try await story.post(body, to: "/login/verify")
                #expect(answer.status == .badRequest && answer.error == "invalid_request")
            }
        }
    }

    @Test("a session ends with its time")
    func expiry() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            app.clock.advance(by: 7 * 86_400 - 1)
            #expect(
                try await story.verify(login.token, story.signature("/orders?id=7", login.key)).json["active"]?
                    .boolValue == true)
            app.clock.advance(by: 1)
            let late = story.signature("/orders?id=7", login.key)
            #expect(try await story.verify(login.token, late).text == "{\"active\":false}")
            try await Housekeeping.sweep(app.database, now: app.clock.now + 700)
            #expect(try await app.count("contract_sessions") == 0)
            #expect(try await app.count("used_signatures") == 0)
        }
    }

    @Test("a person logs out with a signed request, and only with one")
    func logout() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            let kept = try await story.login()
            let uri = "/login/logout"
            let token = try #require(HTTPField.Name("WX-LOGIN-STOKEN"))
            let sig = try #require(HTTPField.Name("wx-login-sig"))
            let wrong: [(headers: HTTPFields, detail: String)] = [
                ([:], "no WX-LOGIN-STOKEN header"), ([token: login.token], "no WX-LOGIN-SIG header"),
                ([token: login.token, sig: story.signature("/login", login.key)], ""),
                ([token: "x", sig: story.signature(uri, login.key)], ""),
            ]
            for (headers, detail) in wrong {
                let answer = try await app.send(.post, uri, headers: headers)
                #expect(answer.status == .unauthorized)
                #expect(answer.field("code") == "auth-login-session-fail")
                #expect(answer.field("message") == "登录会话验证失败")
                #expect(answer.field("detail") == detail)
            }
            let good: HTTPFields = [token: login.token, sig: story.signature(uri, login.key)]
            #expect(try await app.send(.post, uri, headers: good).status == .noContent)
            #expect(try await app.send(.post, uri, headers: good).status == .unauthorized)
            let after = story.signature("/orders?id=7", login.key, nonce: "43")
            #expect(try await story.verify(login.token, after).text == "{\"active\":false}")
            let other = story.signature("/orders?id=7", kept.key)
            #expect(try await story.verify(kept.token, other).json["active"]?.boolValue == true)
        }
    }

    @Test("the signed address is the raw target, query and all")
    func rawTarget() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let token = try #require(HTTPField.Name("WX-LOGIN-STOKEN"))
            let sig = try #require(HTTPField.Name("WX-LOGIN-SIG"))
            for uri in ["/login/logout?y=%E4%BD%A0&x=1", "/login/logout?", "/login/logout?a=%2F+b"] {
                let login = try await story.login()
                let headers: HTTPFields = [token: login.token, sig: story.signature(uri, login.key)]
                #expect(try await app.send(.post, uri, headers: headers).status == .noContent, "\(uri)")
            }
        }
    }

    @Test("with auth_sig: false the token alone holds, and a wrong signature still does not")
    func unsigned() async throws {
        try await TestApp.story(yaml: WxLoginStory.contract("wx_login: {auth_sig: false}")) { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            let answer = try await story.verify(login.token, nil)
            #expect(answer.json["active"]?.boolValue == true)
            #expect(answer.json["signed"]?.boolValue == false)
            #expect(try await story.verify(login.token, "SG1:1:2:3").text == "{\"active\":false}")
        }
    }

    @Test("a session is worth nothing at another pool, under another contract, or when its mini program has gone")
    func isolation() async throws {
        let otherToo: (String) -> String = { yaml in
            yaml.replacingFirst(
                "txt_content: other000}\n",
                with: """
                    txt_content: other000}
                          - {identifier: mini, kind: mini_program, app_id: wx0000000000000006, app_secret: s}

                    """)
        }
        try await TestApp.story(yaml: otherToo) { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            let other = WxLoginStory(app: app, prefix: "/pools/other")
            let signature = story.signature("/orders?id=7", login.key)
            #expect(try await other.verify(login.token, signature).text == "{\"active\":false}")
            #expect(try await other.login().token.hasPrefix("ST1:\(WxLoginStory.appID):"))
            let bearer: HTTPFields = [.authorization: "Bearer \(login.token)"]
            #expect(try await app.send("/v1/profile", headers: bearer).status == .unauthorized)
            #expect(try await story.verify(login.token, signature).json["active"]?.boolValue == true)
            // The row of one pool under the name of another opens nothing: the key is sealed for its place.
            try await app.execute("UPDATE contract_sessions SET pool = 'other'")
            let moved = story.signature("/orders?id=7", login.key, nonce: "44")
            #expect(try await other.verify(login.token, moved).json["active"]?.boolValue != true)
        }
    }

    @Test("when two accounts turn out to be one, the session goes along with its openid")
    func merged() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            try await app.execute(
                """
                INSERT INTO users (pool, id, created_at, updated_at) VALUES ('default', 'the-other', 0, 0)
                """)
            try await app.execute("UPDATE wechat_openids SET user_id = 'the-other'")
            let answer = try await story.verify(login.token, story.signature("/orders?id=7", login.key))
            #expect(answer.field("sub") == "the-other")
        }
    }
}
