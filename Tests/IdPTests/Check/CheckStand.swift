import Foundation
import Synchronization
import WeChat

@testable import IdP

/// The outside world, as a check sees it: addresses with what they answer, and WeChat's API.
final class CheckStand: PublicHTTP, WeChatTransport {
    struct State {
        var pages: [String: Result<PublicAnswer, PublicFailure>] = [:]
        /// What WeChat answers, by a part of the path.
        var api: [String: String] = [
            "/sns/": #"{"errcode":40029,"errmsg":"invalid code"}"#,
            "stable_token": #"{"access_token":"TOKEN-SECRET","expires_in":7200}"#,
        ]
        var asked: [String] = []
    }

    private let storage = Mutex(State())
    let clock = StoryClock()

    init() {
        change {
            $0.pages["https://api.weixin.qq.com/"] = .success(
                PublicAnswer(status: 200, date: "Thu, 09 Oct 2025 08:53:20 GMT", body: []))
            $0.pages["https://id.example.com/oidc/.well-known/openid-configuration"] = Self.page(
                #"{"issuer":"https://id.example.com/oidc"}"#)
            for scheme in ["http", "https"] {
                $0.pages["\(scheme)://id.example.com/MP_verify_a.txt"] = Self.page("proof")
            }
        }
    }

    var asked: [String] { storage.withLock(\.asked) }
    func change(_ body: (inout State) -> Void) { storage.withLock { body(&$0) } }

    static func page(
        _ text: String, status: Int = 200, location: String? = nil, after: Duration = .zero
    ) -> Result<PublicAnswer, PublicFailure> {
        .success(PublicAnswer(status: status, location: location, body: Array(text.utf8), duration: after))
    }

    func get(_ address: String) async -> Result<PublicAnswer, PublicFailure> {
        storage.withLock { state in
            state.asked.append(address)
            let exact = state.pages[address]
            let mark = address.firstRange(of: "&echostr=").map { String(address[$0.upperBound...]) }
            // The message endpoint of a provider that runs as it should.
            if exact == nil, let mark, state.pages["messages"] != nil { return Self.page(mark) }
            return exact ?? .failure(.unreachable)
        }
    }

    func send(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse {
        let url = request.url.exposeSecret()
        let answer = storage.withLock { state in
            state.asked.append(url)
            return state.api.sorted { $0.key.count > $1.key.count }.first { url.contains($0.key) }?.value
        }
        guard let answer else { throw .notSent(.connect) }
        return WeChatResponse(status: 200, body: Array(answer.utf8))
    }

    static let yaml = """
        public_url: https://id.example.com
        master_key_file: /nowhere/master.key
        pools:
          - id: default
            connections:
              - {identifier: mp, kind: official_account, app_id: wx0000000000000001, app_secret: 5ec2e71, callback_url: "#",
                 txt_filename: MP_verify_a.txt, txt_content: proof}
        """

    /// Everything that is found for a configuration, after a change of its text.
    func findings(
        database: (any IdP.Database)? = nil, yaml change: (String) -> String = { $0 }
    ) async throws -> [CheckFinding] {
        let configuration = try ConfigurationText.parse(change(Self.yaml))
        let clock = clock
        return await Checkup(
            configuration: configuration, transport: self, http: self, database: database,
            surroundings: Surroundings(now: { clock.now }, randomBytes: Surroundings.system.randomBytes)
        ).findings()
    }
}

extension [CheckFinding] {
    func of(_ check: CheckFinding.Check) -> [CheckFinding] { filter { $0.check == check } }
    func level(_ check: CheckFinding.Check) -> CheckFinding.Level? { of(check).first?.level }
}
