import Foundation
import HTTPTypes
import Logging
import WeChat

/// Calls WeChat for a connection, with the patience of somebody whose visitor waits, and a break when the quota is used up.
struct WeChatGateway: Sendable {
    /// A visitor never waits longer than this for WeChat.
    static let longestWait: Duration = .seconds(8)

    let settings: Configuration.WeChatSettings
    let transport: any WeChatTransport
    let breaker: QuotaBreaker
    /// Copies of a gateway share it.
    let crowd: ConnectionCrowd
    /// Pauses between retries; replaced by tests.
    let sleep: @Sendable (Duration) async throws -> Void
    let uptime: @Sendable () -> Duration

    /// Who came back from WeChat.
    struct Visitor: Sendable {
        var identity: WeChatIdentity
        /// Read only when WeChat allows it for this code.
        var profile: WeChatProfile?
        /// Not a person: the stand-in of a snapshot page.
        var isSnapshot: Bool
    }

    /// The address that sends a browser to WeChat.
    func authorizationURL(
        _ connection: Connection, callback: String, state: String, purpose: WeChatRound.Purpose
    ) -> String {
        let isSilent = purpose == .silent || connection.scope == .base
        return WebAuthorization(
            openURL: settings.openURL, appID: connection.appID, redirectURI: callback,
            scope: isSilent ? .base : .userInfo, state: state, forcePopup: purpose == .reauthentication
        ).url
    }

    /// The address of WeChat's own QR code, for the whole window or a frame.
    func qrConnectURL(
        _ connection: Connection, callback: String, state: String, language: Language, isEmbedded: Bool
    ) -> String {
        QRConnect(
            openURL: settings.openURL, appID: connection.appID, redirectURI: callback, state: state,
            language: language == .english ? .english : .chinese, isEmbedded: isEmbedded
        ).url
    }

    /// Exchanges a code and, where the person agreed to it, reads the profile.
    func visitor(
        _ connection: Connection, pool: PoolID, code: AuthorizationCode, language: Language
    ) async throws(WeChatError) -> Visitor {
        // Exchange and profile together must not outlast the visitor's patience, so both share one deadline.
        try await withPatience(for: .codeExchange, connection, pool: pool) { (client) async throws(WeChatError) in
            let answer = try await client().exchangeCode(code)
            let identity = WeChatIdentity(
                appID: connection.appID, openID: answer.openID, openPlatform: connection.openPlatform,
                unionID: answer.unionID)
            guard answer.allowsUserInfo, !answer.isSnapshotUser else {
                return Visitor(identity: identity, profile: nil, isSnapshot: answer.isSnapshotUser)
            }
            let info = try await client().userInfo(
                answer.accessToken, openID: answer.openID, unionID: answer.unionID,
                language: language == .english ? .en : .zhCN)
            var complete = identity
            complete.unionID = answer.unionID ?? info.unionID
            return Visitor(
                identity: complete, profile: WeChatProfile(nickname: info.displayName, picture: info.avatarURL),
                isSnapshot: false)
        }
    }

    /// Makes one or more calls for a connection within ``longestWait`` altogether; none while the quota of the first is
    /// used up, and none while too many of the connection are under way.
    ///
    /// - Parameter work: makes the calls, each by a client that knows how much of the wait is left.
    func withPatience<Result: Sendable>(
        for call: WeChatCall, _ connection: Connection, pool: PoolID,
        _ work: (() -> WeChatClient) async throws(WeChatError) -> Result
    ) async throws(WeChatError) -> Result {
        let place = ConnectionCrowd.Place(pool: pool, connection: connection.id)
        guard crowd.enter(place) else { throw .transport(.notSent(.crowded)) }
        defer { crowd.leave(place) }
        // WeChat counts each interface of an app by itself.
        guard let permit = await breaker.permit(for: "\(pool)/\(connection.id)\(call.path)") else {
            throw .api(APIError(call: call, code: .dailyQuotaReached))
        }
        let end = uptime() + Self.longestWait
        do {
            let result = try await work { client(connection, within: end - uptime()) }
            await breaker.noteAnswer(permit, isQuotaError: false)
            return result
        } catch {
            if case .api(let api) = error {
                await breaker.noteAnswer(permit, isQuotaError: api.code == .dailyQuotaReached)
            }
            throw error
        }
    }

    private func client(_ connection: Connection, within deadline: Duration) -> WeChatClient {
        WeChatClient(
            appID: connection.appID, secret: connection.appSecret,
            options: WeChatOptions(
                apiURL: settings.apiURL, backupAPIURL: settings.backupAPIURL, timeout: settings.timeout,
                connectTimeout: settings.connectTimeout, maxRetries: 2, retryDelay: .milliseconds(200),
                deadline: deadline, sleep: sleep, uptime: uptime),
            transport: transport)
    }
}
