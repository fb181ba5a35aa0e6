import Testing

@testable import IdP

/// A configuration to take one thing out of, or to put one thing into.
enum ConfigurationText {
    /// The example of the design, as it stands there.
    static let design = """
        public_url: https://id.example.com          # issuer of the default pool = public_url + /oidc
        listen: 127.0.0.1:8080
        ops_listen: 127.0.0.1:8081                  # /healthz /readyz /metrics
        database: sqlite:wxidp.sqlite               # or postgres://user:password@host:5432/name
        master_key_file: master.key                 # made with mode 0600 at first start when missing
        wechat:
          open_url: https://open.weixin.qq.com      # point both at the simulator to develop
          api_url: https://api.weixin.qq.com
        pools:
          - id: default
            name: Example
            connections:
              - identifier: wechat-mp
                kind: official_account              # official_account | website | mini_program | mobile_app
                app_id: wx0123456789abcdef
                app_secret: ${WX_SECRET}            # environment reference
                open_platform: main                 # connections with the same value share unionid
                callback_url: https://www.example.com/auth/callback   # or "#": each application's own list decides
                txt_filename: MP_verify_abcdefgh12345678.txt
                txt_content: abcdefgh12345678
                scope: auto                         # auto | snsapi_base | snsapi_userinfo
            applications:
              - client_id: web
                client_secret: ${WEB_SECRET}        # absent = public client, PKCE required
                token_endpoint_auth_method: client_secret_basic
                redirect_uris: [https://www.example.com/auth/callback]
                post_logout_redirect_uris: [https://www.example.com/]
                connections: [wechat-mp]

        """

    static let environment = ["WX_SECRET": "5ec2e7-of-wechat", "WEB_SECRET": "5ec2e7-of-the-web-client"]

    /// The least there can be; further lines go behind.
    static func minimal(
        top: String = "public_url: https://id.example.com", pool: String = "", connection: String = "",
        application: String = ""
    ) -> String {
        """
        \(top)
        pools:
          - id: default
        \(indented(pool, 4))
            connections:
              - identifier: mp
                kind: official_account
                app_id: wx0123456789abcdef
                app_secret: s3cr3t
                callback_url: "#"
        \(indented(connection, 8))
            applications:
              - client_id: web
        \(indented(application, 8))
        """
        .split(separator: "\n", omittingEmptySubsequences: true).joined(separator: "\n") + "\n"
    }

    /// A second pool behind ``minimal``; shorter texts for tests about several pools.
    static func pool(_ id: String, client: String, connection: String = "") -> String {
        """
          - id: \(id)
            connections:
              - identifier: mp
                kind: official_account
                app_id: wx0123456789abcdee
                app_secret: s3cr3t
                callback_url: "#"
        \(indented(connection, 8))
            applications:
              - client_id: \(client)

        """
    }

    static func parse(
        _ text: String, environment: [String: String] = environment
    ) throws(ConfigurationError) -> Configuration {
        try Configuration.parse(text, file: "wxidp.yaml", folder: "/srv/wxidp", environment: environment)
    }

    /// The problems of a text; none when it is good.
    static func problems(
        _ text: String, environment: [String: String] = environment
    ) -> [ConfigurationError.Problem] {
        do {
            _ = try parse(text, environment: environment)
            return []
        } catch {
            return error.problems
        }
    }

    /// Where a piece of a text begins, counted from 1; 0 when it is not there.
    static func line(of piece: String, in text: String) -> Int {
        (text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains(piece) } ?? -1) + 1
    }

    private static func indented(_ text: String, _ count: Int) -> String {
        text.split(separator: "\n").map { String(repeating: " ", count: count) + $0 }.joined(separator: "\n")
    }
}
