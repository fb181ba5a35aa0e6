import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Codes, PKCE, refresh tokens and clients: B2.
enum GrantRequirements {
    @Sendable static func proofKey() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let none: [String: String?] = ["code_challenge": nil, "code_challenge_method": nil]
            let refused = try await browser.open(AuthorizationRequest("web", none).url)
            #expect(refused.query["error"] == "invalid_request")
            let plain: [String: String?] = [
                "code_challenge": AuthorizationRequest.verifier, "code_challenge_method": "plain",
            ]
            #expect(
                try await browser.open(AuthorizationRequest("basic", plain).url).query["error"] == "invalid_request")
            // A stored challenge or none, a verifier or none, and a wrong one.
            for (client, hasChallenge) in [("web", true), ("basic", true), ("basic", false)] {
                for verifier in [AuthorizationRequest.verifier, nil, String(repeating: "v", count: 43)] {
                    let code = try await app.code(client, in: browser, hasChallenge ? [:] : none)
                    var form = app.redemption(code, client)
                    form["code_verifier"] = verifier
                    let answer = try await app.token(form, client)
                    let isRight = hasChallenge ? verifier == AuthorizationRequest.verifier : verifier == nil
                    #expect((answer.status == .ok) == isRight, "\(client) \(hasChallenge) \(verifier ?? "-")")
                    if !isRight { #expect(answer.error == "invalid_grant") }
                }
            }
        }
    }

    @Sendable static func clientBinding() async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            for (own, other) in [("basic", "codeonly"), ("web", "basic"), ("basic", "web"), ("web", "strict")] {
                let code = try await app.code(own, in: browser)
                var stolen = app.redemption(code, own)
                for name in ["client_id", "client_secret"] { stolen[name] = app.redemption(code, other)[name] }
                let answer = try await app.token(stolen, other)
                #expect(answer.error == "invalid_grant", "\(other) took the code of \(own)")
            }
            let token = try await app.tokens("web", in: browser).field("refresh_token")
            for other in ["basic", "strict", "post"] {
                #expect(try await app.refresh(token, other).error == "invalid_grant", "\(other)")
            }
            #expect(try await app.refresh(token, "web").status == .ok)
            let device = try await app.device("tv")
            try await browser.allow(device)
            app.clock.advance(by: 5)
            for other in ["box", "stranger"] {
                #expect(try await device.poll(as: other).error == "invalid_grant", "\(other)")
            }
            #expect(try await device.pollInTime().status == .ok)
            let access = try await app.tokens("basic", in: browser).field("access_token")
            #expect(try await app.introspect(access, as: "codeonly").isInactive)
            _ = try await app.revoke(access, as: "codeonly")
            #expect(try await app.introspect(access, as: "basic").isActive)
        }
    }

    @Sendable static func refreshAsksAgain() async throws {
        let changes = [
            ("UPDATE users SET blocked = 1", "UPDATE users SET blocked = 0"),
            ("UPDATE grants SET revoked_at = 1", "UPDATE grants SET revoked_at = NULL"),
        ]
        try await TestApp.story { app in
            for (change, back) in changes {
                let token = try await app.tokens().field("refresh_token")
                try await app.execute(change)
                #expect(try await app.refresh(token).error == "invalid_grant", "\(change)")
                try await app.execute(back)
                #expect(try await app.refresh(token).status == .ok, "\(back)")
            }
            let (web, basic) = (try await app.tokens("web"), try await app.tokens("basic"))
            let removed: @Sendable (String) -> String = {
                $0.replacing("{client_id: web,", with: "{client_id: successor,")
                    .replacing("default_application: web", with: "default_application: basic")
                    .replacing("{client_id: basic,", with: "{client_id: basic, grant_types: [authorization_code],")
            }
            try await app.secondNode(yaml: removed) { node in
                let gone = try await node.refresh(web.field("refresh_token"), "web")
                let curtailed = try await node.refresh(basic.field("refresh_token"), "basic")
                #expect(gone.error == "invalid_client" && curtailed.error == "unauthorized_client")
            }
        }
    }

    @Sendable static func onceOfMany() async throws {
        try await TestApp.tokenStory { app in
            let browser = Browser(app)
            let code = try await app.code("basic", in: browser)
            #expect(try await successes { try await app.redeem(code, "basic").status } == 1)
            let device = try await app.device("tv")
            try await browser.allow(device)
            #expect(try await successes { try await device.poll().status } == 1)
            // A refresh token's answer may be asked for again within its grace, and is the same.
            let token = try await app.tokens("basic", in: browser).field("refresh_token")
            let successors = try await many { try await app.refresh(token, "basic").field("refresh_token") }
            #expect(Set(successors).count == 1)
            #expect(try await app.count("refresh_tokens", where: "rotated_at IS NULL AND client_id = 'basic'") == 1)
        }
    }

    private static func successes(
        _ attempt: @escaping @Sendable () async throws -> HTTPResponse.Status
    ) async throws -> Int {
        try await many(attempt).count { $0 == .ok }
    }

    private static func many<Result: Sendable>(
        _ attempt: @escaping @Sendable () async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: Result.self) { group in
            for _ in 0..<100 { group.addTask { try await attempt() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Sendable static func assertionOnce() async throws {
        let client = WalkClient.signing(.es256)
        let line = try client.yaml()
        try await TestApp.story(yaml: { $0.addingApplications([line]) }) { app in
            var (form, headers) = (["grant_type": "client_credentials"], HTTPFields())
            try client.prove(
                &form, &headers, audience: "https://id.example.com/oidc", now: app.clock.now)
            let assertion = form
            #expect(try await app.send(.post, "/oidc/token", form: assertion).status == .ok)
            #expect(try await app.send(.post, "/oidc/token", form: assertion).error == "invalid_client")
            try await app.secondNode(yaml: { $0.addingApplications([line]) }) { node in
                for path in ["/oidc/token", "/oidc/token/introspection", "/oidc/token/revocation"] {
                    let answer = try await node.send(.post, path, form: assertion.merging(["token": "x"]) { $1 })
                    #expect(answer.error == "invalid_client", "\(path)")
                }
                var (fresh, headers) = (["grant_type": "client_credentials"], HTTPFields())
                try client.prove(&fresh, &headers, audience: "https://id.example.com/oidc", now: node.clock.now)
                #expect(try await node.send(.post, "/oidc/token", form: fresh).status == .ok)
            }
        }
    }

    @Sendable static func failsClosed() async throws {
        for trouble in [WatchedDatabase.Trouble.writes, .everything] {
            try await LogoutStand.story { app in
                let browser = Browser(app)
                let tokens = try await app.tokens("basic", in: browser)
                let form = { (name: String) in ["token": tokens.field(name)] }
                for name in ["access_token", "refresh_token"] {
                    app.storage.trouble = trouble
                    let answer = try await app.send(
                        .post, "/oidc/token/revocation", headers: app.headers("basic"), form: form(name))
                    #expect(answer.status == .serviceUnavailable, "\(name) \(trouble)")
                    app.storage.trouble = .nothing
                    #expect(try await app.me(tokens.field("access_token")).status == .ok)
                }
                app.storage.trouble = trouble
                let answer = try await browser.request(
                    LogoutStand.url([
                        "id_token_hint": tokens.field("id_token"),
                        "post_logout_redirect_uri": "https://basic.example.com/bye",
                    ]))
                #expect(answer.status == .serviceUnavailable && answer.location == nil)
                #expect(answer.setCookies.isEmpty)
                app.storage.trouble = .nothing
                #expect(try await app.isSignedIn(browser, "basic"))
                let revoked = try await app.send(
                    .post, "/oidc/token/revocation", headers: app.headers("basic"), form: form("refresh_token"))
                #expect(revoked.status == .ok)
                #expect(try await app.me(tokens.field("access_token")).status == .unauthorized)
            }
        }
    }

    @Sendable static func family() async throws {
        try await TestApp.story { app in
            for client in ["web", "basic"] {
                let first = try await app.tokens(client).field("refresh_token")
                let second = try await app.refresh(first, client)
                #expect(second.field("refresh_token") != first)
                app.clock.advance(by: 11)
                #expect(try await app.refresh(first, client).error == "invalid_grant")
                #expect(try await app.refresh(second.field("refresh_token"), client).error == "invalid_grant")
                #expect(try await app.me(second.field("access_token")).status == .unauthorized)
            }
        }
    }

    /// A rule for the sources: what is secret is found by its hash or compared by the one helper.
    @Sendable static func constantTime() async throws {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let folder = root.appending(path: "Sources/IdP")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        #expect(files.count > 50)
        let secret = "(?i)(secret|token|verifier|codeChallenge|ticket|signature|cookie|binding|password|csrf)"
        let comparison = try Regex("\(secret)(\\(\\))? [=!]= |[=!]= [A-Za-z.]*\(secret)\\b")
        var helper = 0
        for file in files {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                if line.contains("ConstantTime.equals(") { helper += 1 }
                let isAllowed = line.contains(" == nil") || line.contains(" != nil") || line.contains("//")
                #expect(isAllowed || line.firstMatch(of: comparison) == nil, "\(file.lastPathComponent): \(line)")
            }
        }
        #expect(helper >= 3)
    }
}
