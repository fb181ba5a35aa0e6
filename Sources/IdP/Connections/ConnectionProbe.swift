import AsyncHTTPClient
import WeChat

/// Asks WeChat about each official account, for `wxidp check`: an exchange of a made-up code must fail for the code alone.
public struct ConnectionProbe: Sendable {
    /// What was found about one connection.
    public struct Finding: Sendable {
        /// True when nothing is wrong.
        public var isGood: Bool
        /// One line for the operator.
        public var text: String
    }

    private let configuration: Configuration

    /// Describes a probe; nothing is sent yet.
    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    /// Asks about every official account and website; a made-up code costs nothing and touches nobody.
    public func run() async throws -> [Finding] {
        let client = HTTPClient(
            configuration: AsyncHTTPClientTransport.configuration(connectTimeout: configuration.wechat.connectTimeout))
        let findings = await findings(through: AsyncHTTPClientTransport(httpClient: client))
        try await client.shutdown()
        return findings
    }

    func findings(through transport: any WeChatTransport) async -> [Finding] {
        var findings: [Finding] = []
        for pool in configuration.pools {
            for connection in pool.connections where connection.kind == .officialAccount || connection.kind == .website
            {
                findings.append(await finding(pool, connection, transport))
            }
        }
        return findings
    }

    private func finding(_ pool: Pool, _ connection: Connection, _ transport: any WeChatTransport) async -> Finding {
        let name = "\(pool.id)/\(connection.id) (\(connection.appID))"
        let settings = configuration.wechat
        let client = WeChatClient(
            appID: connection.appID, secret: connection.appSecret,
            options: WeChatOptions(
                apiURL: settings.apiURL, backupAPIURL: settings.backupAPIURL, timeout: settings.timeout,
                connectTimeout: settings.connectTimeout, maxRetries: 1),
            transport: transport)
        do {
            _ = try await client.exchangeCode(AuthorizationCode("00000000000000000000000000000000"))
            return Finding(
                isGood: false, text: "\(name): WeChat accepted a made-up code; is \(settings.apiURL) really WeChat?")
        } catch .api(let error) where error.code == .invalidCode || error.code == .codeUsed {
            return Finding(isGood: true, text: "\(name): WeChat knows the AppID and did not refuse the AppSecret")
        } catch .api(let error) {
            return Finding(isGood: false, text: "\(name): \(error); \(Self.remedy(error))")
        } catch {
            return Finding(isGood: false, text: "\(name): \(error); check the network and wechat.api_url")
        }
    }

    private static func remedy(_ error: APIError) -> String {
        switch error.code {
        case .ipNotAllowed, .clientIPNotAllowed, .ipNeedsConfirmation, .ipRefused, .ipRefusedForNow:
            "add this server's address to the IP allow list in WeChat's console"
        case .invalidCredential, .invalidAppID, .invalidAppSecret, .appIDMissing, .appSecretMissing:
            "correct app_id or app_secret"
        default:
            error.kind == .tenant ? "look at the state of this account in WeChat's console" : "try again later"
        }
    }
}
