import HTTPTypes
import Testing

@testable import IdP

/// Redirect addresses: B1.
enum RedirectRequirements {
    /// Everything near an address that is not the address: each character in other case, encoded, doubled and left out,
    /// and what has worked elsewhere.
    static func variants(of address: String) -> [String] {
        let scalars = Array(address.unicodeScalars).map { String($0) }
        var variants: Set<String> = []
        for (index, character) in scalars.enumerated() {
            let encoded = "%" + Array(character.utf8).hex
            for other in [
                character.uppercased(), character.lowercased(), encoded, encoded.uppercased(),
                encoded.replacing("%", with: "%25"), character + character, "",
            ] {
                variants.insert((scalars[..<index] + [other] + scalars[(index + 1)...]).joined())
            }
        }
        let (host, path) = Address.split(address) ?? ("", "/")
        for suffix in [
            "/", "/.", "/..", "?", "?a=b", "#", "#a", "%00", "%20", " ", "\\", ";a", "%2f", "\u{301}", "&a=b",
        ] {
            variants.insert(address + suffix)
        }
        for authority in [
            "\(host):443", "\(host).", "user@\(host)", "\(host)@evil.example", "evil.example\\@\(host)",
            "evil.example%2f@\(host)", "sub.\(host)", "x\(host)", "\(host).evil.example", "evil.example",
            "\(host):443@evil.example", "\(host)%2eevil.example",
        ] {
            variants.insert("https://\(authority)\(path)")
        }
        for path in ["/.\(path)", "/x/..\(path)", "/%2e%2e\(path)", "/x/%2e%2e\(path)", "/\(path)", "/..;\(path)"] {
            variants.insert("https://\(host)\(path)")
        }
        variants.formUnion(["http://\(host)\(path)", "//\(host)\(path)", path, "*", "https://*", "javascript:alert(1)"])
        variants.remove(address)
        return variants.sorted()
    }

    @Sendable static func exactMatch() async throws {
        try await TestApp.story { app in
            let variants = variants(of: "https://app.example.com/cb")
            #expect(variants.count > 150)
            for uri in variants {
                let answer = try await Browser(app).request(
                    AuthorizationRequest("web", ["redirect_uri": uri, "prompt": "none"]).url)
                #expect(answer.status == .badRequest && answer.location == nil, "\(uri)")
            }
            let right = try await Browser(app).request(AuthorizationRequest("web", ["prompt": "none"]).url)
            #expect(right.query["error"] == "login_required")
        }
    }

    @Sendable static func loopback() async throws {
        try await TestApp.story { app in
            let others = [
                "http://127.0.0.1:80@evil.example/cb", "http://127.0.0.1:4711@evil.example/cb",
                "http://127.0.0.1.evil.example:4711/cb", "http://localhost:4711/cb", "http://localhost.evil:4711/cb",
                "http://[::1]:4711/cb", "http://127.1:4711/cb", "http://2130706433:4711/cb", "http://127.0.0.1:4711/",
                "http://127.0.0.2:4711/cb", "https://127.0.0.1:4711/cb", "http://127.0.0.1:4711/cb/../x",
                "http://127.0.0.1:65536/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:4711/CB",
                "http://127.0.0.1:x/cb",
                "http://127.0.0.1:4711/cb?a=b", "http://127.0.0.1:4711/cb#", "http://user@127.0.0.1:4711/cb",
                "http://127.0.0.1:-1/cb", "http://127.0.0.1:+80/cb", "http://127.0.0.1:٤/cb", "http://0x7f.1:4711/cb",
            ]
            for uri in others {
                let answer = try await Browser(app).request(
                    AuthorizationRequest("native", ["redirect_uri": uri, "prompt": "none"]).url)
                #expect(answer.status == .badRequest && answer.location == nil, "\(uri)")
            }
            for port in [":4711", ":80", ":1", ":65535"] {
                let uri = "http://127.0.0.1\(port)/cb"
                let right = try await Browser(app).request(
                    AuthorizationRequest("native", ["redirect_uri": uri, "prompt": "none"]).url)
                #expect(right.location?.hasPrefix(uri + "?error=login_required") == true, "\(uri)")
            }
        }
    }

