import Foundation
import Logging
import Testing
import WeChat

@testable import IdP

/// What a good file means.
@Suite struct ConfigurationTests {
    @Test("the example of the design means what it says")
    func design() throws {
        let configuration = try ConfigurationText.parse(ConfigurationText.design)
        #expect(configuration.publicURL.origin == "https://id.example.com")
        #expect(configuration.listen == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(configuration.opsListen == ListenAddress(host: "127.0.0.1", port: 8081))
        #expect(configuration.database == .sqlite(path: "/srv/wxidp/wxidp.sqlite"))
        #expect(configuration.masterKeyFile == "/srv/wxidp/master.key")
        #expect(configuration.wechat.openURL == "https://open.weixin.qq.com")
        #expect(configuration.wechat.apiURL == "https://api.weixin.qq.com")
        #expect(!configuration.wechat.isSimulated)
        #expect(configuration.isSecure)

        let pool = try #require(configuration.defaultPool)
        #expect(configuration.pools.count == 1)
        #expect(pool.name == "Example")
        #expect(pool.pathPrefix.isEmpty)
        #expect(pool.defaultApplication?.rawValue == "web")

        let connection = try #require(pool.connections.first)
        #expect(connection.id.rawValue == "wechat-mp")
        #expect(connection.kind == .officialAccount)
        #expect(connection.appID.rawValue == "wx0123456789abcdef")
        #expect(connection.appSecret.exposeSecret() == "5ec2e7-of-wechat")
        #expect(connection.openPlatform == "main")
        #expect(connection.callbackURL == .exact("https://www.example.com/auth/callback"))
        #expect(
            connection.domainProof
                == DomainProof(fileName: "MP_verify_abcdefgh12345678.txt", content: "abcdefgh12345678"))
        #expect(connection.scope == .auto)

