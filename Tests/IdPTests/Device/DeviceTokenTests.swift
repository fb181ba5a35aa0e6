import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("A device gets tokens once, for its own code, and only after a person has allowed it")
struct DeviceTokenTests {
    // MARK: Asking for codes

    @Test("a client that may not use the flow, or can't prove itself, gets no codes")
    func refused() async throws {
        try await TestApp.tokenStory { app in
            let other = try await app.post("/oidc/device/auth", as: "web", [:])
            #expect(other.status == .badRequest && other.error == "unauthorized_client")
            for form in [[:], ["client_id": "nobody"], ["client_id": "box"]] {
                let answer = try await app.send(.post, "/oidc/device/auth", form: form)
                #expect(answer.status == .unauthorized && answer.error == "invalid_client")
            }
            #expect(try await app.count("device_codes") == 0)
        }
    }

    @Test("the answer has the members of RFC 8628 section 3.2, and neither code is stored as it is")
    func codes() async throws {
        try await TestApp.tokenStory { app in
            let device = try await app.device()
            let answer = device.answer
            #expect(device.deviceCode.utf8.count == 43 && UserCode(typed: device.userCode)?.display == device.userCode)
            #expect(answer.field("verification_uri") == "https://id.example.com/oidc/device")
            #expect(
                answer.field("verification_uri_complete")
                    == "https://id.example.com/oidc/device?user_code=\(device.userCode)")
            #expect(answer.json["expires_in"] == 600 && answer.json["interval"] == 5)
            #expect(answer.headers[.cacheControl] == "no-store")
            let plain = device.userCode.replacing("-", with: "")
            for value in [device.deviceCode, device.userCode, plain, UserCodeHash(of: plain).rawValue] {
                let found = "device_code_hash = '\(value)' OR user_code_hash = '\(value)'"
                #expect(try await app.count("device_codes", where: found) == 0)
            }
        }
    }

    @Test("a public client gets a bounded number of codes from one address")
    func bounded() async throws {
        try await TestApp.tokenStory { app in
            for _ in 0..<DeviceAuthorizationRoutes.limit { _ = try await app.device() }
            let answer = try await app.post("/oidc/device/auth", as: "tv", [:])
            #expect(answer.status == .tooManyRequests && answer.json["user_code"] == nil)
            #expect(try await app.post("/oidc/device/auth", as: "box", [:]).status == .ok)
            app.clock.advance(by: 600)
            #expect(try await app.post("/oidc/device/auth", as: "tv", [:]).status == .ok)
        }
    }

    // MARK: Asking for tokens

    @Test("unknown codes, codes of another client and of another pool are invalid_grant")
    func foreign() async throws {
        try await TestApp.tokenStory { app in
            let device = try await app.device()
            try await Browser(app).allow(device)
            let unknown = try await app.post("/oidc/token", as: "tv", WaitingDevice.form("made-up"))
            #expect(unknown.status == .badRequest && unknown.error == "invalid_grant")
            for other in ["box", "stranger"] {
                let answer = try await device.poll(as: other)
                #expect(answer.status == .badRequest && answer.error == "invalid_grant", "\(other)")
            }
            let there = try await app.post(
                "/oidc/token", as: "tv", WaitingDevice.form(device.deviceCode), pool: "/pools/other")
            #expect(there.status == .unauthorized)
            #expect(try await device.poll().status == .ok)
        }
    }

    @Test("nobody has decided: authorization_pending, and five more seconds each time it asks too soon")
    func pending() async throws {
        try await TestApp.tokenStory { app in
            let device = try await app.device()
            func ask(after seconds: Double) async throws -> String? {
                app.clock.advance(by: seconds)
                let answer = try await device.poll()
                #expect(answer.status == .badRequest)
                return answer.error
            }
            #expect(try await ask(after: 0) == "authorization_pending")
            #expect(try await ask(after: 5) == "authorization_pending")
            #expect(try await ask(after: 4) == "slow_down")
            // Ten seconds now, since the last question.
            #expect(try await ask(after: 9) == "slow_down")
            // Fifteen.
            #expect(try await ask(after: 14) == "slow_down")
            #expect(try await ask(after: 20) == "authorization_pending")
            #expect(try await app.count("device_codes", where: "poll_interval = 20") == 1)
            #expect(try await app.count("grants") == 0)
        }
    }

    @Test("after ten minutes it is expired_token, also when it was allowed")
    func expired() async throws {
        try await TestApp.tokenStory { app in
            let (waiting, allowed) = (try await app.device(), try await app.device())
            let browser = Browser(app)
            try await browser.allow(allowed)
            app.clock.advance(by: 600)
            for device in [waiting, allowed] {
                let answer = try await device.poll()
                #expect(answer.status == .badRequest && answer.error == "expired_token")
            }
            #expect(try await browser.enter(waiting.userCode).page == "device-code-unknown")
        }
    }

    @Test("refused: access_denied, whatever is pressed afterwards")
    func denied() async throws {
        try await TestApp.tokenStory { app in
            let (device, browser) = (try await app.device(), Browser(app))
            let page = try await browser.reachDecision(device.userCode)
            #expect(try await browser.decide("deny", on: page).page == "device-denied")
            #expect(try await browser.decide("allow", on: page).page == "device-code-unknown")
            let answer = try await device.pollInTime()
            #expect(answer.status == .badRequest && answer.error == "access_denied")
            #expect(try await app.count("grants") == 0)
        }
    }

    @Test("a person who is blocked after the decision: access_denied")
    func blocked() async throws {
        try await TestApp.tokenStory { app in
            let device = try await app.device()
            try await Browser(app).allow(device)
            try await app.execute("UPDATE users SET blocked = 1")
            #expect(try await device.poll().error == "access_denied")
        }
    }

    @Test("of parallel questions one gets tokens, and no later one")
    func once() async throws {
        try await TestApp.tokenStory { app in
            let device = try await app.device()
            try await Browser(app).allow(device)
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<12 { group.addTask { try await device.poll() } }
                return try await group.reduce(into: [Answer]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == .ok } == 1)
            #expect(answers.count { $0.error == "invalid_grant" } == 11)
            #expect(try await device.pollInTime().error == "invalid_grant")
            #expect(try await app.count("grants", where: "kind = 'device'") == 1)
        }
    }

    @Test("a resource that was not granted leaves the code unspent")
    func resource() async throws {
        try await TestApp.tokenStory { app in
            let device = try await app.device()
            try await Browser(app).allow(device)
            var form = WaitingDevice.form(device.deviceCode)
            form["resource"] = "https://api.example.com/"
            #expect(try await app.post("/oidc/token", as: "tv", form).error == "invalid_target")
            #expect(try await device.poll().status == .ok)
        }
    }

    @Test("allowed: ID token, access token and refresh token of the person who allowed it")
    func allowed() async throws {
        try await TestApp.tokenStory { app in
            let (device, browser) = (try await app.device(), Browser(app))
            #expect(try await device.poll().error == "authorization_pending")
            try await browser.allow(device)
            let tokens = try await device.poll()
            #expect(tokens.status == .ok, "\(tokens.text)")
            #expect(tokens.field("scope") == "openid profile offline_access" && tokens.field("token_type") == "Bearer")
            let id = try await app.verified(tokens.field("id_token"), type: .jwt)
            #expect(id.audience == ["tv"] && id["auth_time"] != nil)
            let me = try await app.me(tokens.field("access_token"))
            #expect(me.field("sub") == id.subject)
            let web = try await app.verified(
                try await app.tokens("web", in: browser).field("id_token"), type: .jwt)
            #expect(web.subject == id.subject)
            let refreshed = try await app.post(
                "/oidc/token", as: "tv",
                ["grant_type": "refresh_token", "refresh_token": tokens.field("refresh_token")])
            #expect(refreshed.status == .ok)
            #expect(try await app.revoke(refreshed.field("refresh_token"), as: "tv").status == .ok)
            #expect(try await app.me(tokens.field("access_token")).status == .unauthorized)
        }
    }

    @Test("without openid and offline_access there is an access token alone")
    func plain() async throws {
        try await TestApp.tokenStory { app in
            let device = try await app.device("box", scope: "profile unheard-of")
            try await Browser(app).allow(device)
            let tokens = try await device.poll()
            #expect(tokens.status == .ok && tokens.field("scope") == "profile")
            #expect(tokens.json["id_token"] == nil && tokens.json["refresh_token"] == nil)
        }
    }
}