    @Sendable static func nothingLearned() async throws {
        let bare = "{client_id: bare, client_secret: bare-secret-0123456789, grant_types: [authorization_code]}"
        try await TestApp.story(yaml: { $0.addingApplications([bare]) }) { app in
            for uri in ["https://evil.example/cb", "https://evil.example/cb", "", "*", ".*"] as [String?] + [nil] {
                let answer = try await Browser(app).open(
                    AuthorizationRequest("bare", ["redirect_uri": uri]).url)
                #expect(answer.status == .badRequest && answer.location == nil)
            }
            #expect(try await app.isUntouched())
        }
    }

    @Sendable static func schemes() async throws {
        let refused = [
            "javascript:alert(1)", "JavaScript://a.example/%0aalert(1)", "data:text/html,x", "vbscript:x",
            "file:///etc/passwd", "blob:https://a.example/x", "http://a.example/cb", "http://127.0.0.1.a.example/cb",
            "app:/cb", "ftp://a.example/cb", "about:blank", "https://a.example/cb#x", "https://*.example.com/cb",
        ]
        for (uri, isTaken) in refused.map({ ($0, false) }) + [
            ("https://a.example/cb", true), ("http://127.0.0.1:1/cb", true), ("com.example.app:/cb", true),
        ] {
            let application = "{client_id: new, application_type: native, redirect_uris: [\"\(uri)\"]}"
            let yaml = TestConfiguration.yaml(publicURL: "https://id.example.com").addingApplications([application])
            let configuration = try? Configuration.parse(yaml, file: "test.yaml", folder: "/", environment: [:])
            #expect((configuration != nil) == isTaken, "\(uri)")
        }
    }

    @Sendable static func otherAddresses() async throws {
        try await LogoutStand.story { app in
            let browser = Browser(app)
            var hint = try await app.tokens(in: browser).field("id_token")
            for uri in variants(of: LogoutStand.bye) {
                for parameters in [["id_token_hint": hint], ["client_id": "web"]] {
                    let answer = try await browser.request(
                        LogoutStand.url(parameters.merging(["post_logout_redirect_uri": uri]) { $1 }))
                    #expect(answer.location == nil, "\(uri)")
                }
            }
            // Parameters of other people's programs mean nothing here.
            for name in ["next", "return", "return_to", "returnTo", "redirect_uri", "redirect_url", "target_link_uri"] {
                for path in ["/oidc/session/end", "/oidc/consents", "/oidc/device", "/connections/wechat/callback"] {
                    let answer = try await Browser(app).request("\(path)?\(name)=https%3A%2F%2Fevil.example%2F")
                    #expect(answer.location == nil, "\(path) \(name)")
                    #expect(!answer.text.contains("evil.example"), "\(path) \(name)")
                }
            }
            for uri in variants(of: "https://base.example.com/back") {
                let answer = try await Browser(app).request(
                    TestApp.socialStart("base", client: "based", redirectURL: uri))
                #expect(answer.location?.hasPrefix("https://\(TestApp.wechatHost)/") != true, "\(uri)")
                #expect(answer.location == nil, "\(uri)")
            }
            hint = try await app.tokens(in: browser).field("id_token")
            let right = try await browser.request(
                LogoutStand.url(["id_token_hint": hint, "post_logout_redirect_uri": LogoutStand.bye]))
            #expect(right.location == LogoutStand.bye)
        }
    }

    @Sendable static func labels() async throws {
        // There is no registration by policy; the one pattern with host names is that of a connection's callback URL.
        try await TestApp.story { app in
            for host in [
                "second.example.com.evil.example", "evilexample.com", "evil.example", "example.com",
                "a.example.com.", "example.com.evil.example", "a.example.comx", "a%2eexample.com", "a.example.com:8443",
            ] {
                let answer = try await Browser(app).request(
                    TestApp.socialStart("wild", client: "second", redirectURL: "https://\(host)/cb"))
                #expect(answer.location == nil && answer.status == .badRequest, "\(host)")
            }
            let right = try await Browser(app).request(
                TestApp.socialStart("wild", client: "second", redirectURL: "https://second.example.com/cb"))
            #expect(right.location?.hasPrefix("https://\(TestApp.wechatHost)/") == true)
        }
    }
}
