import HTTPTypes
import Testing

@testable import IdP

@Suite("Anything else wrong with an authorization request goes back with the RFC's error, state and iss")
struct AuthorizeErrorTests {
    struct Wrong: Sendable, CustomTestStringConvertible {
        let change: [String: String?]
        let error: String
        var testDescription: String { change.map { "\($0.key)=\($0.value ?? "-")" }.sorted().joined(separator: "&") }

        init(_ change: [String: String?], _ error: String) {
            (self.change, self.error) = (change, error)
        }
    }

    static let wrongs: [Wrong] = [
        Wrong(["response_type": nil], "invalid_request"),
        Wrong(["response_type": ""], "invalid_request"),
        Wrong(["response_type": "token"], "unsupported_response_type"),
        Wrong(["response_type": "id_token"], "unsupported_response_type"),
        Wrong(["response_type": "code id_token"], "unsupported_response_type"),
        Wrong(["response_type": "none"], "unsupported_response_type"),
        Wrong(["response_type": "CODE"], "unsupported_response_type"),
        Wrong(["response_mode": "web_message"], "invalid_request"),
        Wrong(["response_mode": "web_message"], "invalid_request"),
        Wrong(["code_challenge": nil, "code_challenge_method": nil], "invalid_request"),
        Wrong(["code_challenge": nil], "invalid_request"),
        Wrong(["code_challenge_method": nil], "invalid_request"),
        Wrong(["code_challenge_method": "plain"], "invalid_request"),
        Wrong(["code_challenge_method": "s256"], "invalid_request"),
        Wrong(["code_challenge": "short"], "invalid_request"),
        Wrong(["code_challenge": AuthorizationRequest.challenge + "="], "invalid_request"),
        Wrong(["code_challenge": AuthorizationRequest.challenge + "A"], "invalid_request"),
        Wrong(["prompt": "unknown"], "invalid_request"),
        Wrong(["prompt": "none login"], "invalid_request"),
        Wrong(["prompt": "NONE"], "invalid_request"),
        Wrong(["max_age": "-1"], "invalid_request"),
        Wrong(["max_age": "soon"], "invalid_request"),
        Wrong(["max_age": "1.5"], "invalid_request"),
        Wrong(["max_age": "99999999999999999999"], "invalid_request"),
        Wrong(["request": "eyJhbGciOiJub25lIn0.e30."], "request_not_supported"),
        Wrong(["request_uri": "https://app.example.com/request"], "request_uri_not_supported"),
        Wrong(["registration": "{}"], "registration_not_supported"),
        Wrong(["nonce": String(repeating: "n", count: 2049)], "invalid_request"),
        Wrong(["prompt": "none"], "login_required"),
        Wrong(["prompt": "none", "max_age": "0"], "login_required"),
    ]

