import HTTPTypes
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

/// Addresses: WeChat's, ours, and those in the configuration.
enum AddressTraps {
    private static let callback = "https%3A%2F%2Fid.example.com%2Fconnections%2Fwechat%2Fcallback"

    /// Where the first visit is sent.
    private static func authorizeAddress(_ app: TestApp) async throws -> String {
        try #require(try await Browser(app).request(AuthorizationRequest().url).location)
    }

    @Sendable static func encodedOnce() async throws {
        try await TestApp.story { app async throws -> Void in
            let address = try await authorizeAddress(app)
            let state = try #require(Address.parameters(address, after: "?")["state"])
            #expect(
                address == "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0000000000000001"
                    + "&redirect_uri=\(callback)&response_type=code&scope=snsapi_base&state=\(state)#wechat_redirect")
        }
    }

    @Sendable static func documentedOrder() async throws {
        try await TestApp.story { app async throws -> Void in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            _ = try await browser.pressOn(
                try await browser.open(AuthorizationRequest("web", ["prompt": "login"]).url))
            #expect(browser.wechatVisits.count >= 3)
            for visit in browser.wechatVisits {
                let names = visit.drop { $0 != "?" }.dropFirst().prefix { $0 != "#" }.split(separator: "&")
                    .map { $0.prefix { $0 != "=" } }
                #expect(names.prefix(5) == ["appid", "redirect_uri", "response_type", "scope", "state"])
                #expect(visit.hasSuffix("#wechat_redirect"))
            }
        }
    }

    @Sendable static func plainRedirectURI() async throws {
        try await TestApp.story { app async throws -> Void in
            for client in ["web", "second", "full"] {
                let answer = try await Browser(app).request(AuthorizationRequest(client).url)
                let theirs = Address.parameters(answer.location ?? "", after: "?")["redirect_uri"]
                #expect(theirs == nil || theirs == "https://id.example.com/connections/wechat/callback")
            }
        }
    }

    @Sendable static func callbackAddress() async throws {
        for address in ["not an address", "www.example.com", "http://www.example.com/cb", "https://user@example.com/"] {
            #expect(throws: (any Error).self, "\(address)") {
                _ = try ConfigurationText.parse(
                    ConfigurationText.minimal().replacing("callback_url: \"#\"", with: "callback_url: \"\(address)\""))
            }
        }
        // WeChat compares hosts with upper and lower case apart, so ours has one form only.
        #expect(throws: (any Error).self) {
            _ = try ConfigurationText.parse(ConfigurationText.minimal(top: "public_url: https://ID.example.com"))
        }
        try await TestApp.story { app async throws -> Void in
            #expect(try await authorizeAddress(app).contains("redirect_uri=\(callback)&"))
        }
    }

    @Sendable static func httpsOnly() async throws {
        #expect(throws: (any Error).self) {
            _ = try ConfigurationText.parse(ConfigurationText.minimal(top: "public_url: http://id.example.com"))
        }
        try await TestApp.story { app async throws -> Void in
            #expect(try await authorizeAddress(app).contains("redirect_uri=https%3A"))
        }
    }

    @Sendable static func noConnection() async throws {
        let onlyMini: @Sendable (String) -> String = {
            $0.replacing(
                "client_id: full, redirect_uris: [\"https://full.example.com/cb\"], connections: [full]",
                with: "client_id: full, redirect_uris: [\"https://full.example.com/cb\"], connections: [mini]")
        }
        try await TestApp.story(yaml: onlyMini) { app async throws -> Void in
            let browser = Browser(app)
            let answer = try await browser.request(AuthorizationRequest("full").url)
            #expect(answer.location?.contains("weixin") != true, "\(answer.location ?? "")")
            #expect(browser.wechatVisits.isEmpty)
        }
    }

    @Sendable static func halfAPair() async throws {
        for (name, value) in [
            ("app_id: wx0123456789abcdef", "app_id: \"\""), ("app_secret: s3cr3t", "app_secret: \"\""),
        ] {
            #expect(throws: (any Error).self, "\(value)") {
                _ = try ConfigurationText.parse(ConfigurationText.minimal().replacing(name, with: value))
            }
        }
        _ = try ConfigurationText.parse(ConfigurationText.minimal())
    }

    /// WeChat itself says 10005 on its own page; what we can do is to say "operator" when its API tells us.
    @Sendable static func accountWithoutScope() async throws {
        try await TestApp.story { app async throws -> Void in
            await app.simulator.setBehaviour { $0.faults["exchange"] = .error(48004) }
            let page = try await Browser(app).open(AuthorizationRequest().url)
            #expect(page.page == "connection-misconfigured")
            let line = try #require(app.log.lines.first { $0.contains("connection-misconfigured") })
            #expect(line.hasPrefix("error") && line.contains("48004"))
        }
    }

    @Sendable static func loopback() async throws {
        try await TestApp.story(at: "http://127.0.0.1:8080") { app async throws -> Void in
            let browser = Browser(app)
            #expect(try await !app.code(in: browser).isEmpty)
            #expect(browser.wechatVisits.allSatisfy { $0.contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2F") })
        }
    }

    @Sendable static func domainProof() async throws {
        for publicURL in ["https://id.example.com", "http://127.0.0.1:8080"] {
            try await TestApp.story(at: publicURL) { app async throws -> Void in
                for (name, content) in DomainProofTests.files {
                    let answer = try await app.send("/" + name)
                    #expect(answer.status == .ok && Array(answer.text.utf8) == Array(content.utf8))
                    #expect(answer.location == nil)
                }
            }
        }
    }

    @Sendable static func alwaysState() async throws {
        try await TestApp.story { app async throws -> Void in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            for visit in browser.wechatVisits {
                #expect(Address.parameters(visit, after: "?")["state"]?.isEmpty == false)
            }
            // Our SDK's two ways to sign in send one as well; its own tests run it.
            let sdk = try await app.send("/wxmp-sdk.js").text
            #expect(sdk.contains("state"))
            let oldest = try await browser.request("/oauth/wechatmp/url/default")
            #expect(Address.parameters(oldest.location ?? "", after: "?")["state"]?.isEmpty != true)
        }
    }
}
