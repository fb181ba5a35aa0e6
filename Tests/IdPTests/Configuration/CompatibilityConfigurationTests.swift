import Testing

@testable import IdP

/// `compatibility:`, its defaults, and what is wrong with it.
@Suite struct CompatibilityConfigurationTests {
    private static let miniProgram = """
        connections:
          - {identifier: mini, kind: mini_program, app_id: wxaaaa, app_secret: s}
          - {identifier: app, kind: mobile_app, app_id: wxbbbb, app_secret: s}
          - {identifier: mp, kind: official_account, app_id: wxcccc, app_secret: s, callback_url: "#",
             txt_filename: proof.txt, txt_content: abc}
        applications:
          - {client_id: web}
          - {client_id: back, client_secret: s}
        """

    private static func text(_ compatibility: String, pool: String = miniProgram) -> String {
        let lines = pool.split(separator: "\n") + (compatibility.isEmpty ? [] : [Substring("compatibility:")])
        let below = compatibility.split(separator: "\n").map { "  \($0)" }
        return "public_url: https://id.example.com\npools:\n  - id: default\n"
            + (lines.map(String.init) + below).map { "    \($0)\n" }.joined()
    }

    private static func parsed(_ compatibility: String) throws -> Compatibility {
        try #require(try ConfigurationText.parse(text(compatibility)).defaultPool).compatibility
    }

    @Test("a pool with a mini program keeps its two contracts, and no other")
    func defaults() throws {
        let compatibility = try Self.parsed("")
        let login = try #require(compatibility.wxLogin)
        #expect(login.path.rawValue == "/login")
        #expect(login.connections.map(\.rawValue) == ["mini"])
        #expect(login.tokenLifetime == .seconds(7 * 86_400))
        #expect(login.requiresSignature)
        #expect(login.signatureLifetime == .seconds(600))
        let verify = try #require(compatibility.verify)
        #expect(verify.path.rawValue == "/v1/verify")
        #expect(verify.profilePath.rawValue == "/v1/profile")
        #expect(verify.connections.map(\.rawValue) == ["mini"])
        #expect(compatibility.codeLogin == nil)
        #expect(compatibility.authing == nil)
    }

    @Test("without a mini program nothing is on, unless the environment brings one")
    func environment() throws {
        let bare = try #require(try ConfigurationText.parse(ConfigurationText.minimal()).defaultPool)
        #expect(bare.compatibility.wxLogin == nil)
        #expect(bare.compatibility.verify == nil)
        let configuration = try ConfigurationText.parse(
            ConfigurationText.minimal(), environment: ["WX_APP_wxaaaa": "s", "WX_APP_wxbbbb": "t"])
        let login = try #require(configuration.defaultPool?.compatibility.wxLogin)
        #expect(login.connections.map(\.rawValue) == ["wxaaaa", "wxbbbb"])
        #expect(configuration.keysWithoutEffect.isEmpty)
    }

    @Test("every key is read")
    func everyKey() throws {
        let compatibility = try Self.parsed(
            """
            wx_login: {enabled: true, path: /mini/login, connections: [mini], application: web, token_lifetime: 2d,
              auth_sig: false, sig_valid_secs: 60}
            verify: {path: /mini/verify, application: back, token_lifetime: 12h}
            code_login: {enabled: true, path: /app/login, connections: [app], application: back}
            authing: {enabled: true, path: /, connections: [mini, mp], application: web}
            """)
        let login = try #require(compatibility.wxLogin)
        #expect(login.path.rawValue == "/mini/login")
        #expect(login.application?.rawValue == "web")
        #expect(login.tokenLifetime == .seconds(2 * 86_400))
        #expect(!login.requiresSignature)
        #expect(login.signatureLifetime == .seconds(60))
        #expect(compatibility.verify?.profilePath.rawValue == "/mini/profile")
        #expect(compatibility.verify?.tokenLifetime == .seconds(43_200))
        let code = try #require(compatibility.codeLogin)
        #expect(code.path.rawValue == "/app/login")
        #expect(code.connections.map(\.rawValue) == ["app"])
        #expect(code.application.rawValue == "back")
        #expect(compatibility.authing?.connections.map(\.rawValue) == ["mini", "mp"])
        #expect(compatibility.authing?.application?.rawValue == "web")
    }

    @Test("a contract can be switched off")
    func off() throws {
        let compatibility = try Self.parsed("wx_login: {enabled: false}\nverify: {enabled: false}")
        #expect(compatibility.wxLogin == nil)
        #expect(compatibility.verify == nil)
    }

    @Test(
        "what is wrong is named with its key and its line",
        arguments: [
            ("wx_logn: {}", ".wx_logn"), ("wx_login: {secret: x}", ".wx_login.secret"),
            ("wx_login: {path: login}", ".wx_login.path"), ("wx_login: {path: /}", ".wx_login.path"),
            ("wx_login: {path: /login/}", ".wx_login.path"), ("wx_login: {path: /a//b}", ".wx_login.path"),
            ("wx_login: {path: /a/../b}", ".wx_login.path"), ("wx_login: {path: '/a?b'}", ".wx_login.path"),
            ("wx_login: {path: '/{id}'}", ".wx_login.path"), ("wx_login: {path: '/:id'}", ".wx_login.path"),
            ("wx_login: {path: /oidc/token}", ".wx_login.path"), ("verify: {path: /api/v1/verify}", ".verify.path"),
            ("wx_login: {path: /pools/x}", ".wx_login.path"),
            ("wx_login: {connections: [mp]}", ".wx_login.connections[0]"),
            ("wx_login: {connections: [app]}", ".wx_login.connections[0]"),
            ("code_login: {enabled: true, application: back, connections: [mp]}", ".code_login.connections[0]"),
            ("verify: {application: nobody}", ".verify.application"),
            ("wx_login: {token_lifetime: 0s}", ".wx_login.token_lifetime"),
            ("wx_login: {sig_valid_secs: long}", ".wx_login.sig_valid_secs"),
            ("wx_login: {auth_sig: 1}", ".wx_login.auth_sig"), ("verify: {auth_sig: true}", ".verify.auth_sig"),
            ("verify: {enabled: yes}", ".verify.enabled"), ("code_login: {enabled: true}", ".code_login"),
            ("code_login: {enabled: true, application: web}", ".code_login.application"),
            ("authing: {enabled: true, path: /authing}", ".authing.path"),
        ])
    func refused(_ line: String, _ key: String) throws {
        let text = Self.text(line)
        let problems = ConfigurationText.problems(text)
        let problem = try #require(problems.first)
        #expect(problem.key == "pools[0].compatibility\(key)", "\(problems)")
        #expect(problem.line == ConfigurationText.line(of: line, in: text))
        #expect(!problem.remedy.isEmpty)
        #expect(problems.count == 1, "\(problems)")
    }

    @Test(
        "two contracts at one address, or one at a domain proof's, are refused",
        arguments: [
            "wx_login: {path: /v1/verify}", "verify: {path: /login}", "verify: {path: /login/verify}",
            "verify: {path: /login/x}\nwx_login: {path: /login/profile}", "wx_login: {path: /proof.txt}",
            "verify: {path: /v1/profile}",
        ])
    func collision(_ lines: String) {
        let problems = ConfigurationText.problems(Self.text(lines))
        #expect(problems.map(\.key) == ["pools[0].compatibility"], "\(problems)")
    }
}
