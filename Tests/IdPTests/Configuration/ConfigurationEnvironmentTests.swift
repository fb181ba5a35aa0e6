import Foundation
import Logging
import Testing
import WeChat

@testable import IdP

/// What comes from variables, and what must never come out again.
@Suite struct ConfigurationEnvironmentTests {
    @Test("a secret that is not set, or empty, is a problem at its line", arguments: [nil, ""])
    func missingSecret(_ value: String?) throws {
        var environment = ConfigurationText.environment
        environment["WX_SECRET"] = value
        let problems = ConfigurationText.problems(ConfigurationText.design, environment: environment)
        let problem = try #require(problems.first)
        #expect(problems.count == 1, "\(problems)")
        #expect(problem.key == "pools[0].connections[0].app_secret")
        #expect(problem.line == ConfigurationText.line(of: "${WX_SECRET}", in: ConfigurationText.design))
        #expect(problem.message.contains("WX_SECRET"))
        #expect(problem.remedy.contains("export WX_SECRET"))
    }

    @Test("a client whose secret is not set does not become public")
    func missingClientSecret() {
        let problems = ConfigurationText.problems(ConfigurationText.design, environment: ["WX_SECRET": "x"])
        #expect(problems.map(\.key) == ["pools[0].applications[0].client_secret"])
    }