    @Test("by redirect", arguments: wrongs)
    func wrong(_ wrong: Wrong) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let answer = try await browser.request(AuthorizationRequest("web", wrong.change).url)
            #expect(answer.status == .found)
            #expect(answer.location?.hasPrefix("https://app.example.com/cb?") == true)
            #expect(answer.query["error"] == wrong.error)
            #expect(answer.query["error_description"]?.isEmpty == false)
            #expect(answer.query["state"] == "st.A_te~1")
            #expect(answer.query["iss"] == "https://id.example.com/oidc")
            #expect(answer.query["code"] == nil)
            #expect(browser.wechatVisits.isEmpty)
            #expect(try await app.count("sign_ins") == 0)
        }
    }

    @Test(
        "the log says what the application did wrong, and not what it sent", arguments: [HTTPRequest.Method.get, .post])
    func logged(_ method: HTTPRequest.Method) async throws {
        try await TestApp.story { app in
            let request = AuthorizationRequest("web", ["prompt": "planted-0001", "nonce": "planted-0002"])
            let answer = try await Browser(app).request(
                method, method == .get ? request.url : request.endpoint, form: method == .get ? nil : request.form)
            #expect(answer.query["error"] == "invalid_request")
            let id = try #require(answer.headers[.xRequestID])
            let lines = app.log.lines.filter { $0.contains("refused by redirect") }
            let line = try #require(lines.first)
            #expect(lines.count == 1 && line.hasPrefix("notice ") && line.contains(id))
            #expect(line.contains("error=invalid_request") && line.contains("prompt"))
            #expect(!line.contains("planted") && !line.contains("st.A_te~1"))
        }
    }

    @Test("the same by POST, with 303", arguments: wrongs.prefix(6))
    func wrongPost(_ wrong: Wrong) async throws {
        try await TestApp.story { app in
            let request = AuthorizationRequest("web", wrong.change)
            let answer = try await Browser(app).request(.post, request.endpoint, form: request.form)
            #expect(answer.status == .seeOther)
            #expect(answer.query["error"] == wrong.error && answer.query["state"] == "st.A_te~1")
        }
    }

    static let repeatable = [
        "response_type", "scope", "nonce", "prompt", "max_age", "code_challenge", "code_challenge_method",
        "response_mode", "ui_locales", "request", "request_uri",
    ]

    @Test("a repeated parameter is invalid_request", arguments: repeatable)
    func repeated(_ name: String) async throws {
        try await TestApp.story { app in
            let known = ["response_type": "code", "prompt": "login", "max_age": "10", "response_mode": "query"]
            let value = known[name] ?? "x"
            let request = AuthorizationRequest().adding(name, value).adding(name, value)
            let answer = try await Browser(app).request(request.url)
            #expect(answer.query["error"] == "invalid_request", "\(answer.location ?? answer.page ?? "")")
            #expect(answer.query["state"] == "st.A_te~1")
        }
    }

    @Test("a repeated or too long state is invalid_request, and none comes back")
    func badState() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let twice = try await browser.request(AuthorizationRequest().adding("state", "other").url)
            #expect(twice.query["error"] == "invalid_request" && twice.query["state"] == nil)
            let long = AuthorizationRequest(state: String(repeating: "s", count: 2049))
            #expect(try await browser.request(long.url).query["error"] == "invalid_request")
        }
    }

    @Test("errors stand in the fragment where the client asked for it")
    func fragment() async throws {
        try await TestApp.story { app in
            let request = AuthorizationRequest("web", ["response_mode": "fragment", "prompt": "none"])
            let answer = try await Browser(app).request(request.url)
            #expect(answer.location?.hasPrefix("https://app.example.com/cb#error=login_required") == true)
            #expect(answer.fragment["state"] == "st.A_te~1")
        }
    }

    @Test("no state asked, no state answered")
    func withoutState() async throws {
        try await TestApp.story { app in
            let answer = try await Browser(app).request(AuthorizationRequest(state: nil, ["prompt": "none"]).url)
            #expect(answer.query["error"] == "login_required")
            #expect(answer.location?.contains("state=") == false)
        }
    }

    static let states = [
        "a b", "a+b", "a&b=c#d%20", "\"<>'", "状态🐧", "x\u{301}", "%41", String(repeating: "s", count: 2048),
    ]

    @Test("state comes back unchanged", arguments: states)
    func stateUnchanged(_ state: String) async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let refused = try await browser.request(AuthorizationRequest(state: state, ["prompt": "none"]).url)
            #expect(refused.query["state"].map { Array($0.utf8) } == Array(state.utf8))
            let answer = try await browser.pressOn(
                try await browser.open(AuthorizationRequest(state: state).url))
            #expect(answer.query["state"].map { Array($0.utf8) } == Array(state.utf8))
            #expect(answer.query["iss"] == "https://id.example.com/oidc")
        }
    }

    @Test("a form of another type or over the limit gets a page")
    func badForms() async throws {
        try await TestApp.story { app in
            let json = try await app.send(
                .post, "/oidc/auth", headers: [.contentType: "application/json", .accept: "text/html"], body: "{}")
            #expect(json.status == .badRequest && json.page == "bad-request")
            let huge = try await app.send(
                .post, "/oidc/auth", headers: [.accept: "text/html"],
                form: ["state": String(repeating: "x", count: 70_000)])
            #expect(huge.status == .contentTooLarge && huge.location == nil)
        }
    }
}
