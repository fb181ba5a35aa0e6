import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import WeChatSimulator

@Suite("WeChat's console and browser")
struct ConsoleTests {
    private static let file = "MP_verify_abcdefgh12345678.txt"
    private static let content = "abcdefgh12345678"

    @Test(
        "a domain's proof must be right to the byte",
        arguments: [
            (SimulatorOutboundResponse(status: 200, body: Array(content.utf8)), nil),
            (SimulatorOutboundResponse(status: 301, location: "https://x/"), "redirects to https://x/"),
            (SimulatorOutboundResponse(status: 404), "HTTP 404"),
            (
                SimulatorOutboundResponse(status: 200, body: [0xEF, 0xBB, 0xBF] + Array(content.utf8)),
                "byte order mark"
            ),
            (SimulatorOutboundResponse(status: 200, body: Array((content + "\r\n").utf8)), "line break"),
            (SimulatorOutboundResponse(status: 200, body: Array("<!doctype html>\(content)".utf8)), "HTML"),
            (SimulatorOutboundResponse(status: 200, body: Array("ABCDEFGH12345678".utf8)), "other content"),
            (SimulatorOutboundResponse(status: 200), "other content"),
        ]
    )
    func proof(response: SimulatorOutboundResponse, reason: String?) async throws {
        let requests = Box<SimulatorOutboundRequest>()
        try await Phone.with(sender: { request throws(SimulatorOutboundError) in
            requests.add(request)
            return request.url.hasPrefix("https:")
                ? response : SimulatorOutboundResponse(status: 200, body: Array(Self.content.utf8))
        }) { phone async throws in
            let check = await phone.simulator.verifyDomain(
                "id.example.com/mp", file: Self.file, content: Self.content)
            #expect(check.isRight == (reason == nil))
            #expect(check.findings.map(\.isRight) == [true, reason == nil])
            if let reason { #expect(check.findings[1].reason?.contains(reason) == true) }
            #expect(
                requests.all.map(\.url) == [
                    "http://id.example.com/mp/\(Self.file)", "https://id.example.com/mp/\(Self.file)",
                ])
            #expect(requests.all.allSatisfy { $0.timeout == .seconds(1) && $0.method == "GET" })
        }
    }

    @Test("a proof that cannot be fetched says why", arguments: SimulatorOutboundError.allCases)
    func unreachable(error: SimulatorOutboundError) async throws {
        try await Phone.with(sender: { _ throws(SimulatorOutboundError) in throw error }) { phone async throws in
            let answer = try await phone.send(
                .post, "/simulator/verify-domain",
                body: #"{"domain":"127.0.0.1","file":"a.txt","content":"b","httpPort":8080}"#, type: "application/json")
            let findings = answer.json["findings"] as? [[String: Any]]
            #expect(answer.json["isRight"] as? Bool == false)
            #expect(findings?.first?["url"] as? String == "http://127.0.0.1:8080/a.txt")
            #expect(findings?.allSatisfy { ($0["reason"] as? String)?.isEmpty == false } == true)
            let wrong = try await phone.send(
                .post, "/simulator/verify-domain",
                body: #"{"domain":"x","file":"a.txt","content":"b","httpPort":70000}"#,
                type: "application/json")
            #expect(wrong.status == .badRequest)
        }
    }

    @Test(
        "signatures of pages follow the official vectors",
        arguments: [
            ("http://mp.weixin.qq.com?params=value", "0f9de62fce790f9a083d5c99e95740ceb90c27ed"),
            ("http://mp.weixin.qq.com?params=value#here", "0f9de62fce790f9a083d5c99e95740ceb90c27ed"),
            ("http://mp.weixin.qq.com", "f4d90daf4b3bca3078ab155816175ba34c443a7b"),
        ]
    )
    func vectors(url: String, signature: String) {
        #expect(
            JSSDKFormat.signature(
                ticket: "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
                nonce: "Wm3WZYTPz0wzccnW", timestamp: "1414587457", url: url) == signature)
    }

