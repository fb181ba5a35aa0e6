import HTTPTypes
import JWT
import Testing

@testable import IdP

@Suite("The file that proves the domain to WeChat")
struct DomainProofTests {
    static let files = [
        ("MP_verify_abcdefgh12345678.txt", "abcdefgh12345678"), ("MP_verify_other000.txt", "other000"),
    ]

    @Test("exact bytes for every pool at the root, on http and https, no redirect", arguments: files)
    func exact(name: String, content: String) async throws {
        for publicURL in ["https://id.example.com", "http://127.0.0.1:8080"] {
            try await TestApp.story(at: publicURL) { app in
                let answer = try await app.send("/" + name)
                #expect(answer.status == .ok && Array(answer.text.utf8) == Array(content.utf8))
                #expect(answer.headers[.contentType]?.hasPrefix("text/plain") == true)
                #expect(answer.headers[.contentLength].map { $0 == "\(content.utf8.count)" } ?? true)
                let head = try await app.send(.head, "/" + name)
                #expect(head.status == .ok && head.text.isEmpty)
                #expect(head.headers[.contentLength] == "\(content.utf8.count)")
                #expect(head.headers[.contentType] == answer.headers[.contentType])
                // WeChat's own agent and a proxy's hint change nothing.
                let proto = try #require(HTTPField.Name("X-Forwarded-Proto"))
                let proxied = try await app.send(
                    "/" + name, headers: [proto: "http", .userAgent: "Mozilla/4.0"])
                #expect(proxied.text == content && proxied.location == nil)
                #expect(try await app.send("/\(name)?from=wechat").text == content)
            }
        }
    }

    static let unknown = [
        "/MP_verify_0000000000000000.txt", "/mp_verify_abcdefgh12345678.txt", "/MP_verify_abcdefgh12345678.TXT",
        "/MP_verify_abcdefgh12345678", "/MP_verify_abcdefgh12345678.txt.bak", "/x/MP_verify_abcdefgh12345678.txt",
        "/pools/other/MP_verify_other000.txt", "/robots.txt", "/favicon.ico", "/..%2fwxidp.sqlite", "/wxidp.sqlite",
        "/master.key", "/test.yaml", "/%00", "/MP_verify_abcdefgh12345678.txt%00",
        "/MP_verify_abcdefgh12345678%2Etxt%CC%81",
    ]

    @Test("any other name is 404", arguments: unknown)
    func notThere(_ path: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.send(path)
            #expect(answer.status == .notFound && !answer.text.contains("abcdefgh12345678"), "\(answer.status)")
        }
    }

    @Test("nothing is written there")
    func writing() async throws {
        try await TestApp.story { app in
            for method in [HTTPRequest.Method.post, .put, .delete] {
                let answer = try await app.send(method, "/MP_verify_abcdefgh12345678.txt", body: "x")
                #expect([404, 405].contains(answer.status.code))
            }
            #expect(try await app.send("/MP_verify_abcdefgh12345678.txt").text == "abcdefgh12345678")
        }
    }
}
