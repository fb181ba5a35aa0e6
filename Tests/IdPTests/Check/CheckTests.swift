import Foundation
import JWT
import Testing

@testable import IdP

/// `wxidp check` and `GET /check`: what stands in people's way, and what to click.
@Suite("The check") struct CheckTests {
    @Test("nothing is found where all is well")
    func allWell() async throws {
        let stand = CheckStand()
        let findings = try await stand.findings()
        #expect(findings.allSatisfy { $0.level == .ok }, "\(findings.map(\.text))")
        #expect(
            Set(findings.map(\.check)) == [
                .masterKey, .publicURL, .clock, .discovery, .credentials, .accountToken, .domainProof,
            ])
        #expect(findings.isPassing)
        #expect(!findings.map(\.text).joined().contains("TOKEN-SECRET"))
        #expect(!findings.json().contains("5ec2e71"))
        #expect(!stand.asked.contains { $0.contains("force") })
    }

    @Test(
        "the allow list names this server's address and where to enter it",
        arguments: [
            "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist",
            "invalid ip 203.0.113.9, not in whitelist rid: 1-2-3",
        ])
    func allowList(message: String) async throws {
        let stand = CheckStand()
        stand.change { $0.api["stable_token"] = #"{"errcode":40164,"errmsg":"\#(message)"}"# }
        let finding = try #require(try await stand.findings().of(.accountToken).first)
        #expect(finding.level == .failed)
        #expect(finding.message.contains("WeChat sees this server as 203.0.113.9,"))
        #expect(finding.remedy?.contains("基本配置 > IP白名单") == true)
    }

    @Test(
        "each kind of app is sent to its own console",
        arguments: [
            ("official_account", "mp.weixin.qq.com > 设置与开发 > 基本配置"), ("mini_program", "开发管理 > 开发设置"),
            ("website", "管理中心 > 网站应用"), ("mobile_app", "管理中心 > 移动应用"),
        ])
    func consoles(kind: String, place: String) async throws {
        let stand = CheckStand()
        stand.change { $0.api["/sns/"] = #"{"errcode":40125,"errmsg":"invalid appsecret"}"# }
        let findings = try await stand.findings { $0.replacing("official_account", with: kind) }
        let finding = try #require(findings.of(.credentials).first)
        #expect(finding.level == .failed && finding.remedy?.contains(place) == true, "\(finding.text)")
        #expect(findings.of(.accountToken).isEmpty == ["website", "mobile_app"].contains(kind))
    }

    @Test(
        "an address that WeChat would not take is said to be none",
        arguments: [
            ("https://203.0.113.9", "names only"), ("https://id.example.com:8443", "port"),
        ])
    func publicURL(address: String, word: String) async throws {
        let findings = try await CheckStand().findings { $0.replacing("https://id.example.com", with: address) }
        let finding = try #require(findings.of(.publicURL).first)
        #expect(finding.level == .failed && finding.message.contains(word))
    }

    @Test("plain http is a failure, and loopback is development")
    func schemes() async throws {
        let plain = try await CheckStand().findings {
            $0.replacing("https://id.example.com", with: "http://id.example.com\nallow_http: true")
        }
        #expect(plain.level(.publicURL) == .failed)
        let local = try await CheckStand().findings {
            $0.replacing("https://id.example.com", with: "http://127.0.0.1:8080")
        }
        #expect(local.level(.publicURL) == .skipped && local.level(.domainProof) == .skipped)
        #expect(local.level(.discovery) == .skipped)
        #expect(local.isPassing)
    }

    @Test(
        "an address that leads elsewhere is found",
        arguments: [
            (
                CheckStand.page("", status: 301, location: "https://www.example.com/\u{1B}[2J"),
                "redirected to https://www.example.com/[2J"
            ),
            (CheckStand.page("<html>"), "no discovery document"), (CheckStand.page("{}", status: 404), "HTTP 404"),
            (CheckStand.page(#"{"issuer":"https://other.example.com/oidc"}"#), "https://other.example.com/oidc"),
            (.failure(.tls), "certificate"), (.failure(.unreachable), "no address"), (.failure(.timedOut), "5 seconds"),
        ])
    func discovery(answer: Result<PublicAnswer, PublicFailure>, word: String) async throws {
        let stand = CheckStand()
        stand.change { $0.pages["https://id.example.com/oidc/.well-known/openid-configuration"] = answer }
        let finding = try #require(try await stand.findings().of(.discovery).first)
        #expect(finding.level == .failed && finding.text.contains(word), "\(finding.text)")
        #expect(finding.remedy != nil && !finding.text.contains("\u{1B}"))
    }

    @Test(
        "a proof file must come by http and by https, exact, at once and without a redirect",
        arguments: ["http", "https"],
        [
            (CheckStand.page("proof\n"), .failed), (CheckStand.page("\u{FEFF}proof"), .failed),
            (CheckStand.page("", status: 301, location: "https://id.example.com/MP_verify_a.txt"), .failed),
            (CheckStand.page("<html>", status: 404), .failed), (.failure(.unreachable), .failed),
            (CheckStand.page("proof", after: .milliseconds(1001)), .warning),
            (CheckStand.page("proof", after: .milliseconds(999)), .ok),
        ] as [(Result<PublicAnswer, PublicFailure>, CheckFinding.Level)])
    func proof(scheme: String, story: (Result<PublicAnswer, PublicFailure>, CheckFinding.Level)) async throws {
        let stand = CheckStand()
        stand.change { $0.pages["\(scheme)://id.example.com/MP_verify_a.txt"] = story.0 }
        let findings = try await stand.findings().of(.domainProof)
        #expect(findings.count == 2)
        for finding in findings {
            let isMeant = finding.message.hasPrefix("\(scheme)://")
            #expect(finding.level == (isMeant ? story.1 : .ok), "\(finding.text)")
        }
    }

    @Test("an official account without a proof file is a warning with the place of the file")
    func noProof() async throws {
        let findings = try await CheckStand().findings {
            $0.replacing(",\n         txt_filename: MP_verify_a.txt, txt_content: proof", with: "")
        }
        #expect(findings.level(.domainProof) == .warning)
        #expect(findings.of(.domainProof)[0].remedy?.contains("网页授权域名") == true)
        #expect(findings.isPassing)
    }

    @Test(
        "a clock that is off by half a minute is a warning, by five minutes a failure",
        arguments: [
            (30, .ok), (-30, .ok), (31, .warning), (-31, .warning), (300, .warning), (301, .failed), (-301, .failed),
        ] as [(Int, CheckFinding.Level)])
    func clock(seconds: Int, level: CheckFinding.Level) async throws {
        let stand = CheckStand()
        stand.clock.advance(by: Double(seconds))
        let finding = try #require(try await stand.findings().of(.clock).first)
        #expect(finding.level == level, "\(finding.text)")
        #expect(level == .ok || finding.message.hasPrefix("\(abs(seconds)) s \(seconds < 0 ? "behind" : "ahead of")"))
    }

    @Test(
        "a time that cannot be read is no finding",
        arguments: [
            "", "yesterday", "Thu, 32 Oct 2025 08:53:20 GMT", "Thu, 09 Okt 2025 08:53:20 GMT",
            "Thu, 09 Oct 2025 08:53 GMT", "Thu, 09 Oct 2025 08:53:20 CET",
        ])
    func noTime(text: String) async throws {
        #expect(ClockCheck.date(text) == nil)
        let stand = CheckStand()
        stand.change {
            $0.pages["https://api.weixin.qq.com/"] = .success(PublicAnswer(status: 200, date: text, body: []))
        }
        #expect(try await stand.findings().level(.clock) == .skipped)
    }

    @Test("the open platform: alone, unbound, unnamed, and as it should be", arguments: StorageBackend.available)
    func openPlatform(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let named: (String) -> String = {
                $0.replacing("callback_url:", with: "open_platform: main, callback_url:")
            }
            #expect(try await CheckStand().findings(database: database).of(.openPlatform).isEmpty)
            let alone = try await CheckStand().findings(database: database, yaml: named).of(.openPlatform)
            #expect(alone.map(\.level) == [.warning] && alone[0].message.contains("only mp"))
            try await database.addUser("one")
            try await database.run(
                """
                INSERT INTO wechat_openids (pool, app_id, openid, unionid, user_id, created_at)
                VALUES ('default', 'wx0000000000000001', 'o1', NULL, 'one', 1)
                """)
            let unbound = try await CheckStand().findings(database: database, yaml: named).of(.openPlatform)
            #expect(unbound.last?.level == .warning && unbound.last?.remedy?.contains("open.weixin.qq.com") == true)
            #expect(try await CheckStand().findings(database: database).of(.openPlatform).isEmpty)
            try await database.run("UPDATE wechat_openids SET unionid = 'u1'")
            let unnamed = try await CheckStand().findings(database: database).of(.openPlatform)
            #expect(unnamed.map(\.level) == [.warning] && unnamed[0].message.contains("1 of 1"))
            let good = try await CheckStand().findings(database: database, yaml: named).of(.openPlatform)
            #expect(good.last?.level == .ok)
            #expect(try await CheckStand().findings(yaml: named).of(.openPlatform).last?.level == .skipped)
        }
    }

    @Test("the message endpoint is asked as WeChat asks it")
    func messages() async throws {
        let configured: (String) -> String = {
            $0.replacing(
                "callback_url:",
                with:
                    "message_token: \(ServiceStory.messageToken), encoding_aes_key: \(ServiceStory.aesKey), callback_url:"
            )
        }
        #expect(try await CheckStand().findings().of(.messages).isEmpty)
        #expect(try await CheckStand().findings(yaml: configured).level(.messages) == .failed)
        let stand = CheckStand()
        stand.change { $0.pages["messages"] = CheckStand.page("") }
        let good = try await stand.findings(yaml: configured).of(.messages)
        #expect(good.map(\.level) == [.ok])
        #expect(good[0].message.contains("https://id.example.com/connections/wechat/messages/mp"))
        let asked = try #require(stand.asked.first { $0.contains("/connections/wechat/messages/mp?signature=") })
        #expect(!asked.contains(ServiceStory.messageToken))
        let plain = try await stand.findings {
            configured($0).replacing("encoding_aes_key: \(ServiceStory.aesKey), ", with: "")
        }
        #expect(plain.of(.messages).map(\.level) == [.warning, .ok])
        // And what it asks is what the provider answers.
        try await TestApp.story(yaml: ServiceStory.messages) { app in
            let sender = WeChatSender(app: app)
            let answer = try await sender.echo("0123456789abcdef0123456789abcdef")
            #expect(answer.text == "0123456789abcdef0123456789abcdef")
        }
    }

    @Test("a master key that others can read is a warning")
    func masterKey() async throws {
        try await TemporaryFolder.with { folder in
            try folder.write("key", to: "master.key")
            for (mode, level) in [(0o600, CheckFinding.Level.ok), (0o644, .warning)] {
                try FileManager.default.setAttributes(
                    [.posixPermissions: mode], ofItemAtPath: folder.path("master.key"))
                #expect(MasterKeyCheck(path: folder.path("master.key")).finding().level == level)
            }
        }
    }

    @Test("what a program reads has every finding, and says whether all is well")
    func json() throws {
        let findings = [
            CheckFinding(.clock, .ok, "clock", "agrees"),
            CheckFinding(.domainProof, .failed, "default/mp", "\"other\" bytes", remedy: "网页授权域名"),
        ]
        let read = try JSON.parse(Array(findings.json(at: Date(timeIntervalSince1970: 7)).utf8))
        #expect(read["ok"]?.boolValue == false && read["checked_at"] == .integer(7))
        let second = read["findings"]?.arrayValue?.last
        #expect(second?["check"] == "domain_proof" && second?["level"] == "failed")
        #expect(second?["message"] == "\"other\" bytes" && second?["remedy"] == "网页授权域名")
        #expect([findings[0]].isPassing && [CheckFinding(.clock, .warning, "", "")].isPassing && !findings.isPassing)
    }

    @Test("who asks the running provider often gets the findings of the last minute")
    func desk() async throws {
        let stand = CheckStand()
        let configuration = try ConfigurationText.parse(CheckStand.yaml)
        let uptime = StoryClock()
        let desk = CheckDesk(
            Checkup(
                configuration: configuration, transport: stand, http: stand, database: nil,
                surroundings: Surroundings(
                    now: { stand.clock.now }, randomBytes: Surroundings.system.randomBytes,
                    uptime: { .seconds(uptime.now.timeIntervalSince1970) })))
        async let first = desk.findings()
        async let second = desk.findings()
        _ = await (first, second)
        let once = stand.asked.count
        _ = await desk.findings()
        #expect(stand.asked.count == once)
        uptime.advance(by: 61)
        _ = await desk.findings()
        #expect(stand.asked.count == 2 * once)
    }
}