    @Test("a reference that never ends is a problem, not a secret", arguments: ["${WX_SECRET", "x${", "${}"])
    func openReference(_ text: String) {
        let design = ConfigurationText.design.replacingFirst("${WX_SECRET}", with: "'\(text)'")
        #expect(
            ConfigurationText.problems(design).map(\.key) == ["pools[0].connections[0].app_secret"])
    }

    @Test("WXIDP_<KEY> overrides a top-level key")
    func override() throws {
        let configuration = try ConfigurationText.parse(
            ConfigurationText.minimal(top: "public_url: http://wrong.example.com\nlisten: nonsense"),
            environment: [
                "WXIDP_PUBLIC_URL": "https://other.example.com", "WXIDP_LISTEN": "0.0.0.0:80",
                "WXIDP_OPS_LISTEN": "127.0.0.1:9", "WXIDP_DATABASE": "sqlite:other.sqlite",
                "WXIDP_MASTER_KEY_FILE": "/run/secrets/master.key", "WXIDP_LOG_FORMAT": "json",
                "WXIDP_LOG_LEVEL": "warning", "WXIDP_ALLOW_HTTP": "true",
            ])
        #expect(configuration.publicURL.origin == "https://other.example.com")
        #expect(configuration.listen == ListenAddress(host: "0.0.0.0", port: 80))
        #expect(configuration.opsListen.port == 9)
        #expect(configuration.database == .sqlite(path: "/srv/wxidp/other.sqlite"))
        #expect(configuration.masterKeyFile == "/run/secrets/master.key")
        #expect(configuration.logFormat == .json)
        #expect(configuration.logLevel == .warning)
    }

    @Test("a bad override names the variable")
    func badOverride() throws {
        let problems = ConfigurationText.problems(
            ConfigurationText.minimal(), environment: ["WXIDP_PUBLIC_URL": "http://id.example.com"])
        let problem = try #require(problems.first)
        #expect(problem.source == "environment")
        #expect(problem.line == nil)
        #expect(problem.key == "WXIDP_PUBLIC_URL")
        #expect(problem.description.hasPrefix("environment: WXIDP_PUBLIC_URL: "))
    }

    @Test("WX_APP_<AppID> adds a mini program to the default pool")
    func miniProgram() throws {
        let configuration = try ConfigurationText.parse(
            ConfigurationText.minimal() + ConfigurationText.pool("shop", client: "shop-web"),
            environment: ["WX_APP_wxaaaaaaaaaaaaaaaa": "top-secret"])
        let added = try #require(configuration.defaultPool?.connections.last)
        #expect(added.kind == .miniProgram)
        #expect(added.appID.rawValue == "wxaaaaaaaaaaaaaaaa")
        #expect(added.appSecret.exposeSecret() == "top-secret")
        #expect(configuration.pools[1].connections.count == 1)
    }

    @Test("an app that can't be added is a problem, never ignored")
    func badMiniProgram() {
        let cases: [(text: String, variable: String, value: String)] = [
            (ConfigurationText.minimal(), "WX_APP_", "x"),
            (ConfigurationText.minimal(), "WX_APP_wxaaaaaaaaaaaaaaaa", ""),
            (ConfigurationText.minimal(), "WX_APP_wx/../aaaa", "x"),
            // No default pool to add it to.
            (ConfigurationText.minimal().replacingFirst("id: default", with: "id: shop"), "WX_APP_wxaaaa", "x"),
            // The file has a connection of that name already.
            (
                ConfigurationText.minimal().replacingFirst("identifier: mp", with: "identifier: wxaaaa"),
                "WX_APP_wxaaaa", "x"
            ),
        ]
        for row in cases {
            let problems = ConfigurationText.problems(row.text, environment: [row.variable: row.value])
            #expect(problems.count == 1, "\(row.variable)=\(row.value): \(problems)")
        }
    }

    @Test(
        "no error text repeats a secret, wherever it was put by mistake",
        arguments: [
            "public_url", "listen", "ops_listen", "database", "log_format", "log_level", "allow_http",
        ])
    func secretAtTheTop(_ key: String) {
        let other = key == "public_url" ? "" : "public_url: https://id.example.com\n"
        let text = ConfigurationText.minimal(top: "\(other)\(key): ${OOPS}")
        let problems = ConfigurationText.problems(text, environment: ["OOPS": "p4ssw0rd of somebody"])
        #expect(!problems.isEmpty)
        #expect(!ConfigurationError(problems: problems).description.contains("p4ssw0rd"), "\(problems)")
    }

    @Test(
        "no error text repeats a secret that stands in a pool",
        arguments: [
            "identifier: mp", "kind: official_account", "app_id: wx0123456789abcdef", "callback_url: \"#\"",
            "client_id: web", "id: default",
        ])
    func secretInAPool(_ line: String) {
        let key = line.prefix { $0 != ":" }
        let text = ConfigurationText.minimal().replacingFirst(line, with: "\(key): ${OOPS}")
        let problems = ConfigurationText.problems(text, environment: ["OOPS": "p4ssw0rd of somebody"])
        #expect(!problems.isEmpty)
        #expect(!ConfigurationError(problems: problems).description.contains("p4ssw0rd"), "\(problems)")
    }

    @Test(
        "no error text repeats a secret of an application",
        arguments: [
            "token_endpoint_auth_method: ${OOPS}", "redirect_uris: ['${OOPS}']", "application_type: ${OOPS}",
            "grant_types: ['${OOPS}']", "connections: ['${OOPS}']", "id_token_lifetime: ${OOPS}",
            "access_token_format: ${OOPS}", "first_party: ${OOPS}",
        ])
    func secretOfAnApplication(_ line: String) {
        let text = ConfigurationText.minimal(application: "client_secret: x\n" + line)
        let problems = ConfigurationText.problems(text, environment: ["OOPS": "p4ssw0rd"])
        #expect(!problems.isEmpty)
        #expect(!ConfigurationError(problems: problems).description.contains("p4ssw0rd"), "\(problems)")
    }

    @Test("a method that lacks its secret is not repeated either")
    func secretAsMethod() {
        let text = ConfigurationText.minimal(application: "token_endpoint_auth_method: ${OOPS}")
        let problems = ConfigurationText.problems(text, environment: ["OOPS": "p4ssw0rd"])
        #expect(!problems.isEmpty)
        #expect(!ConfigurationError(problems: problems).description.contains("p4ssw0rd"), "\(problems)")
    }

    @Test("the password of a database address is not repeated")
    func databasePassword() {
        let text = ConfigurationText.minimal(
            top: "public_url: https://id.example.com\ndatabase: postgres://wxidp:p4ssw0rd@db:5432/wxidp")
        let problems = ConfigurationText.problems(text)
        #expect(problems.map(\.key) == ["database"])
        #expect(!"\(problems)".contains("p4ssw0rd"))
    }

    @Test("secrets print, dump and reflect as redacted")
    func redacted() throws {
        let configuration = try ConfigurationText.parse(
            ConfigurationText.design,
            environment: ConfigurationText.environment.merging(["WX_APP_wxaaaa": "5ec2e7"]) { $1 })
        let secret = Secret("5ec2e7")
        var dumped = ""
        dump(configuration, to: &dumped)
        dump(secret, to: &dumped)
        let texts = [
            dumped, "\(configuration)", String(reflecting: configuration), "\(secret)", String(reflecting: secret),
            "\(Optional(secret) as Any)", "\([secret])", "\(["k": secret])", reflected(configuration),
            "\(Application.Authentication.clientSecretBasic(secret))",
        ]
        for text in texts {
            #expect(!text.contains("5ec2e7"))
        }
        #expect("\(secret)" == "<redacted>")
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(dumped.contains("redacted"))
    }

    /// Everything a mirror shows, however deep.
    private func reflected(_ value: Any) -> String {
        Mirror(reflecting: value).children.map { "\($0.label ?? ""): \($0.value) " + reflected($0.value) }.joined()
    }
}
