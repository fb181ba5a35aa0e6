import Foundation
import JWT
import Logging
import WeChat

/// The app's own access token (接口调用凭据), one for all connections with this app and on all nodes.
///
/// Read from the database; the one node that holds its lease asks WeChat for the next. What WeChat refuses is replaced
/// once, and the call made once more.
struct AccountTokens: Sendable {
    /// The longest that a caller waits for WeChat's answer.
    static let longestWait: Duration = .seconds(6)

    let keeper: SharedCredentialKeeper
    private let settings: Configuration.WeChatSettings
    private let transport: any WeChatTransport

    init(
        settings: Configuration.WeChatSettings, transport: any WeChatTransport, database: any Database, sealer: Sealer,
        surroundings: Surroundings, logger: Logger
    ) {
        keeper = SharedCredentialKeeper(
            store: SharedCredentialStore(database: database, sealer: sealer, surroundings: surroundings),
            logger: logger)
        self.settings = settings
        self.transport = transport
    }

    /// Makes a call that needs the app's own token.
    ///
    /// On 40001, 40014 and 42001 the token is replaced, unless somebody has done that already, and the call is made once
    /// more. `pool` says for whom; the token belongs to the app, whatever pools it is in.
    func withToken<Result: Sendable>(
        _ connection: Connection, in pool: PoolID,
        _ call: (AccountToken) async throws(WeChatError) -> Result
    ) async throws(AccountTokenFailure) -> Result {
        let first = try await credential(of: connection)
        do throws(WeChatError) {
            return try await call(AccountToken(first.value.exposeSecret()))
        } catch {
            guard Self.meansStale(error) else { throw .call(error) }
        }
        let second = try await credential(of: connection, refused: first.generation)
        do throws(WeChatError) {
            return try await call(AccountToken(second.value.exposeSecret()))
        } catch {
            throw .call(error)
        }
    }

    /// The token and the end of its life, for a program of the operator's that calls WeChat itself.
    func current(_ connection: Connection) async throws(AccountTokenFailure) -> SharedCredential {
        try await credential(of: connection)
    }

    /// A client for the calls inside ``withToken(_:in:_:)``, which waits no longer than it.
    func client(_ connection: Connection) -> WeChatClient {
        let surroundings = keeper.store.surroundings
        return WeChatClient(
            appID: connection.appID, secret: connection.appSecret,
            options: WeChatOptions(
                apiURL: settings.apiURL, backupAPIURL: settings.backupAPIURL, timeout: settings.timeout,
                connectTimeout: settings.connectTimeout, maxRetries: 1, retryDelay: .milliseconds(200),
                deadline: Self.longestWait, sleep: surroundings.sleep, uptime: surroundings.uptime),
            transport: transport)
    }

    static func meansStale(_ error: WeChatError) -> Bool {
        guard case .api(let error) = error else { return false }
        return [.invalidCredential, .invalidAccessToken, .accessTokenExpired].contains(error.code)
            && error.call.usesAccountToken
    }

    private func credential(
        of connection: Connection, refused: Int64? = nil
    ) async throws(AccountTokenFailure) -> SharedCredential {
        let client = client(connection)
        let now = keeper.store.surroundings.now
        return try await keeper.credential(try key(.accountToken, connection), refused: refused) {
            state, forces throws(AccountTokenFailure) in
            do throws(WeChatError) {
                let answer = try await client.accountToken()
                guard let refused, let old = state.credential, old.generation == refused,
                    ConstantTime.equals(
                        Array(answer.token.exposeSecret().utf8), Array(old.value.exposeSecret().utf8))
                else { return .init(answer) }
                // WeChat insists on the very token that it refuses: only force makes another.
                guard let spent = forces.spending(at: now()) else { throw Self.stillRefused }
                forces = spent
                return .init(try await client.accountToken(forceRefresh: true))
            } catch {
                throw .fetch(error)
            }
        }
    }

    private static let stillRefused = WeChatError.api(
        APIError(
            call: .accountToken, code: .invalidAccessToken,
            message: "WeChat refuses the token that it gives, and may not be asked for another one yet"))

    func key(
        _ kind: SharedCredentialKey.Kind, _ connection: Connection
    ) throws(AccountTokenFailure) -> SharedCredentialKey {
        do {
            return try SharedCredentialKey(kind, of: connection, sealer: keeper.store.sealer)
        } catch {
            throw .storage(.column("secret_hash"))
        }
    }
}

extension SharedCredentialKeeper.Fetched {
    fileprivate init(_ answer: AccountTokenAnswer) {
        self.init(value: Secret(answer.token.exposeSecret()), lifetime: answer.expiresIn)
    }
}
