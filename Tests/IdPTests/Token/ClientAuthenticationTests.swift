import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("A client authenticates by the one method it is registered for")
struct ClientAuthenticationTests {
    struct Attempt: Sendable, CustomTestStringConvertible {
        let name: String
        /// The value of `Authorization`.
        let header: String?
        /// What stands in the form beside a good code.
        let form: [String: String]
        /// Whose code it is.
        let client: String
        var testDescription: String { name }

        init(_ name: String, _ client: String, header: String? = nil, form: [String: String] = [:]) {
            (self.name, self.client, self.header, self.form) = (name, client, header, form)
        }
    }

    private static let secret = TestConfiguration.clientSecret
    private static let good = TestApp.basic("basic", secret)

    static let refused: [Attempt] = [
        Attempt("nothing at all", "basic"),
        Attempt("basic: no secret", "basic", form: ["client_id": "basic"]),
        Attempt("basic: wrong secret", "basic", header: TestApp.basic("basic", secret + "x")),
        Attempt("basic: shortened secret", "basic", header: TestApp.basic("basic", String(secret.dropLast()))),
        Attempt("basic: empty secret", "basic", header: TestApp.basic("basic", "")),
        Attempt(
            "basic: another client's secret", "basic", header: TestApp.basic("basic", TestConfiguration.postSecret)),
        Attempt("basic: unknown client", "basic", header: TestApp.basic("nobody", secret)),
        Attempt("basic: client of the other pool", "basic", header: TestApp.basic("other-basic", secret)),
        Attempt("basic: by form", "basic", form: ["client_id": "basic", "client_secret": secret]),
        Attempt("basic: another scheme", "basic", header: "Bearer " + good.dropFirst(6)),
        Attempt("basic: not base64", "basic", header: "Basic ***"),
        Attempt("basic: no colon", "basic", header: "Basic " + Array("basic".utf8).base64),
        Attempt("basic: not UTF-8", "basic", header: "Basic " + ([0xFF, 0x3A, 0xFE] as [UInt8]).base64),
        Attempt("basic: broken percent-encoding", "basic", header: "Basic " + Array("basic:%zz".utf8).base64),
        Attempt("basic: `&` behind the id", "basic", header: "Basic " + Array("basic&x:\(secret)".utf8).base64),
        Attempt("basic: `&` behind the secret", "basic", header: "Basic " + Array("basic:\(secret)&x".utf8).base64),
        Attempt("basic: nothing behind the scheme", "basic", header: "Basic"),
        Attempt("post: by header", "post", header: TestApp.basic("post", TestConfiguration.postSecret)),
        Attempt("post: wrong secret", "post", form: ["client_id": "post", "client_secret": "wrong"]),
        Attempt("post: no secret", "post", form: ["client_id": "post"]),
        Attempt("post: secret of basic", "post", form: ["client_id": "post", "client_secret": secret]),
        Attempt("none: with a secret", "web", form: ["client_id": "web", "client_secret": "x"]),
        Attempt("none: by header", "web", header: TestApp.basic("web", "")),
        Attempt("none: by header with a secret", "web", header: TestApp.basic("web", secret)),
        Attempt("none: unknown client", "web", form: ["client_id": "nobody"]),
        Attempt("none: upper case", "web", form: ["client_id": "WEB"]),
        Attempt("none: client of the other pool", "web", form: ["client_id": "other-web"]),
    ]

    private func redemption(_ app: TestApp, _ attempt: Attempt, _ code: String) -> [String: String] {
        var form = app.redemption(code, attempt.client)
        form["client_id"] = nil
        form["client_secret"] = nil
        return form.merging(attempt.form) { _, new in new }
    }

    @Test("else it is invalid_client, and the code stays good", arguments: refused)
    func wrongAttempt(_ attempt: Attempt) async throws {
        try await TestApp.story { app in
            let code = try await app.code(attempt.client, in: Browser(app))
            var headers = HTTPFields()
            headers[.authorization] = attempt.header
            let answer = try await app.send(
                .post, "/oidc/token", headers: headers, form: redemption(app, attempt, code))
            #expect(answer.status == .unauthorized && answer.error == "invalid_client", "\(answer.text)")
            #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Basic") == true)
            #expect(!answer.text.contains(Self.secret))
            #expect(try await app.redeem(code, attempt.client).status == .ok)
        }
    }

    static let twofold: [Attempt] = [
        Attempt("both ways, both right", "basic", header: good, form: ["client_id": "basic", "client_secret": secret]),
        Attempt("the secret of the form alone", "basic", header: good, form: ["client_secret": secret]),
        Attempt("two names", "basic", header: good, form: ["client_id": "post"]),
        Attempt("a public client's name", "basic", header: good, form: ["client_id": "web"]),
    ]

    @Test("two methods at once are invalid_request", arguments: twofold)
    func twoMethods(_ attempt: Attempt) async throws {
        try await TestApp.story { app in
            let code = try await app.code("basic", in: Browser(app))
            var headers = HTTPFields()
            headers[.authorization] = attempt.header
            let answer = try await app.send(
                .post, "/oidc/token", headers: headers, form: redemption(app, attempt, code))
            #expect(answer.error == "invalid_request" && answer.status.code < 500, "\(answer.text)")
            #expect(answer.json["access_token"] == nil)
            #expect(try await app.count("authorization_codes", where: "consumed_at IS NOT NULL") == 0)
        }
    }

    @Test("unknown clients and wrong secrets get one answer")
    func oneAnswer() async throws {
        try await TestApp.story { app in
            var texts: Set<String> = []
            for header in [TestApp.basic("nobody", "x"), TestApp.basic("basic", "x"), TestApp.basic("post", "x")] {
                let answer = try await app.send(
                    .post, "/oidc/token", headers: [.authorization: header], form: ["grant_type": "authorization_code"])
                texts.insert(answer.text)
            }
            #expect(texts.count == 1)
        }
    }

    static let right: [Attempt] = [
        Attempt("basic", "basic", header: good),
        Attempt("basic, the scheme in lower case", "basic", header: "basic " + good.dropFirst(6)),
        Attempt("basic with its name in the form", "basic", header: good, form: ["client_id": "basic"]),
        Attempt("post", "post", form: ["client_id": "post", "client_secret": TestConfiguration.postSecret]),
        Attempt("none", "web", form: ["client_id": "web"]),
        Attempt("native", "native", form: ["client_id": "native"]),
    ]

    @Test("the registered method works", arguments: right)
    func registered(_ attempt: Attempt) async throws {
        try await TestApp.story { app in
            let code = try await app.code(attempt.client, in: Browser(app))
            var headers = HTTPFields()
            headers[.authorization] = attempt.header
            let answer = try await app.send(
                .post, "/oidc/token", headers: headers, form: redemption(app, attempt, code))
            #expect(answer.status == .ok, "\(answer.text)")
        }
    }
}
