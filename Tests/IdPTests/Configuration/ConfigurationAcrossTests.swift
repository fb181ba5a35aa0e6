import Foundation
import Testing

@testable import IdP

/// What only shows when the whole file is seen: duplicates, references, syntax, and many problems at once.
@Suite struct ConfigurationAcrossTests {
    @Test(
        "an unknown key says what was meant, or what is known",
        arguments: [
            ("sesion_lifetime: 1h", "did you mean `session_lifetime`?"), ("default_app: web", "known keys here: "),
        ])
    func suggestion(_ line: String, _ remedy: String) throws {
        let text = ConfigurationText.minimal(pool: line)
        let problem = try #require(ConfigurationText.problems(text).first)
        #expect(problem.message == "unknown key")
        #expect(problem.remedy.hasPrefix(remedy))
        #expect(problem.line == ConfigurationText.line(of: line, in: text))
        #expect(problem.key == "pools[0].\(line.prefix { $0 != ":" })")
    }

    @Test("a client_id stands once over all pools")
    func duplicateClient() {
        let text = ConfigurationText.minimal() + ConfigurationText.pool("shop", client: "web")
        let problems = ConfigurationText.problems(text)
        #expect(problems.count == 1)
        #expect(problems.first?.message.contains("`web`") == true)
    }

    @Test("the same identifier in two pools is no conflict, in one pool it is")
    func duplicateConnection() throws {
        let two = ConfigurationText.minimal() + ConfigurationText.pool("shop", client: "shop-web")
        #expect(try ConfigurationText.parse(two).pools.count == 2)
        let text = """
            public_url: https://id.example.com
            pools:
              - id: default
                connections:
                  - {identifier: a, kind: mini_program, app_id: wx1, app_secret: x}
                  - {identifier: a, kind: mini_program, app_id: wx2, app_secret: x}
                applications: []
            """
        #expect(ConfigurationText.problems(text).map(\.message).contains { $0.contains("`a`") })
    }

    @Test("two pools of one name are refused")
    func duplicatePool() {
        let text = ConfigurationText.minimal() + ConfigurationText.pool("default", client: "other")
        #expect(ConfigurationText.problems(text).map(\.message).contains { $0.contains("`default`") })
    }

    @Test("two accounts may share a proof file only when it says the same")
    func proofs() throws {
        func text(_ second: String) -> String {
            ConfigurationText.minimal(connection: "txt_filename: MP_verify_a.txt\ntxt_content: one")
                + ConfigurationText.pool(
                    "shop", client: "shop-web",
                    connection: "txt_filename: MP_verify_a.txt\ntxt_content: \(second)")
        }
        #expect(ConfigurationText.problems(text("two")).map(\.message).contains { $0.contains("MP_verify_a.txt") })
        #expect(try ConfigurationText.parse(text("one")).pools.count == 2)
    }

    @Test("a connection or an application that is not there is named")
    func references() {
        let connection = ConfigurationText.problems(ConfigurationText.minimal(application: "connections: [wechat]"))
        #expect(connection.map(\.message).contains { $0.contains("`wechat`") })
        let application = ConfigurationText.problems(ConfigurationText.minimal(pool: "default_application: other"))
        #expect(application.map(\.key) == ["pools[0].default_application"])
    }

    @Test(
        "a pool's name fits into addresses and cookie names",
        arguments: [
            "Shop", "shop_1", "shop.1", "a b", "", "../x", String(repeating: "a", count: 33), "商店", "shop;x",
        ])
    func poolName(_ name: String) {
        let text = ConfigurationText.minimal().replacingFirst("id: default", with: "id: '\(name)'")
        #expect(ConfigurationText.problems(text).map(\.key) == ["pools[0].id"])
    }

    @Test(
        "names of clients and connections have fixed alphabets",
        arguments: [
            "a b", "a/b", "a;b", "a\\\"b", "<a>", "中", "a&b", String(repeating: "a", count: 129),
        ])
    func names(_ name: String) {
        let client = ConfigurationText.minimal().replacingFirst("client_id: web", with: "client_id: \"\(name)\"")
        #expect(ConfigurationText.problems(client).map(\.key) == ["pools[0].applications[0].client_id"])
        let connection = ConfigurationText.minimal().replacingFirst("identifier: mp", with: "identifier: \"\(name)\"")
        #expect(ConfigurationText.problems(connection).map(\.key) == ["pools[0].connections[0].identifier"])
    }

