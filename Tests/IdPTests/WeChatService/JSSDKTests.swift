import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat

@testable import IdP

/// Signatures for WeChat's JS-SDK.
@Suite("JS-SDK signatures") struct JSSDKTests {
    @Test(
        "the vectors hold",
        arguments: [
            ("http://mp.weixin.qq.com?params=value", "0f9de62fce790f9a083d5c99e95740ceb90c27ed"),
            ("http://mp.weixin.qq.com", "f4d90daf4b3bca3078ab155816175ba34c443a7b"),
        ])
    func official(page: String, signature: String) throws {
        let ticket = JSAPITicket(
            "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg")
        let text = try #require(SignedPage(page + "#fragment")).text
        #expect(text == page)
        let signed = JSSDKSignature(page: text, ticket: ticket, nonce: "Wm3WZYTPz0wzccnW", timestamp: 1_414_587_457)
        #expect(signed.signature == signature)
    }

    @Test("the made-up vector holds: nothing in the address is decoded")
    func madeUp() throws {
        let page = try #require(SignedPage("https://idp.example.com/app/login?a=1&b=%E4%B8%AD"))
        let signed = JSSDKSignature(
            page: page.text, ticket: JSAPITicket("TICKET-made-up_0123456789"), nonce: "n0nce0001",
            timestamp: 1_700_000_000)
        #expect(signed.signature == "9062a9344577709beb09f16b7a37a0d621247c00")
    }

    @Test(
        "a page on any other host, port or scheme is not signed for",
        arguments: [
            ("mp", "https://evil.example.net/"), ("mp", "https://app.example.com.evil.net/"),
            ("mp", "http://app.example.com/"), ("mp", "https://app.example.com:8443/"),
            ("mp", "https://xapp.example.com/"), ("mp", "https://example.com/"),
            ("wild", "https://example.com/"), ("wild", "https://a.example.com:444/"),
            ("wild", "https://a.example.com.evil.net/"), ("base", "https://other.example.com/back"),
            ("base", "https://app.example.com/"), ("mp", "https://second.example.com/cb"),
            ("mp", "https://id.example.com/"), ("mp", "https://other.example.org/cb"),
        ])
    func otherHosts(connection: String, page: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.jssdkConfig(page, connection)
            #expect(answer.status == .forbidden && answer.error == "access_denied")
            #expect(app.bridge.calls("/cgi-bin/") == 0)
        }
    }

    @Test(
        "what is no address of a page is refused",
        arguments: [
            "", "app.example.com", "//app.example.com/", "https://", "https:///x",
            "https://app.example.com\\@evil.net/",
            "https://user@app.example.com/", "https://APP.example.com/", "https://app.example.com/a b",
            "https://app.example.com/?x&timestamp=1&url=https://other.example.net/",
            "https://app.example.com/\r\n", "javascript:alert(1)//://app.example.com",
            "https://app.example.com/" + String(repeating: "a", count: 2048), "https://app.example.com%2f@evil.net/",
        ])
    func noAddress(page: String) async throws {
        try await TestApp.story { app in
            let answer = try await app.jssdkConfig(page)
            #expect(answer.status == .badRequest || answer.status == .forbidden, "\(answer.status)")
            #expect(app.bridge.calls("/cgi-bin/") == 0)
        }
    }

    @Test("neither unknown connections nor mini programs have pages to sign")
    func notFound() async throws {
        try await TestApp.story { app in
            for connection in ["nothing", "mini"] {
                let answer = try await app.jssdkConfig("https://app.example.com/", connection)
                #expect(answer.status == .notFound)
            }
            #expect(try await app.send("/api/v1/wechat/mp/jssdk-config").status == .badRequest)
        }
    }

    @Test(
        "pages of registered hosts get a signature over their very text",
        arguments: [
            ("mp", "https://app.example.com"), ("mp", "https://app.example.com?from=singlemessage&isappinstalled=0"),
            ("mp", "https://app.example.com/any/path?q={a|b}^`%zz&x=%E4%B8%AD+1"),
            ("wild", "https://a.b.example.com/x"),
            ("base", "https://base.example.com/elsewhere"), ("legacy", "https://legacy.example.com/"),
        ])
    func signed(connection: String, page: String) async throws {
        try await TestApp.story { app in
            app.bridge.script(
                .body(#"{"access_token":"SHARED","expires_in":7200}"#),
                .body(#"{"errcode":0,"errmsg":"ok","ticket":"TICKET","expires_in":7200}"#))
            let answer = try await app.jssdkConfig(page + "#/route?x", connection)
            #expect(answer.status == .ok, "\(answer.text)")
            let found = try #require(answer.json.objectValue)
            #expect(Set(found.keys) == ["appId", "timestamp", "nonceStr", "signature"])
            let timestamp = try #require(found["timestamp"]?.integerValue)
            #expect(timestamp == Int64(app.clock.now.timeIntervalSince1970))
            let text =
                "jsapi_ticket=TICKET&noncestr=\(answer.field("nonceStr"))&timestamp=\(timestamp)&url=\(page)"
            #expect(answer.field("signature") == SHA1.hash(Array(text.utf8)).hex)
            #expect(answer.headers[.cacheControl] == "no-store")
            // The next one costs WeChat nothing, and has another nonce.
            let next = try await app.jssdkConfig(page, connection)
            #expect(next.field("nonceStr") != answer.field("nonceStr"))
            #expect(app.bridge.calls("/cgi-bin/") == 2)
        }
    }

    @Test("the SDK's default name means the application's official account")
    func defaultName() async throws {
        try await TestApp.story { app in
            for (client, appID) in [("second", "wx0000000000000002"), ("based", "wx0000000000000003")] {
                let page = PercentEncoding.encode(AuthorizationRequest.redirectURI(client))
                let answer = try await app.send(
                    "/api/v1/wechat/wechat:webpage-authorization/jssdk-config?app_id=\(client)&url=\(page)")
                #expect(answer.field("appId") == appID, "\(answer.text)")
            }
            let unnamed = try await app.jssdkConfig("https://app.example.com/", "wechat:webpage-authorization")
            #expect(unnamed.field("appId") == "wx0000000000000001")
        }
    }

    @Test("pages of registered origins may call it from their own, without credentials")
    func crossOrigin() async throws {
        try await TestApp.story { app in
            let path = "/api/v1/wechat/mp/jssdk-config?url=https%3A%2F%2Fapp.example.com%2F"
            for (origin, isAllowed) in [("https://app.example.com", true), ("https://evil.example.net", false)] {
                let answer = try await app.send(path, headers: [.origin: origin])
                #expect(answer.headers[.accessControlAllowOrigin] == (isAllowed ? origin : nil))
                #expect(answer.headers[.accessControlAllowCredentials] == nil)
                let asked = try await app.send(
                    .options, path, headers: [.origin: origin, .accessControlRequestMethod: "GET"])
                #expect(asked.status == (isAllowed ? .noContent : .forbidden))
            }
        }
    }

    @Test("WeChat's silence is a passing failure")
    func silence() async throws {
        try await TestApp.story { app in
            app.bridge.script(.fails(.answerLost(.timedOut)), .fails(.answerLost(.timedOut)))
            let answer = try await app.jssdkConfig("https://app.example.com/")
            #expect(answer.status == .serviceUnavailable && answer.error == "temporarily_unavailable")
        }
    }
}
