import Foundation
import WeChat

/// Whether WeChat gives the app's own token to this server: the one call that looks at the IP allow list.
///
/// Without force it gives the token that is in use and disturbs nobody.
struct AccountTokenCheck: Sendable {
    let settings: Configuration.WeChatSettings
    let transport: any WeChatTransport

    func finding(_ pool: Pool, _ connection: Connection) async -> CheckFinding? {
        guard connection.hasAccountToken else { return nil }
        let name = connection.name(in: pool)
        do throws(WeChatError) {
            _ = try await WeChatClient(
                appID: connection.appID, secret: connection.appSecret,
                options: WeChatOptions(
                    apiURL: settings.apiURL, backupAPIURL: settings.backupAPIURL, timeout: settings.timeout,
                    connectTimeout: settings.connectTimeout, maxRetries: 1),
                transport: transport
            ).accountToken()
            return CheckFinding(
                .accountToken, .ok, name, "WeChat gives its token here: this server's address is allowed")
        } catch {
            let isAllowList = Self.meansAllowList(error)
            let address = isAllowList ? Self.address(in: error) : nil
            return CheckFinding(
                .accountToken, isAllowList || error.kind == .tenant ? .failed : .warning, name,
                address.map { "WeChat sees this server as \($0), which is not on the allow list (\(error))" }
                    ?? "\(error)",
                remedy: WeChatRemedy.text(error, kind: connection.kind))
        }
    }

    private static func meansAllowList(_ error: WeChatError) -> Bool {
        guard case .api(let error) = error else { return false }
        return [.ipNotAllowed, .clientIPNotAllowed, .ipNeedsConfirmation, .ipRefused, .ipRefusedForNow]
            .contains(error.code)
    }

    /// The address that WeChat names: `invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist`.
    static func address(in error: WeChatError) -> String? {
        guard case .api(let error) = error else { return nil }
        return error.message.split { $0 == " " || $0 == "," }.first { IPAddress($0) != nil }.map(String.init)
    }
}