    @Test(
        "no pools, or none that can be read, is a problem",
        arguments: [
            "public_url: https://id.example.com\n", "public_url: https://id.example.com\npools: []\n",
            "public_url: https://id.example.com\npools: {}\n", "public_url: https://id.example.com\npools: default\n",
        ])
    func noPools(_ text: String) {
        #expect(!ConfigurationText.problems(text).isEmpty)
    }

    @Test(
        "broken YAML names its line",
        arguments: [
            ("public_url: https://id.example.com\npools: [\n", 3), ("a: b\n\tc: d\n", 2), ("a: b\n c: d\n", 2),
            ("a: \"b\n", 2), ("a: *nobody\n", 1), ("- a\nb: c\n", 2), ("a: b\n---\nc: d\n", 2), ("a: 'b'c\n", 1),
        ])
    func syntax(_ text: String, _ line: Int) throws {
        let problems = ConfigurationText.problems(text)
        let problem = try #require(problems.first)
        #expect(problems.count == 1)
        #expect(problem.source == "wxidp.yaml")
        #expect(abs((problem.line ?? -9) - line) <= 1, "\(problem)")
        #expect(!problem.remedy.isEmpty)
    }

    @Test("a text that is empty or no mapping is refused", arguments: ["", "\n", "# nothing\n", "text", "- a\n", "7"])
    func noMapping(_ text: String) {
        #expect(!ConfigurationText.problems(text).isEmpty)
    }

    @Test(
        "a key that stands twice is refused with its line, on every level",
        arguments: [
            ("public_url: https://id.example.com", "public_url"), ("        kind: official_account", "kind"),
            ("      - client_id: web", "client_id"),
        ])
    func duplicateKey(_ line: String, _ key: String) throws {
        let again = line.replacingOccurrences(of: "- ", with: "  ")
        let text = ConfigurationText.minimal().replacingFirst(line + "\n", with: "\(line)\n\(again)\n")
        let problem = try #require(ConfigurationText.problems(text).first)
        let first = ConfigurationText.line(of: line, in: text)
        #expect((first...(first + 1)).contains(problem.line ?? 0), "\(problem)")
        #expect(problem.key == key)
        #expect(problem.message == "stands twice")
    }

    @Test("a duplicated key does not print the values")
    func duplicateSecret() {
        let text = ConfigurationText.minimal().replacingFirst(
            "app_secret: s3cr3t", with: "app_secret: s3cr3t\n        app_secret: p4ssw0rd")
        let problems = ConfigurationText.problems(text)
        #expect(!problems.isEmpty)
        #expect(!"\(problems)".contains("s3cr3t") && !"\(problems)".contains("p4ssw0rd"))
    }

    @Test("all problems are told at once, in the order of the file")
    func severalAtOnce() {
        let text = """
            public_url: http://id.example.com
            listn: 127.0.0.1:8080
            log_format: xml
            wechat: {timeout: soon}
            trusted_proxies: [x]
            pools:
              - id: default
                sesion_lifetime: 1h
                connections:
                  - identifier: mp
                    kind: official
                    app_id: wx0123456789abcdef
                    app_secret: ${NOT_SET}
                applications:
                  - client_id: web
                    redirect_uris: [javascript:alert(1)]
                    profile: fapi
                    subject_type: pairwise
                    access_token_format: paper
              - id: default
                connections: []
                applications:
                  - client_id: web

            """
        let problems = ConfigurationText.problems(text)
        for piece in [
            "public_url", "listn", "log_format", "timeout", "trusted", "sesion", "kind", "NOT_SET", "javascript",
            "profile", "subject_type", "paper",
        ] {
            let line = ConfigurationText.line(of: piece, in: text)
            #expect(problems.contains { $0.line == line }, "nothing about \(piece) in line \(line)")
        }
        let lines = problems.compactMap(\.line)
        #expect(lines == lines.sorted())
    }
}
