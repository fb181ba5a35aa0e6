import WeChatSimulator

@testable import IdP

/// Two pools with every kind of application, as an operator would write them.
enum TestConfiguration {
    static let appSecret = "5ec2e75ec2e75ec2e75ec2e75ec2e75e"
    static let clientSecret = "client-secret-planted-0123456789"
    static let postSecret = "post+secret/planted=&%"
    static let otherSecret = "other-secret-planted-0123456789"

    static let apps: [SimulatedApp] = [
        app(0, .website, platform: "main"),
        app(1, platform: "main"), app(2, platform: "main"), app(3), app(4), app(5, platform: "main"),
        app(6, .miniProgram), app(7, .miniProgram, platform: "main"), app(8, .mobileApp, platform: "main"),
        app(9, platform: "main"),
    ]

    private static func app(
        _ number: Int, _ kind: SimulatedApp.Kind = .officialAccount, platform: String? = nil
    ) -> SimulatedApp {
        SimulatedApp(
            appID: "wx000000000000000\(number)", secret: appSecret, kind: kind, openPlatform: platform,
            redirectHosts: ["id.example.com", "127.0.0.1"])
    }

    static func yaml(publicURL: String) -> String {
        "public_url: \(publicURL)\ndatabase: sqlite:wxidp.sqlite\nmaster_key_file: master.key\npools:\n" + defaultPool
            + otherPool
    }

    private static let defaultPool = """
          - id: default
            name: Example & Söhne
            default_application: web
            compatibility: {authing: {enabled: true}}
            connections:
              - {identifier: mp, kind: official_account, app_id: wx0000000000000001, app_secret: \(appSecret),
                 open_platform: main, callback_url: "#", txt_filename: MP_verify_abcdefgh12345678.txt,
                 txt_content: abcdefgh12345678}
              - {identifier: wild, kind: official_account, app_id: wx0000000000000002, app_secret: \(appSecret),
                 open_platform: main, callback_url: "https://*.example.com/*"}
              - {identifier: base, kind: official_account, app_id: wx0000000000000003, app_secret: \(appSecret),
                 callback_url: "https://base.example.com/back", scope: snsapi_base}
              - {identifier: full, kind: official_account, app_id: wx0000000000000004, app_secret: \(appSecret),
                 callback_url: "#", scope: snsapi_userinfo}
              - {identifier: legacy, kind: official_account, app_id: wx0000000000000005, app_secret: \(appSecret),
                 open_platform: main, callback_url: "https://legacy.example.com/back?keep=1",
                 legacy_query_response: true}
              - {identifier: pc, kind: website, app_id: wx0000000000000000, app_secret: \(appSecret),
                 open_platform: main, callback_url: "#"}
              - {identifier: mini, kind: mini_program, app_id: wx0000000000000006, app_secret: \(appSecret)}
            applications:
              - {client_id: web, redirect_uris: ["https://app.example.com/cb", "https://app.example.com/cb?x=1"],
                 connections: [mp]}
              - {client_id: strict, redirect_uris: ["https://strict.example.com/cb"], connections: [mp],
                 userinfo_accepts_id_token: false}
              - {client_id: basic, client_secret: \(clientSecret), redirect_uris: ["https://basic.example.com/cb"],
                 connections: [mp]}
              - {client_id: post, client_secret: "\(postSecret)", token_endpoint_auth_method: client_secret_post,
                 redirect_uris: ["https://post.example.com/cb"], connections: [mp]}
              - {client_id: codeonly, client_secret: \(clientSecret), grant_types: [authorization_code],
                 redirect_uris: ["https://codeonly.example.com/cb"], connections: [mp]}
              - {client_id: native, application_type: native, connections: [mp],
                 redirect_uris: ["com.example.app:/cb", "http://127.0.0.1:4711/cb"]}
              - {client_id: third, client_name: "Third <b>party</b>", first_party: false, connections: [mp],
                 redirect_uris: ["https://third.example.net/cb"]}
              - {client_id: second, redirect_uris: ["https://second.example.com/cb"], connections: [wild]}
              - {client_id: based, redirect_uris: ["https://base.example.com/back"], connections: [base]}
              - {client_id: full, redirect_uris: ["https://full.example.com/cb"], connections: [full]}
              - {client_id: site, redirect_uris: ["https://site.example.com/cb"], connections: [pc]}
              - {client_id: both, redirect_uris: ["https://both.example.com/cb"], connections: [mp, pc]}
              - {client_id: old, redirect_uris: ["https://legacy.example.com/back?keep=1"], connections: [legacy]}

        """

    private static let otherPool = """
          - id: other
            name: Other
            compatibility: {authing: {enabled: true}}
            connections:
              - {identifier: mp, kind: official_account, app_id: wx0000000000000009, app_secret: \(appSecret),
                 open_platform: main, callback_url: "#", txt_filename: MP_verify_other000.txt,
                 txt_content: other000}
            applications:
              - {client_id: other-web, redirect_uris: ["https://other.example.org/cb"], connections: [mp]}
              - {client_id: other-basic, client_secret: \(otherSecret),
                 redirect_uris: ["https://otherbasic.example.org/cb"], connections: [mp]}

        """
}
