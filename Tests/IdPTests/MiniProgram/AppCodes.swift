import Foundation
import HTTPTypes
import Testing
import WeChat

@testable import IdP

/// What WeChat answers to the codes of mini programs and mobile apps, and the parts that ask for it.
enum AppCodes {
    static let sessionKey = "EBESExQVFhcYGRobHB0eHw=="
    static let openID = "oSIM0000000000000000000000a1"

    /// A good answer of jscode2session.
    static func session(
        openID: String = openID, unionID: String? = nil, key: String = sessionKey
    ) -> WeChatBridge.Step {
        let union = unionID.map { #","unionid":"\#($0)""# } ?? ""
        return .body(#"{"session_key":"\#(key)","openid":"\#(openID)"\#(union)}"#)
    }

    static func error(_ number: Int) -> WeChatBridge.Step {
        .body(#"{"errcode":\#(number),"errmsg":"planted, rid: 65a1-2b3c-4d5e"}"#)
    }
}

extension TestApp {
    /// The parts that exchange codes, over this provider's database and WeChat.
    func miniProgramSignIn() throws -> MiniProgramSignIn {
        MiniProgramSignIn(
            gateway: gateway(), sessionKeys: try sessionKeys(), inFlight: ExchangesInFlight(),
            ending: try ending(), surroundings: provider.surroundings)
    }

    func mobileAppSignIn() throws -> MobileAppSignIn {
        MobileAppSignIn(
            gateway: gateway(), database: storage, inFlight: ExchangesInFlight(), ending: try ending(),
            surroundings: provider.surroundings)
    }

    func sessionKeys() throws -> SessionKeyStore {
        SessionKeyStore(database: storage, sealer: try sealer(), surroundings: provider.surroundings)
    }

    /// What ends sessions, with the provider's own keys.
    func ending() throws -> SessionEnding {
        SessionEnding(subjects: SubjectIdentifiers(sealer: try sealer()), surroundings: provider.surroundings)
    }

    private func sealer() throws -> Sealer {
        let path = provider.configuration.masterKeyFile
        return try Sealer(
            masterKey: try MasterKey.load(path: path, mayCreate: false, surroundings: provider.surroundings))
    }

    private func gateway() -> WeChatGateway {
        WeChatGateway(
            settings: provider.configuration.wechat, transport: bridge,
            breaker: QuotaBreaker(now: { clock.now }), crowd: ConnectionCrowd(), sleep: provider.surroundings.sleep,
            uptime: provider.surroundings.uptime)
    }

    func pool(_ name: String = "default") throws -> Pool {
        try #require(provider.configuration.pools.first { $0.id.rawValue == name })
    }

    func connection(_ name: String, in pool: String = "default") throws -> Connection {
        try #require(try self.pool(pool).connections.first { $0.id.rawValue == name })
    }
}

extension AppCodes {
    /// A mini program, a second one, and a mobile app, with applications that may use them; for ``TestApp/story``.
    static func yaml(_ yaml: String) -> String {
        let secret = TestConfiguration.appSecret
        let grants =
            #"grant_types: [authorization_code, refresh_token, "urn:ietf:params:oauth:grant-type:token-exchange"]"#
        let apps = [
            "program, kind: mini_program, app_id: wx0000000000000007, app_secret: \(secret), open_platform: main",
            "mobile, kind: mobile_app, app_id: wx0000000000000008, app_secret: \(secret), open_platform: main",
            "mini, kind: mini_program",
        ]
        let clients = [
            #"mini-one, redirect_uris: ["https://one.example.com/cb"], connections: [mini], \#(grants)}"#,
            "mini-two, connections: [program], client_secret: \(TestConfiguration.clientSecret), \(grants)}",
            "mini-both, connections: [mini, program, mobile, mp], \(grants)}",
            "phone-app, application_type: native, connections: [mobile], \(grants)}",
            "strict",
        ]
        let foreign = [
            "txt_content: other000}",
            "      - {identifier: mini, kind: mini_program, app_id: wx0000000000000006, app_secret: \(secret)}",
        ]
        return yaml.replacing(
            "{identifier: mini, kind: mini_program",
            with: apps.map { "{identifier: \($0)" }.joined(separator: "}\n      - ")
        ).replacing(
            "{client_id: strict", with: clients.map { "{client_id: \($0)" }.joined(separator: "\n      - ")
        ).replacing("txt_content: other000}", with: foreign.joined(separator: "\n")).replacing(
            "{client_id: other-basic",
            with: "{client_id: other-mini, connections: [mini], \(grants)}\n      - {client_id: other-basic")
    }

    /// The form that exchanges a code for tokens.
    static func exchange(
        _ code: String, type: AppCodeRequest.SubjectTokenType = .miniProgramCode, scope: String? = nil,
        with extra: [String: String?] = [:]
    ) -> [String: String] {
        var form = [
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": code,
            "subject_token_type": type.rawValue,
        ]
        form["scope"] = scope
        for (name, value) in extra { form[name] = value }
        return form
    }
}

extension TestApp {
    /// Exchanges a code as a client.
    func exchange(
        _ code: String, _ client: String = "mini-one", type: AppCodeRequest.SubjectTokenType = .miniProgramCode,
        scope: String? = "openid", with extra: [String: String?] = [:]
    ) async throws -> Answer {
        var form = AppCodes.exchange(code, type: type, scope: scope, with: extra)
        var headers = HTTPFields()
        if client == "mini-two" {
            headers[.authorization] = Self.basic(client, TestConfiguration.clientSecret)
        } else {
            form["client_id"] = client
        }
        let prefix = client.hasPrefix("other") ? "/pools/other" : ""
        return try await send(.post, prefix + "/oidc/token", headers: headers, form: form)
    }
}