        let application = try #require(pool.applications.first)
        #expect(application.id.rawValue == "web")
        guard case .clientSecretBasic(let secret) = application.authentication else {
            Issue.record("\(application.authentication)")
            return
        }
        #expect(secret.exposeSecret() == "5ec2e7-of-the-web-client")
        #expect(application.redirectURIs == ["https://www.example.com/auth/callback"])
        #expect(application.postLogoutRedirectURIs == ["https://www.example.com/"])
        #expect(application.connections?.map(\.rawValue) == ["wechat-mp"])
    }

    @Test("every key has its default")
    func defaults() throws {
        let configuration = try ConfigurationText.parse(ConfigurationText.minimal(), environment: [:])
        #expect(configuration.listen == ListenAddress(host: "127.0.0.1", port: 8080))
        #expect(configuration.opsListen == ListenAddress(host: "127.0.0.1", port: 8081))
        #expect(configuration.database == .sqlite(path: "/srv/wxidp/wxidp.sqlite"))
        #expect(configuration.masterKeyFile == "/srv/wxidp/master.key")
        #expect(configuration.logFormat == .text)
        #expect(configuration.logLevel == .info)
        #expect(configuration.tls == nil)
        #expect(configuration.trustedProxies.isEmpty)
        #expect(configuration.wechat.openURL == "https://open.weixin.qq.com")
        #expect(configuration.wechat.apiURL == "https://api.weixin.qq.com")
        #expect(configuration.wechat.backupAPIURL == nil)
        #expect(configuration.wechat.connectTimeout == .seconds(2))
        #expect(configuration.wechat.timeout == .seconds(5))
        #expect(configuration.keysWithoutEffect.isEmpty)

        let pool = try #require(configuration.defaultPool)
        #expect(pool.sessionLifetime == .seconds(24 * 3600))
        #expect(!pool.linksByPhone)
        #expect(pool.defaultApplication?.rawValue == "web")

        let connection = try #require(pool.connections.first)
        #expect(connection.scope == .auto)
        #expect(connection.openPlatform == nil)
        #expect(connection.domainProof == nil)
        #expect(connection.callbackURL == .applicationDecides)
        #expect(!connection.legacyQueryResponse)

        let application = try #require(pool.applications.first)
        #expect(application.authentication.isPublic)
        #expect(application.connections == nil)
        #expect(application.grantTypes == [.authorizationCode, .refreshToken])
        #expect(application.kind == .web)
        #expect(application.isFirstParty)
        #expect(!application.needsConfirmation)
        #expect(application.idTokenLifetime == .seconds(3600))
        #expect(application.accessTokenLifetime == .seconds(3600))
        #expect(application.refreshTokenLifetime == .seconds(30 * 86_400))
        #expect(application.refreshTokenReuseGrace == .seconds(10))
        #expect(application.userInfoAcceptsIDToken)
        #expect(application.defaultMaxAge == nil)
    }

    @Test("every key of the tables is taken")
    func everyKey() throws {
        let text = """
            public_url: http://id.example.com:8443/
            allow_http: true
            listen: '[::1]:18080'
            ops_listen: ':18081'
            database: sqlite:/var/lib/wxidp/db.sqlite
            master_key_file: ../keys/master.key
            log_format: json
            log_level: debug
            trusted_proxies: [10.0.0.0/8, '::1', 192.168.1.1]
            wechat:
              open_url: http://127.0.0.1:9000/
              api_url: http://localhost:9000
              backup_api_url: https://api2.weixin.qq.com
              connect_timeout: 3
              timeout: 1m
            pools:
              - id: shop-2
                name: 商店
                default_application: native
                session_lifetime: 7d
                key_rotation: 45d
                link_by_phone: true
                compatibility: {}
                connections:
                  - identifier: wechat:webpage-authorization
                    kind: website
                    app_id: wx0123456789abcdef
                    app_secret: s3cr3t
                    message_token: wxidpToken1
                    encoding_aes_key: abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG
                    callback_url: https://*.example.com/*
                    scope: snsapi_base
                    legacy_query_response: true
                  - {identifier: mini, kind: mini_program, app_id: wx0123456789abcdee, app_secret: s3cr3t}
                  - {identifier: app, kind: mobile_app, app_id: wx0123456789abcded, app_secret: s3cr3t}
                applications:
                  - client_id: web
                    client_secret: p${A}-${B}q
                    client_name: 网站
                    token_endpoint_auth_method: client_secret_post
                    grant_types: [authorization_code]
                    response_types: [code]
                    first_party: false
                    id_token_lifetime: 5m
                    access_token_lifetime: 90
                    refresh_token_lifetime: 1d
                    refresh_token_reuse_grace: 0s
                    access_token_format: jwt
                    access_token_signed_response_alg: RS256
                    userinfo_accepts_id_token: false
                    profile: basic
                    default_max_age: 1h
                    connections: []
                  - client_id: native
                    application_type: native
                    redirect_uris: [http://127.0.0.1:4000/back, com.example.app:/back]
            """
        let configuration = try ConfigurationText.parse(text, environment: ["A": "a", "B": "b"])
        #expect(configuration.publicURL.origin == "http://id.example.com:8443")
        #expect(!configuration.isSecure)
        #expect(configuration.listen == ListenAddress(host: "::1", port: 18080))
        #expect(configuration.opsListen.port == 18081)
        #expect(configuration.database == .sqlite(path: "/var/lib/wxidp/db.sqlite"))
        #expect(configuration.masterKeyFile == "/srv/wxidp/../keys/master.key")
        #expect(configuration.logFormat == .json)
        #expect(configuration.logLevel == .debug)
        #expect(configuration.trustedProxies.count == 3)
        #expect(configuration.wechat.openURL == "http://127.0.0.1:9000")
        #expect(configuration.wechat.isSimulated)
        #expect(configuration.wechat.backupAPIURL == "https://api2.weixin.qq.com")
        #expect(configuration.wechat.connectTimeout == .seconds(3))
        #expect(configuration.wechat.timeout == .seconds(60))
        #expect(configuration.defaultPool == nil)

        let pool = try #require(configuration.pools.first)
        #expect(pool.pathPrefix == "/pools/shop-2")
        #expect(pool.name == "商店")
        #expect(pool.defaultApplication?.rawValue == "native")
        #expect(pool.sessionLifetime == .seconds(7 * 86_400))
        #expect(pool.connections.map(\.kind) == [.website, .miniProgram, .mobileApp])
        #expect(pool.connections[0].scope == .base)
        #expect(pool.connections[0].legacyQueryResponse)
        #expect(pool.connections[0].callbackURL.covers("https://a.example.com/x"))

        let web = pool.applications[0]
        guard case .clientSecretPost(let secret) = web.authentication else {
            Issue.record("\(web.authentication)")
            return
        }
        #expect(secret.exposeSecret() == "pa-bq")
        #expect(web.name == "网站")
        #expect(pool.keyRotation == .seconds(45 * 86_400))
        #expect(pool.linksByPhone)
        #expect(web.grantTypes == [.authorizationCode])
        #expect(web.needsConfirmation)
        #expect(web.idTokenLifetime == .seconds(300))
        #expect(web.accessTokenLifetime == .seconds(90))
        #expect(web.refreshTokenLifetime == .seconds(86_400))
        #expect(web.refreshTokenReuseGrace == .seconds(0))
        #expect(!web.userInfoAcceptsIDToken)
        #expect(web.defaultMaxAge == .seconds(3600))
        #expect(web.connections == [])
        #expect(pool.connections(of: web).isEmpty)
        let native = pool.applications[1]
        #expect(native.kind == .native)
        #expect(pool.connections(of: native).count == 3)

        // Messages of WeChat are verified and decrypted with these.
        #expect(pool.connections[0].messages?.token.exposeSecret() == "wxidpToken1")
        #expect(pool.connections[0].messages?.encodingKey != nil)
    }

    @Test(
        "loopback needs no TLS",
        arguments: [
            "http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080", "http://127.0.0.1/",
        ])
    func loopback(_ address: String) throws {
        let text = ConfigurationText.minimal(
            top: "public_url: '\(address)'", application: "redirect_uris: ['\(address)/back']")
        #expect(try !ConfigurationText.parse(text).isSecure)
    }

    @Test(
        "what only looks like loopback needs TLS",
        arguments: [
            "http://127.0.0.1.example.com", "http://localhost.example.com", "http://127.0.0.2", "http://0.0.0.0:8080",
            "http://2130706433", "http://127.1", "http://0x7f.1", "http://[::ffff:127.0.0.1]",
        ])
    func notLoopback(_ address: String) {
        let text = ConfigurationText.minimal(top: "public_url: '\(address)'")
        #expect(ConfigurationText.problems(text).map(\.key) == ["public_url"])
    }

    @Test("a file is read from disk, and its folder is where relative paths begin")
    func load() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wxidp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "wxidp.yaml").path
        let known = ["wxidp.yaml", "missing.yaml"].map { folder.appending(path: $0).path }
        try Data(ConfigurationText.design.utf8).write(to: URL(fileURLWithPath: file))
        let configuration = try Configuration.load(path: file, environment: ConfigurationText.environment)
        #expect(configuration.masterKeyFile == folder.path + "/master.key")

        let missing = #expect(throws: ConfigurationError.self) {
            try Configuration.load(path: known[1], environment: [:])
        }
        #expect(missing?.problems.first?.source == known[1])
        #expect(missing?.problems.first?.remedy.contains("--config") == true)

        try Data([0x70, 0xFF, 0xFE, 0x3A]).write(to: URL(fileURLWithPath: file))
        let broken = #expect(throws: ConfigurationError.self) { try Configuration.load(path: file, environment: [:]) }
        #expect(broken?.description.contains("UTF-8") == true)
    }
}
