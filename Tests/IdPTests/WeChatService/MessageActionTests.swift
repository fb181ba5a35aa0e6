import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// What happens when a person takes something back at WeChat (授权用户信息变更).
@Suite("People who take something back") struct MessageActionTests {
    /// Somebody signed in to `full`, with everything that we could know about them.
    private func story(
        outbound: any OutboundHTTP = NoOutboundHTTP(), yaml change: @escaping (String) -> String = { $0 },
        _ body: @escaping @Sendable (TestApp, WeChatSender, Answer) async throws -> Void
    ) async throws {
        try await TestApp.story(outbound: outbound, yaml: { change(ServiceStory.messages($0)) }) { app in
            let tokens = try await app.tokens()
            try await app.execute(
                """
                UPDATE users SET nickname = '小明', picture = 'https://thirdwx.qlogo.cn/x', email = 'a@example.com',
                    email_verified = 1, phone_number = '+8613800000000', phone_number_verified = 1, address = '{}',
                    profile_asked_at = 1, phone_number_proven_at = 1
                """)
            try await app.execute(
                """
                INSERT INTO mini_program_sessions (pool, app_id, openid, session_key_sealed, created_at, expires_at)
                SELECT pool, app_id, openid, 'x', 1, 99999999999 FROM wechat_openids
                """)
            try await app.execute(
                """
                INSERT INTO contract_sessions (pool, token_hash, contract, app_id, openid, created_at, expires_at)
                SELECT pool, 'x', 'verify', app_id, openid, 1, 99999999999 FROM wechat_openids
                """)
            try await body(app, WeChatSender(app: app), tokens)
        }
    }

    /// Which of the things that a person may take back are still there.
    private func kept(_ app: TestApp) async throws -> Set<String> {
        let names = ["nickname", "picture", "email", "phone_number", "address"]
        let row = try #require(try await app.database.query("SELECT * FROM users", []).first)
        // With a number goes the time at which it was proven.
        #expect(try (row.optionalDate("phone_number_proven_at") == nil) == (row.optionalText("phone_number") == nil))
        return Set(try names.filter { try row.optionalText($0) != nil })
    }

    @Test(
        "each thing taken back is forgotten, and only that",
        arguments: [
            ("205", ["email", "phone_number", "address"]), ("6", ["email", "phone_number", "address"]),
            ("20", ["email", "phone_number", "address"]), ("8", ["nickname", "picture", "email", "address"]),
            ("16", ["nickname", "picture", "phone_number", "address"]),
            ("201", ["nickname", "picture", "email", "phone_number"]), ("205,8", ["email", "address"]),
            ("301", []), ("999", []), (nil, []), ("nonsense", []),
        ] as [(String?, [String])])
    func parts(info: String?, left: [String]) async throws {
        try await story { app, sender, tokens in
            let event = sender.event(
                "user_authorization_revoke", openID: try await app.openID(), revoked: info)
            #expect(try await sender.send(event).text == "success")
            #expect(try await kept(app) == Set(left))
            // Everything issued has ended; the person may come back as the same.
            #expect(try await app.count("sessions") == 0)
            #expect(try await app.me(tokens.field("access_token")).status == .unauthorized)
            let refreshed = try await app.refresh(tokens.field("refresh_token"))
            #expect(refreshed.error == "invalid_grant", "offline access ends too")
            #expect(try await app.count("contract_sessions") == 0, "replaced systems' tokens end too")
            #expect(try await app.count("wechat_openids") == 1)
            #expect(try await app.count("mini_program_sessions") == (left.isEmpty ? 0 : 1))
            let again = try await app.tokens()
            let subjects = try await [tokens, again].asyncMap { answer in
                try await app.verified(answer.field("id_token"), type: .jwt).subject
            }
            #expect(subjects[0] == subjects[1])
        }
    }

    @Test("what we do not keep changes nothing", arguments: ["202", "203", "204", "206", "207", "1", "12", "202,206"])
    func unrelated(info: String) async throws {
        try await story { app, sender, tokens in
            let event = sender.event("user_authorization_revoke", openID: try await app.openID(), revoked: info)
            #expect(try await sender.send(event).text == "success")
            #expect(try await kept(app).count == 5)
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
        }
    }

    @Test("an unfit profile is dropped and asked for again; the person stays signed in")
    func modified() async throws {
        try await story { app, sender, tokens in
            let event = sender.event("user_info_modified", openID: try await app.openID())
            #expect(try await sender.send(event).text == "success")
            #expect(try await kept(app) == ["email", "phone_number", "address"])
            #expect(try await app.count("users", where: "profile_asked_at IS NULL") == 1)
            let me = try await app.me(tokens.field("access_token"))
            #expect(me.status == .ok && me.json["nickname"] == nil)
        }
    }

