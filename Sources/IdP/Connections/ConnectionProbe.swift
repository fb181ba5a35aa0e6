import WeChat

/// Asks WeChat about each app, for `wxidp check`: an exchange of a made-up code must fail for the code alone.
public struct ConnectionProbe: Sendable {
    private static let madeUp = String(repeating: "0", count: 32)

    private let configuration: Configuration

    /// Describes a probe; nothing is sent yet.
    public init(configuration: Configuration) {
        self.configuration = configuration
    }

    func findings(through transport: any WeChatTransport) async -> [CheckFinding] {
        var findings: [CheckFinding] = []
        for pool in configuration.pools {
            for connection in pool.connections { findings.append(await finding(pool, connection, transport)) }
        }
        return findings
    }

    /// Asks about one; a made-up code costs nothing and touches nobody.
    func finding(_ pool: Pool, _ connection: Connection, _ transport: any WeChatTransport) async -> CheckFinding {
        let settings = configuration.wechat
        let client = WeChatClient(
            appID: connection.appID, secret: connection.appSecret,
            options: WeChatOptions(
                apiURL: settings.apiURL, backupAPIURL: settings.backupAPIURL, timeout: settings.timeout,
                connectTimeout: settings.connectTimeout, maxRetries: 1),
            transport: transport)
        func finding(_ level: CheckFinding.Level, _ message: String, _ remedy: String? = nil) -> CheckFinding {
            CheckFinding(.credentials, level, connection.name(in: pool), message, remedy: remedy)
        }
        do throws(WeChatError) {
            if connection.kind == .miniProgram {
                _ = try await client.session(of: LoginCode(Self.madeUp))
            } else {
                _ = try await client.exchangeCode(AuthorizationCode(Self.madeUp))
            }
            return finding(.failed, "WeChat accepted a made-up code; is \(settings.apiURL) really WeChat?")
        } catch {
            if case .api(let api) = error, api.code == .invalidCode || api.code == .codeUsed {
                return finding(.ok, "WeChat knows the AppID and did not refuse the AppSecret")
            }
            let remedy = WeChatRemedy.text(error, kind: connection.kind)
            guard case .api = error else { return finding(.failed, "\(error)", "\(remedy) (\(settings.apiURL))") }
            return finding(.failed, "\(error)", remedy)
        }
    }
}
