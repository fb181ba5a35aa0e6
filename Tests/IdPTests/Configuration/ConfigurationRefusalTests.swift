import Foundation
import Testing

@testable import IdP

/// What is wrong with a file, and what the operator must be told about it.
@Suite struct ConfigurationRefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        /// The key that the problem names.
        var key: String
        /// A piece of the line that the problem names.
        var piece: String
        var testDescription: String { name }

        init(_ name: String, _ text: String, key: String, at piece: String) {
            (self.name, self.text, self.key, self.piece) = (name, text, key, piece)
        }
    }

    @Test("is refused with its file, line and key", arguments: topCases + connectionCases + applicationCases)
    func refused(_ row: Case) throws {
        let problems = ConfigurationText.problems(row.text)
        let found = problems.first { $0.key == row.key }
        let problem = try #require(found, "got: \(problems)")
        #expect(problem.source == "wxidp.yaml")
        #expect(problem.line == ConfigurationText.line(of: row.piece, in: row.text))
        #expect(!problem.message.isEmpty)
        #expect(!problem.remedy.isEmpty)
        #expect(problem.description.hasPrefix("wxidp.yaml:\(problem.line ?? 0): \(row.key): "))
    }

    private static func top(_ name: String, _ line: String, key: String) -> Case {
        let address = line.hasPrefix("public_url") ? "" : "public_url: https://id.example.com\n"
        return Case(name, ConfigurationText.minimal(top: address + line), key: key, at: line)
    }

    static let topCases: [Case] = [
        top("unknown key", "publik_url: https://id.example.com", key: "publik_url"),
        top("public_url with a path", "public_url: https://id.example.com/sso", key: "public_url"),
        top("public_url with a query", "public_url: https://id.example.com?x=1", key: "public_url"),
        top("public_url with a fragment", "public_url: https://id.example.com#x", key: "public_url"),
        top("public_url with a user", "public_url: https://root@id.example.com", key: "public_url"),
        top("public_url in upper case", "public_url: https://ID.example.com", key: "public_url"),
        top("public_url without scheme", "public_url: id.example.com", key: "public_url"),
        top("public_url with another scheme", "public_url: ftp://id.example.com", key: "public_url"),
        top("public_url over http", "public_url: http://id.example.com", key: "public_url"),
        top("public_url over http, private network", "public_url: http://10.0.0.7:8080", key: "public_url"),
        top("public_url with two slashes behind", "public_url: https://id.example.com//", key: "public_url"),
        top("public_url as a list", "public_url: [https://id.example.com]", key: "public_url"),
        top("public_url without a value", "public_url:", key: "public_url"),
        top("listen without port", "listen: 127.0.0.1", key: "listen"),
        top("listen on a port out of range", "listen: 127.0.0.1:65536", key: "listen"),
        top("listen with a sign", "listen: 127.0.0.1:+80", key: "listen"),
        top("listen on bare IPv6", "listen: ::1:8080", key: "listen"),
        top("ops_listen as a number", "ops_listen: 8081", key: "ops_listen"),
        top("database without a kind", "database: wxidp.sqlite", key: "database"),
        top("database without a file", "database: 'sqlite:'", key: "database"),
        top("database of another maker", "database: mysql://root:pw@host/x", key: "database"),
        top("allow_http in words", "allow_http: yes", key: "allow_http"),
        top("log_format", "log_format: xml", key: "log_format"),
        top("log_level", "log_level: loud", key: "log_level"),
        top("tls without key", "tls: {certificate: /etc/hosts}", key: "tls"),
        top("tls file that is not there", "tls: {certificate: no.pem, key: no.key}", key: "tls.certificate"),
        top("tls as a text", "tls: on", key: "tls"),
        top("trusted_proxies as a text", "trusted_proxies: 10.0.0.0/8", key: "trusted_proxies"),
        top("trusted_proxies with a name", "trusted_proxies: [proxy.example.com]", key: "trusted_proxies[0]"),
        top("trusted_proxies too wide", "trusted_proxies: [10.0.0.0/33]", key: "trusted_proxies[0]"),
        top("wechat over http", "wechat: {api_url: http://api.example.com}", key: "wechat.api_url"),
        top("wechat with a query", "wechat: {api_url: 'https://a.example.com?x'}", key: "wechat.api_url"),
        top("wechat page without scheme", "wechat: {open_url: open.weixin.qq.com}", key: "wechat.open_url"),
        top("wechat backup over http", "wechat: {backup_api_url: http://a.example.com}", key: "wechat.backup_api_url"),
        top("wechat time in words", "wechat: {timeout: soon}", key: "wechat.timeout"),
        top("wechat time below zero", "wechat: {connect_timeout: -1s}", key: "wechat.connect_timeout"),
        top("no time for WeChat at all", "wechat: {timeout: 0s}", key: "wechat.timeout"),
        top("wechat unknown key", "wechat: {apiurl: https://api.weixin.qq.com}", key: "wechat.apiurl"),
    ]

    private static func connection(_ name: String, _ lines: String, key: String, at piece: String? = nil) -> Case {
        Case(
            name, ConfigurationText.minimal(connection: lines), key: "pools[0].connections[0]\(key)",
            at: piece ?? lines)
    }

    static let connectionCases: [Case] = [
        connection("unknown key", "appsecret: x", key: ".appsecret"),
        connection("scope", "scope: snsapi_login", key: ".scope"),
        connection("proof without content", "txt_filename: MP_verify_a.txt", key: ".txt_filename"),
        connection("proof without name", "txt_content: abc", key: ".txt_content"),
        connection(
            "proof with a path", "txt_filename: ../a.txt\ntxt_content: abc", key: ".txt_filename", at: "txt_filename"),
        connection(
            "proof that is a page", "txt_filename: index.html\ntxt_content: abc", key: ".txt_filename",
            at: "txt_filename"),
        connection(
            "proof with markup", "txt_filename: a.txt\ntxt_content: <b>abc</b>", key: ".txt_content", at: "txt_content"),
        connection(
            "proof under a reserved name", "txt_filename: robots.txt\ntxt_content: abc", key: ".txt_filename",
            at: "txt_filename"),
        connection(
            "proof under a reserved name in capitals", "txt_filename: Security.txt\ntxt_content: abc",
            key: ".txt_filename", at: "txt_filename"),
        connection("legacy_query_response", "legacy_query_response: 1", key: ".legacy_query_response"),
    ]

    private static func application(_ name: String, _ lines: String, key: String, at piece: String? = nil) -> Case {
        Case(
            name, ConfigurationText.minimal(application: lines), key: "pools[0].applications[0]\(key)",
            at: piece ?? lines)
    }

    static let applicationCases: [Case] = [
        application("unknown key", "redirect_uri: https://a.example.com/", key: ".redirect_uri"),
        application(
            "method without secret", "token_endpoint_auth_method: client_secret_post",
            key: ".token_endpoint_auth_method"),
        application(
            "unsupported method", "client_secret: s\ntoken_endpoint_auth_method: tls_client_auth",
            key: ".token_endpoint_auth_method", at: "token_endpoint"),
        application(
            "secret of a public client", "client_secret: s\ntoken_endpoint_auth_method: none",
            key: ".client_secret", at: "client_secret: s"),
        application("empty secret", "client_secret: ''", key: ".client_secret"),
        application("null as secret", "client_secret: null", key: ".client_secret"),
        application("~ as secret", "client_secret: ~", key: ".client_secret"),
        application("implicit flow", "response_types: [id_token]", key: ".response_types"),
        application("unsupported grant", "grant_types: [password]", key: ".grant_types[0]"),
        application("application_type", "application_type: browser", key: ".application_type"),
        application("a format of no token", "access_token_format: paper", key: ".access_token_format"),
        application("another algorithm", "id_token_signed_response_alg: none", key: ".id_token_signed_response_alg"),
        application("a profile this version lacks", "profile: fapi2_security", key: ".profile"),
        application("life without unit it knows", "id_token_lifetime: 1w", key: ".id_token_lifetime"),
        application("no life at all", "access_token_lifetime: 0s", key: ".access_token_lifetime"),
        application("a life with a sign", "access_token_lifetime: +5m", key: ".access_token_lifetime"),
        application("redirect_uris as a text", "redirect_uris: https://a.example.com/", key: ".redirect_uris"),
        application("redirect_uris below", "redirect_uris: [{a: b}]", key: ".redirect_uris[0]"),
    ]

    @Test(
        "a return address that is none is refused, for signing in and for signing out",
        arguments: [
            "javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "about:blank", "blob:x",
            "https://a.example.com/#", "https://a.example.com/#x", "https://u@a.example.com/",
            "https://u:p@a.example.com/", "http://a.example.com/", "//a.example.com/", "/back", "a.example.com",
            "https:/a.example.com", "https:a.example.com", "https://", "https://A.example.com/",
            "https://a.example.com\\\\@b.example.com/", "https://*.example.com/", "https://a.example.com/*", "*",
            "myapp:/back", "urn:ietf:wg:oauth:2.0:oob", "https://a.example.com/%zz", "https://a.example.com:0/",
            "https://a.example.com:65536/", "https://пример.рф/", "https://a.example.com/é", "https://a.example.com/ x",
        ])
    func returnAddress(_ address: String) throws {
        for key in ["redirect_uris", "post_logout_redirect_uris"] {
            let text = ConfigurationText.minimal(application: "\(key): [\"\(address)\"]")
            let problems = ConfigurationText.problems(text)
            #expect(problems.map(\.key) == ["pools[0].applications[0].\(key)[0]"], "\(key): \(problems)")
            #expect(problems.first?.line == ConfigurationText.line(of: key, in: text))
        }
    }

    @Test("a custom scheme belongs to native applications, which ask the person each time")
    func customScheme() throws {
        let uris = "redirect_uris: ['com.example.app:/back']"
        let problems = ConfigurationText.problems(ConfigurationText.minimal(application: uris))
        #expect(problems.count == 1, "\(problems)")
        let native = try ConfigurationText.parse(
            ConfigurationText.minimal(application: uris + "\napplication_type: native"))
        #expect(native.pools[0].applications[0].redirectURIs == ["com.example.app:/back"])
        #expect(native.pools[0].applications[0].needsConfirmation)
    }

    @Test(
        "a callback pattern that covers strangers is refused",
        arguments: [
            "*", "https://*", "https://*/*", "https://*.com/*", "https://*.cn/*", "https://*.com.cn/*",
            "https://*.co.uk/*",
            "https://*.gov.cn/*", "https://*.localhost/*", "https://*.*.example.com/*", "https://www.*.com/*",
            "https://w*.example.com/*", "https://*example.com/*", "https://example.com*", "https://example.com/a*",
            "https://example.com/*/b", "https://example.com:*/a", "*://example.com/*", "http*://example.com/*",
            "https://example.com/*?x=1", "https://example.com/*#x", "https://u@*.example.com/*",
            "https://*.127.0.0.1/*",
            "https://example.com/a/../*", "https://example.com/%2e%2e/*", "https://example.com/x://*.y",
        ])
    func broadPattern(_ pattern: String) throws {
        let text = callback(pattern)
        let problems = ConfigurationText.problems(text)
        #expect(problems.map(\.key) == ["pools[0].connections[0].callback_url"], "\(problems)")
        #expect(problems.first?.line == ConfigurationText.line(of: "callback_url", in: text))
    }

    @Test(
        "a callback address without TLS, or none at all, is refused",
        arguments: [
            "http://www.example.com/back", "http://*.example.com/*", "javascript:alert(1)", "www.example.com", "/back",
            "https://www.example.com/back#x", "https://u:p@www.example.com/back",
        ])
    func callbackAddress(_ address: String) throws {
        #expect(
            ConfigurationText.problems(callback(address)).map(\.key) == ["pools[0].connections[0].callback_url"])
    }

    private func callback(_ value: String) -> String {
        ConfigurationText.minimal().replacingFirst("callback_url: \"#\"", with: "callback_url: \"\(value)\"")
    }

    @Test("an official account and a website say where people return to", arguments: ["official_account", "website"])
    func callbackIsRequired(_ kind: String) {
        let text = ConfigurationText.minimal()
            .replacingFirst("        callback_url: \"#\"\n", with: "")
            .replacingFirst("kind: official_account", with: "kind: \(kind)")
        let problems = ConfigurationText.problems(text)
        #expect(problems.contains { $0.description.contains("callback_url") }, "\(problems)")
    }

    @Test(
        "a required key that is missing is named",
        arguments: [
            ("public_url: https://id.example.com\n", "public_url"), ("  - id: default", "id"),
            ("identifier: mp", "identifier"), ("kind: official_account", "kind"),
            ("app_id: wx0123456789abcdef", "app_id"),
            ("app_secret: s3cr3t", "app_secret"), ("client_id: web", "client_id"),
        ])
    func missing(_ line: String, _ key: String) {
        let replacement = line.hasPrefix("  - ") ? "  - name: x" : line.hasSuffix("\n") ? "" : ""
        var text = ConfigurationText.minimal()
        if key == "identifier" || key == "client_id" {
            // The first key of an element carries the dash, so another takes its place.
            text = text.replacingFirst(line, with: key == "client_id" ? "client_name: x" : "open_platform: x")
        } else if replacement.isEmpty && !line.hasSuffix("\n") {
            text = text.replacingFirst("        \(line)\n", with: "")
        } else {
            text = text.replacingFirst(line, with: replacement)
        }
        let problems = ConfigurationText.problems(text)
        #expect(problems.contains { $0.message.contains("`\(key)` is missing") }, "\(problems)")
        #expect(problems.allSatisfy { !$0.remedy.isEmpty && ($0.line ?? 0) >= 1 })
    }
}

extension String {
    /// This text with the first occurrence of a piece replaced; unchanged when there is none.
    func replacingFirst(_ piece: String, with other: String) -> String {
        guard let range = self.range(of: piece) else { return self }
        return replacingOccurrences(of: piece, with: other, range: range)
    }
}