    @Test("a closed WeChat account leaves nothing but an empty row that nobody can sign in to")
    func cancelled() async throws {
        try await story { app, sender, tokens in
            let openID = try await app.openID()
            #expect(
                try await sender.send(sender.event("user_authorization_cancellation", openID: openID)).text == "success"
            )
            #expect(try await kept(app).isEmpty)
            for table in [
                "sessions", "wechat_openids", "wechat_unionids", "mini_program_sessions", "contract_sessions",
            ] {
                #expect(try await app.count(table) == 0, "\(table)")
            }
            #expect(try await app.count("identity_events", where: "details LIKE '%\(openID)%'") == 0)
            #expect(try await app.me(tokens.field("access_token")).status == .unauthorized)
            #expect(try await app.refresh(tokens.field("refresh_token")).error == "invalid_grant")
            // Should that openid ever come again, it is somebody new.
            let again = try await app.tokens()
            #expect(try await app.count("users") == 2)
            let old = try await app.verified(tokens.field("id_token"), type: .jwt).subject
            #expect(try await app.verified(again.field("id_token"), type: .jwt).subject != old)
        }
    }

    @Test("a mini program's signed requests end when its person takes everything back")
    func contracts() async throws {
        let settings: @Sendable (String) -> String = {
            $0.replacing(
                "app_id: wx0000000000000006,",
                with: "app_id: wx0000000000000006, message_token: \(ServiceStory.messageToken),")
        }
        try await TestApp.story(yaml: settings) { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            let uri = "/orders?id=7"
            let before = try await story.verify(login.token, story.signature(uri, login.key))
            #expect(before.json["active"] == true)
            let sender = WeChatSender(
                app: app, path: "/connections/wechat/messages/mini", aesKey: nil, appID: WxLoginStory.appID)
            let event = sender.event("user_authorization_revoke", openID: AppCodes.openID, revoked: "301")
            #expect(try await sender.send(event).text == "success")
            let after = try await story.verify(login.token, story.signature(uri, login.key, nonce: "43"))
            #expect(after.json == ["active": false])
        }
    }

    @Test("a merge stays known when an account of it is closed, without its identifiers")
    func mergesForgotten() async throws {
        try await story { app, sender, _ in
            let openID = try await app.openID()
            let details =
                #"{"filled":[],"openIDs":[{"appID":"wx0000000000000001","openID":"\#(openID)"}],"unionIDs":[]}"#
            try await app.execute(
                """
                INSERT INTO identity_events (pool, id, kind, reason, user_id, other_user_id, details, happened_at)
                SELECT pool, 'e', 'merged', 'same_unionid', id, 'other', '\(details)', 1 FROM users
                """)
            _ = try await sender.send(sender.event("user_authorization_cancellation", openID: openID))
            #expect(try await app.count("identity_events", where: "kind = 'merged'") == 1)
            #expect(try await app.count("identity_events", where: "details LIKE '%\(openID)%'") == 0)
        }
    }

    @Test("the unionid stays while another app of theirs still knows the person")
    func otherApps() async throws {
        try await story { app, sender, _ in
            _ = try await app.tokens("second", in: Browser(app))
            #expect(try await app.count("users") == 1)
            let event = sender.event("user_authorization_cancellation", openID: try await app.openID())
            #expect(try await sender.send(event).text == "success")
            #expect(try await app.count("wechat_openids") == 1)
            #expect(try await app.count("wechat_unionids") == 1)
        }
    }

    @Test("neither another app's message nor one about a stranger changes anything")
    func strangers() async throws {
        try await story { app, sender, tokens in
            let openID = try await app.openID()
            let events = [
                sender.event("user_authorization_cancellation", openID: openID, appID: "wx0000000000000002"),
                sender.event("user_authorization_cancellation", openID: "oStranger"),
                sender.event("user_authorization_cancellation", openID: ""),
                sender.event("subscribe", openID: openID),
                sender.event("user_authorization_cancellation", openID: openID)
                    .replacing("<MsgType><![CDATA[event]]>", with: "<MsgType><![CDATA[text]]>"),
            ]
            for (index, event) in events.enumerated() {
                #expect(try await sender.send(event, nonce: "n\(index)").text == "success")
            }
            #expect(try await kept(app).count == 5)
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
            // The same openid and app in another pool are another person.
            #expect(!app.log.lines.contains { $0.contains(openID) })
        }
    }

    @Test("applications that want to be told are told")
    func notices() async throws {
        let recorder = NoticeRecorder()
        try await story(
            outbound: recorder,
            yaml: {
                $0.replacing(
                    "{client_id: web,",
                    with: "{client_id: web, backchannel_logout_uri: \"https://app.example.com/logout\",")
            }
        ) { app, sender, _ in
            let event = sender.event("user_authorization_revoke", openID: try await app.openID(), revoked: "301")
            #expect(try await sender.send(event).text == "success")
            #expect(recorder.notices.map(\.address) == ["https://app.example.com/logout"])
        }
    }

    @Test("many people in one second are not taken for repetitions of one message")
    func sameSecond() async throws {
        try await story { app, sender, _ in
            let other = Browser(app, person: "xiaoming")
            _ = try await app.tokens(in: other)
            let rows = try await app.database.query("SELECT openid FROM wechat_openids ORDER BY openid", [])
            let people = try rows.map { try $0.text("openid") }
            #expect(people.count == 2)
            for (index, openID) in people.enumerated() {
                let event = sender.event("user_authorization_cancellation", openID: openID)
                #expect(try await sender.send(event, nonce: "n\(index)").text == "success")
            }
            #expect(try await app.count("wechat_openids") == 0)
        }
    }
}

extension Array {
    func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
