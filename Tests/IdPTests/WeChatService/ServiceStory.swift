import HTTPTypes
import JWT

@testable import IdP

/// What the tests of WeChat's service add to the usual configuration.
enum ServiceStory {
    static let messageToken = "wxidpMessageToken"
    static let aesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    static let appID = "wx0000000000000001"

    /// Programs of the operator's in both pools, one of them without the scope, one without the connection.
    static let programs: @Sendable (String) -> String = { yaml in
        let grant = "client_secret: \(TestConfiguration.clientSecret), grant_types: [client_credentials]"
        let indent = "      - "
        let programs = [
            "{client_id: robot, \(grant), scope: \"wechat:access_token other\", connections: [mp, mini]}",
            "{client_id: scopeless, \(grant), scope: other, connections: [mp]}",
            "{client_id: unlisted, \(grant), scope: \"wechat:access_token\"}",
        ]
        let other = "{client_id: other-robot, \(grant), scope: \"wechat:access_token\", connections: [mp]}"
        return yaml.replacing("  - id: other\n", with: programs.map { indent + $0 + "\n" }.joined() + "  - id: other\n")
            + indent + other + "\n"
    }

    /// Connections that take messages: `mp` encrypted, `wild` plain, and `mp` of the other pool encrypted with another key.
    static let messages: @Sendable (String) -> String = { yaml in
        yaml.replacing(
            "txt_content: abcdefgh12345678}",
            with: "txt_content: abcdefgh12345678, message_token: \(messageToken), encoding_aes_key: \(aesKey)}"
        )
        .replacing(
            "callback_url: \"https://*.example.com/*\"}",
            with: "callback_url: \"https://*.example.com/*\", message_token: \(messageToken)}"
        )
        .replacing(
            "txt_content: other000}",
            with: "txt_content: other000, message_token: otherToken, encoding_aes_key: \(String(aesKey.reversed()))}")
    }
}

extension TestApp {
    /// A client-credentials token.
    func programToken(
        _ client: String = "robot", scope: String? = "wechat:access_token", pool: String = ""
    ) async throws -> Answer {
        var form = ["grant_type": "client_credentials"]
        form["scope"] = scope
        return try await send(
            .post, pool + "/oidc/token",
            headers: [.authorization: Self.basic(client, TestConfiguration.clientSecret)], form: form)
    }

    func sharedToken(_ bearer: String, _ connection: String = "mp", pool: String = "") async throws -> Answer {
        try await send(
            .post, "\(pool)/api/v1/wechat/\(connection)/access-token",
            headers: [.authorization: "Bearer \(bearer)"])
    }

    func jssdkConfig(_ page: String, _ connection: String = "mp", pool: String = "") async throws -> Answer {
        try await send("\(pool)/api/v1/wechat/\(connection)/jssdk-config?url=\(PercentEncoding.encode(page))")
    }
}
