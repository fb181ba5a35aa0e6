import Foundation
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
            breaker: QuotaBreaker(now: { clock.now }), sleep: provider.surroundings.sleep,
            uptime: provider.surroundings.uptime)
    }

    func pool(_ name: String = "default") throws -> Pool {
        try #require(provider.configuration.pools.first { $0.id.rawValue == name })
    }

    func connection(_ name: String, in pool: String = "default") throws -> Connection {
        try #require(try self.pool(pool).connections.first { $0.id.rawValue == name })
    }
}
