import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("A malformed token request gets the RFC's error and spends nothing")
struct TokenRequestTests {
    struct Wrong: Sendable, CustomTestStringConvertible {
        let change: [String: String?]
        let error: String
        var testDescription: String { change.map { "\($0.key)=\($0.value ?? "-")" }.joined(separator: "&") }
    }

    static let wrongs: [Wrong] = [
        Wrong(change: ["grant_type": nil], error: "invalid_request"),
        Wrong(change: ["grant_type": ""], error: "invalid_request"),
        Wrong(change: ["grant_type": "password"], error: "unsupported_grant_type"),
        Wrong(change: ["grant_type": "client_credentials"], error: "unauthorized_client"),
        Wrong(change: ["grant_type": "implicit"], error: "unsupported_grant_type"),
        Wrong(change: ["grant_type": "AUTHORIZATION_CODE"], error: "unsupported_grant_type"),
        Wrong(change: ["grant_type": "authorization_code\u{301}"], error: "unsupported_grant_type"),
        Wrong(change: ["code": nil], error: "invalid_request"),
        Wrong(change: ["code": ""], error: "invalid_request"),
        Wrong(change: ["code": "made-up"], error: "invalid_grant"),
        Wrong(change: ["redirect_uri": nil], error: "invalid_request"),
    ]

    @Test("by JSON", arguments: wrongs)
    func wrong(_ wrong: Wrong) async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            var form = app.redemption(code)
            for (name, value) in wrong.change { form[name] = value }
            let answer = try await app.token(form)
            #expect(answer.status == .badRequest && answer.error == wrong.error, "\(answer.text)")
            #expect(answer.field("error_description").isEmpty == false)
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(answer.json["access_token"] == nil && !answer.text.contains("made-up"))
            #expect(try await app.redeem(code).status == .ok)
        }
    }

    static let repeatable = ["grant_type", "code", "redirect_uri", "code_verifier", "client_id"]

    @Test("a repeated parameter is invalid_request", arguments: repeatable)
    func repeated(_ name: String) async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            let form = app.redemption(code)
            let pairs = form.map { ($0.key, Optional($0.value)) } + [(name, form[name])]
            let answer = try await app.send(
                .post, "/oidc/token", headers: [.contentType: "application/x-www-form-urlencoded"],
                body: PercentEncoding.query(pairs))
            #expect(answer.status == .badRequest && answer.error == "invalid_request")
            #expect(try await app.redeem(code).status == .ok)
        }
    }

    static let contentTypes = [
        "application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencodedx", "",
    ]

    @Test("another content type is invalid_request", arguments: contentTypes)
    func contentType(_ type: String) async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            let body = PercentEncoding.query(app.redemption(code).map { ($0.key, $0.value) })
            let answer = try await app.send(.post, "/oidc/token", headers: [.contentType: type], body: body)
            #expect(answer.status == .badRequest && answer.error == "invalid_request")
            for good in ["application/x-www-form-urlencoded;charset=UTF-8", "Application/X-WWW-Form-Urlencoded"] {
                let fine = try await app.send(.post, "/oidc/token", headers: [.contentType: good], body: "grant_type=x")
                #expect(fine.error == "invalid_client")
            }
        }
    }

    static let broken = ["%", "grant_type=%zz", "grant_type=%ff", "grant_type=a%00b", "=&=&="]

    @Test("broken encoding is a 4xx", arguments: broken)
    func malformed(_ body: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.send(
                .post, "/oidc/token", headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
            #expect((400..<500).contains(answer.status.code) && answer.error != nil)
        }
    }

    @Test("raw bytes that are not UTF-8, too many parameters, too large a body: 4xx")
    func tooMuch() async throws {
        try await TestApp.story { app in
            let many = (0..<200).map { "p\($0)=1" }.joined(separator: "&")
            let huge = "x=" + String(repeating: "y", count: 70_000)
            for (body, status) in [(many, 400), (huge, 413)] {
                let answer = try await app.send(
                    .post, "/oidc/token", headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
                #expect(answer.status.code == status && answer.error == "invalid_request")
            }
        }
    }

    static let methods: [HTTPRequest.Method] = [.get, .head, .put, .delete, .patch]

    @Test("only POST", arguments: methods)
    func method(_ method: HTTPRequest.Method) async throws {
        try await TestApp.story { app in
            let answer = try await app.send(method, "/oidc/token?grant_type=authorization_code&client_id=web")
            #expect(answer.status == .notFound || answer.status == .methodNotAllowed, "\(answer.status)")
        }
    }

    @Test("parameters of the address do not count")
    func query() async throws {
        try await TestApp.story { app in
            let code = try await app.code(in: Browser(app))
            let query = PercentEncoding.query(app.redemption(code).map { ($0.key, $0.value) })
            let answer = try await app.send(.post, "/oidc/token?\(query)", form: ["grant_type": "authorization_code"])
            #expect(answer.error == "invalid_client")
            #expect(try await app.redeem(code).status == .ok)
        }
    }

    @Test("a client without a grant is unauthorized_client")
    func grantNotAllowed() async throws {
        try await TestApp.story { app in
            let tokens = try await app.tokens("codeonly", in: Browser(app))
            #expect(tokens.json["refresh_token"] == nil)
            let answer = try await app.refresh("made-up", "codeonly")
            #expect(answer.status == .badRequest && answer.error == "unauthorized_client")
        }
    }
}
