import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat

@testable import IdP

/// `POST /api/v1/wechat/{identifier}/access-token`: for the operator's own programs.
@Suite("The shared access token, for programs") struct AccessTokenRouteTests {
    @Test("nobody without the right token of their own gets it")
    func refused() async throws {
        try await TestApp.story(yaml: ServiceStory.programs) { app in
            let none = try await app.send(.post, "/api/v1/wechat/mp/access-token")
            #expect(none.status == .unauthorized)
            #expect(none.headers[.wwwAuthenticate] == "Bearer realm=\"wxidp\"")
            let garbage = try await app.sharedToken("a.b.c")
            #expect(garbage.status == .unauthorized && garbage.error == "invalid_token")
            // A person's token, with whatever scope.
            let person = try await app.tokens(scope: "openid profile wechat:access_token")
            for token in [person.field("access_token"), person.field("id_token")] {
                #expect(try await app.sharedToken(token).status == .unauthorized)
            }
            let scopeless = try await app.programToken("scopeless", scope: "other")
            let refused = try await app.sharedToken(scopeless.field("access_token"))
            #expect(refused.status == .forbidden && refused.error == "insufficient_scope")
            #expect(try await app.programToken("scopeless").error == "invalid_scope")
            let narrow = try await app.programToken("robot", scope: "other")
            #expect(try await app.sharedToken(narrow.field("access_token")).status == .forbidden)
            // `connections` absent means all for browsers only.
            let unlisted = try await app.programToken("unlisted")
            #expect(try await app.sharedToken(unlisted.field("access_token")).status == .forbidden)
            let robot = try await app.programToken("robot")
            #expect(try await app.sharedToken(robot.field("access_token"), "base").status == .forbidden)
            #expect(try await app.sharedToken(robot.field("access_token"), "nothing").status == .notFound)
            let query = "/api/v1/wechat/mp/access-token?access_token=\(robot.field("access_token"))"
            #expect(try await app.send(.post, query).status == .unauthorized)
            #expect(app.bridge.calls("/cgi-bin/") == 0)
        }
    }

    @Test("a token of one pool opens nothing in another")
    func isolation() async throws {
        try await TestApp.story(yaml: ServiceStory.programs) { app in
            let here = try await app.programToken("robot")
            let there = try await app.programToken("other-robot", pool: "/pools/other")
            #expect(try await app.sharedToken(here.field("access_token"), pool: "/pools/other").status == .unauthorized)
            #expect(try await app.sharedToken(there.field("access_token")).status == .unauthorized)
            #expect(
                try await app.sharedToken(there.field("access_token"), pool: "/pools/other").field("access_token") != ""
            )
        }
    }

    @Test("a program gets the one token and what is left of its life, and nobody keeps the answer")
    func given() async throws {
        try await TestApp.story(yaml: ServiceStory.programs) { app in
            let robot = try await app.programToken("robot").field("access_token")
            app.bridge.script(.body(#"{"access_token":"SHARED","expires_in":7200}"#))
            let first = try await app.sharedToken(robot)
            #expect(first.status == .ok && first.field("access_token") == "SHARED")
            #expect(first.json["expires_in"] == .integer(7200))
            #expect(first.headers[.cacheControl] == "no-store")
            app.clock.advance(by: 100)
            let later = try await app.sharedToken(try await app.programToken("robot").field("access_token"))
            #expect(later.field("access_token") == "SHARED" && later.json["expires_in"] == .integer(7100))
            #expect(app.bridge.calls("/cgi-bin/stable_token") == 1)
            // Another node reads it from the database.
            try await app.secondNode(yaml: ServiceStory.programs) { node in
                let token = try await node.programToken("robot").field("access_token")
                #expect(try await node.sharedToken(token).field("access_token") == "SHARED")
            }
            #expect(app.bridge.calls("/cgi-bin/stable_token") == 1)
            #expect(!app.log.lines.contains { $0.contains("SHARED") })
        }
    }

    @Test("the simulated WeChat gives one too")
    func simulated() async throws {
        try await TestApp.story(yaml: ServiceStory.programs) { app in
            let answer = try await app.sharedToken(try await app.programToken("robot").field("access_token"))
            #expect(answer.status == .ok, "\(answer.text)")
            #expect(answer.field("access_token").utf8.count > 20)
        }
    }

    @Test("WeChat's refusal is told with its number, as an operator's matter or a passing one")
    func trouble() async throws {
        try await TestApp.story(yaml: ServiceStory.programs) { app in
            let robot = try await app.programToken("robot").field("access_token")
            app.bridge.script(.body(#"{"errcode":40164,"errmsg":"invalid ip 203.0.113.9, not in whitelist"}"#))
            let first = try await app.sharedToken(robot)
            #expect(first.status == .badGateway && first.json["wechat_errcode"] == .integer(40164))
            #expect(!first.text.contains("203.0.113.9"))
            let second = try await app.sharedToken(robot)
            #expect(second.status == .badGateway && second.headers[.retryAfter] == "60")
            #expect(app.bridge.calls("/cgi-bin/stable_token") == 1)
            app.clock.advance(by: 60)
            app.bridge.script(.body(#"{"errcode":45009,"errmsg":"reach max api daily quota limit"}"#))
            let third = try await app.sharedToken(robot)
            #expect(third.status == .serviceUnavailable && third.json["wechat_errcode"] == .integer(45009))
            #expect(app.log.lines.contains { $0.contains("203.0.113.9") && $0.contains("IP白名单") })
        }
    }
}