    @Test("wx.config needs the account's ticket, the page's address and a registered host")
    func pageConfiguration() async throws {
        try await Phone.with { phone async throws in
            let app = Phone.app.appID
            let url = "http://127.0.0.1:8080/page?a=1"
            func check(_ signature: String, url: String = url, app: String = app) async throws -> String {
                try await phone.send(
                    .post, "/simulator/jssdk",
                    body:
                        #"{"app":"\#(app)","url":"\#(url)","nonceStr":"n","timestamp":"1","signature":"\#(signature)"}"#,
                    type: "application/json"
                ).field("errMsg")
            }
            #expect(try await check("x") == "config:invalid signature")
            let token = try await phone.accountToken()
            let ticket = try await phone.send(
                .get, "/cgi-bin/ticket/getticket?access_token=\(token)&type=jsapi"
            ).field("ticket")
            let signature = JSSDKFormat.signature(ticket: ticket, nonce: "n", timestamp: "1", url: url)
            #expect(try await check(signature) == "config:ok")
            #expect(try await check(signature, url: url + "#top") == "config:ok")
            #expect(try await check(signature, url: url + "&b=2") == "config:invalid signature")
            #expect(try await check(signature, url: "http://elsewhere.example/") == "config:invalid url domain")
            #expect(try await check(signature, app: "wx9") == "config:invalid appid")
            await phone.simulator.advanceClock(by: 7200)
            #expect(try await check(signature) == "config:invalid signature")
        }
    }

    @Test("apps and people come, change and go over HTTP, and no secret comes back")
    func registry() async throws {
        try await Phone.with { phone async throws in
            func send(_ method: HTTPRequest.Method, _ path: String, _ body: String? = nil) async throws -> TestResponse
            {
                try await phone.send(method, "/simulator/" + path, body: body, type: "application/json")
            }
            let made = try await send(
                .put, "apps/wx9999999999999999", #"{"secret":"s9","kind":"miniProgram","openPlatform":"main"}"#)
            #expect(made.status == .ok && made.field("kind") == "miniProgram" && !made.text.contains("s9"))
            let mini = SimulatedApp(appID: "wx9999999999999999", secret: "s9", kind: .miniProgram)
            #expect(
                try await send(
                    .put, "users/bob",
                    #"{"nickname":"Bob","sex":"1","phone":{"number":"7","countryCode":"44","countryCodeForm":"text"}}"#
                ).status == .ok)
            let code = try await phone.simulator.loginCode(app: mini.appID, user: "bob")
            #expect(try await phone.login(code, app: mini).field("openid").hasPrefix("o"))
            #expect(try await send(.patch, "apps/\(mini.appID)", #"{"secret":"other"}"#).status == .ok)
            let next = try await phone.simulator.loginCode(app: mini.appID, user: "bob")
            #expect(try await phone.login(next, app: mini).errcode == 40125)
            #expect(try await send(.patch, "users/bob", #"{"nickname":"Robert"}"#).field("nickname") == "Robert")
            #expect(try await send(.get, "users/bob").json["sex"] as? String == "1")
            for (method, path, body, status) in [
                (.patch, "apps/wx9", "{}", 404), (.get, "users/no-one", nil, 404), (.delete, "users/no-one", nil, 404),
                (.put, "apps/wx_9", "{}", 400), (.put, "users/a%20b", "{}", 400), (.put, "users/c", "[]", 400),
                (.patch, "users/bob", #"{"nick":"x"}"#, 400), (.patch, "users/bob", #"{"isFollower":7}"#, 400),
                (.post, "users/bob", "{}", 405),
            ] as [(HTTPRequest.Method, String, String?, Int)] {
                #expect(try await send(method, path, body).status.code == status, "\(method) \(path)")
            }
            #expect(try await send(.delete, "users/bob").status == .ok)
            #expect(try await send(.delete, "apps/\(mini.appID)").status == .ok)
            #expect(try await phone.login("x", app: mini).errcode == 40013)
            for number in 0..<1000 { _ = try await send(.put, "users/u\(number)", "{}") }
            #expect(try await send(.put, "users/toomany", "{}").status == .conflict)
            #expect(try await send(.put, "users/u1", "{}").status == .ok)
        }
    }
}
