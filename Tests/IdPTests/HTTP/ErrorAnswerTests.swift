import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWT
import Testing

@testable import IdP

/// What comes out when a handler throws: the RFC's words for programs, a page for people, nothing secret for anyone.
@Suite struct ErrorAnswerTests {
    private struct Leak: Error, CustomStringConvertible {
        var description: String { "password p4ssw0rd of openid oABC" }
    }

    @Test(
        "what an unknown error says reaches neither the answer nor the log",
        arguments: ["text/html", "application/json", ""])
    func unknown(_ accept: String) async throws {
        let stand = PageStand()
        let answer = try await stand.answer(headers: [.accept: accept]) { _, _ in throw Leak() }
        #expect(answer.status == .internalServerError)
        #expect(!answer.text.contains("p4ssw0rd"))
        #expect(!stand.log.lines.joined().contains("p4ssw0rd"))
        #expect(stand.log.lines.contains { $0.hasPrefix("error") && $0.contains("Leak") })
        #expect(answer.text.contains("server_error") == (accept != "text/html"))
        #expect(answer.text.contains("internal-error") == (accept == "text/html"))
    }

    @Test("an address that is not there is a page for people and JSON for programs")
    func notFound() async throws {
        let page = try await PageStand().answer(path: "/nowhere") { _, _ in Response(status: .ok) }
        #expect(page.status == .notFound)
        let program = try await PageStand().answer(headers: [:], path: "/nowhere") { _, _ in Response(status: .ok) }
        #expect(program.status == .notFound)
        #expect(program.headers[.xFrameOptions] == "DENY")
        #expect(program.headers[.xRequestID]?.count == 16)
    }

    @Test("a request id from outside is not believed")
    func requestID() async throws {
        let stand = PageStand()
        let answer = try await stand.answer(headers: [.xRequestID: "forged-0123456789", .accept: "text/html"]) { _, _ in
            throw PageFailure(.badRequest)
        }
        #expect(answer.headers[.xRequestID]?.contains("forged") == false)
        #expect(!stand.log.lines.joined().contains("forged"))
    }

    @Test("the log has the route, and never the query")
    func query() async throws {
        let stand = PageStand()
        _ = try await stand.answer(path: "/here?code=s3cr3t&state=t0k3n") { _, _ in Response(status: .ok) }
        #expect(stand.log.lines.contains { $0.contains("route=/here") && $0.contains("status=200") })
        #expect(!stand.log.lines.joined().contains("s3cr3t"))
        #expect(!stand.log.lines.joined().contains("t0k3n"))
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var error: OAuthError
        var status: HTTPResponse.Status
        var challenge: String?
        var testDescription: String { "\(error.code.rawValue) \(error.challenge)" }
    }

    static let rows: [Row] = [
        Row(error: OAuthError(.invalidRequest, "d"), status: .badRequest),
        Row(error: OAuthError(.invalidGrant, "d"), status: .badRequest),
        Row(error: OAuthError(.unsupportedGrantType, "d"), status: .badRequest),
        Row(
            error: OAuthError(.invalidClient, "d", challenge: .basic), status: .unauthorized,
            challenge: "Basic realm=\"wxidp\""),
        Row(
            error: OAuthError(.invalidRequest, "d", challenge: .bearer(namesError: false)), status: .unauthorized,
            challenge: "Bearer realm=\"wxidp\""),
        Row(
            error: OAuthError(.invalidToken, "d", challenge: .bearer(namesError: true)), status: .unauthorized,
            challenge: "Bearer realm=\"wxidp\", error=\"invalid_token\", error_description=\"d\""),
        Row(
            error: OAuthError(.insufficientScope, "d", challenge: .bearer(namesError: true)), status: .forbidden,
            challenge: "Bearer realm=\"wxidp\", error=\"insufficient_scope\", error_description=\"d\""),
        Row(error: OAuthError(.serverError, "d"), status: .internalServerError),
        Row(error: OAuthError(.temporarilyUnavailable, "d"), status: .serviceUnavailable),
    ]

    @Test("a program gets the RFC's code, its status and the challenge that is due", arguments: rows)
    func oauth(_ row: Row) async throws {
        let answer = try await PageStand().answer { _, _ in throw row.error }
        #expect(answer.status == row.status)
        #expect(answer.headers[.wwwAuthenticate] == row.challenge)
        #expect(answer.headers[.contentType] == "application/json")
        #expect(answer.headers[.cacheControl] == "no-store")
        let json = try JSON.parse(answer.bytes)
        #expect(json["error"]?.stringValue == row.error.code.rawValue)
        #expect(json["error_description"]?.stringValue == "d")
    }

    // MARK: Forms

    private func form(_ type: String?, _ body: [UInt8]) async throws -> TestResponse {
        var headers = HTTPFields()
        headers[.contentType] = type
        return try await PageStand().answer(headers: headers, method: .post, body: body) { request, _ in
            let form = try await FormBody.read(request)
            let value: String?
            do throws(IdP.Parameters.Failure) { value = try form["a"] } catch { throw OAuthError(error) }
            return .bytes(Array((value ?? "-").utf8), contentType: "text/plain")
        }
    }

    @Test(
        "a form of another type is refused",
        arguments: [
            nil, "", "application/json", "multipart/form-data; boundary=x", "text/plain",
            "application/x-www-form-urlencodedx",
            "x; application/x-www-form-urlencoded",
        ])
    func formType(_ type: String?) async throws {
        let answer = try await form(type, Array("a=1".utf8))
        #expect(answer.status == .badRequest)
        #expect(answer.text.contains("invalid_request"))
    }

    @Test(
        "a form that is malformed, repeats itself or never ends is refused",
        arguments: [
            (Array("a=%zz".utf8), 400), ([0x61, 0x3D, 0xFF], 400), (Array("a=%00".utf8), 400),
            (Array("a=1&a=2".utf8), 400),
            (Array(String(repeating: "x&", count: 200).utf8), 400), ([UInt8](repeating: 0x61, count: 65_537), 413),
        ])
    func formBody(_ body: [UInt8], _ status: Int) async throws {
        let answer = try await form("application/x-www-form-urlencoded", body)
        #expect(answer.status.code == status)
        #expect(answer.text.contains("invalid_request"))
    }

    @Test(
        "a form is read, whatever its type says about the alphabet",
        arguments: [
            "application/x-www-form-urlencoded", "application/x-www-form-urlencoded;charset=UTF-8",
            "Application/X-WWW-Form-URLEncoded ; charset=utf-8",
        ])
    func formRead(_ type: String) async throws {
        #expect(try await form(type, Array("a=%E4%BD%A0+b".utf8)).text == "你 b")
    }
}
