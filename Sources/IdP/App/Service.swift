import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals
import WeChat

/// The provider as a running process: public listener, operations listener, housekeeping.
public struct ProviderService: Sendable {
    /// More at once are not accepted until others close; below the usual limit of open files.
    static let maximumConnections = 8192

    private let configuration: Configuration
    private let logger: Logger

    /// Describes a service; nothing is opened yet.
    public init(configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Serves until the surrounding service group shuts down or a signal arrives, then drains.
    ///
    /// - Parameters:
    ///   - signals: what ends it; none inside a group that deals with signals itself.
    ///   - onReady: runs once the public listener accepts connections.
    /// - Throws: what kept it from starting, with a text for the operator.
    public func run(
        signals: [UnixSignal] = [.sigterm, .sigint], onReady: @escaping @Sendable () async -> Void = {}
    ) async throws {
        let database = try await Self.openDatabase(configuration)
        let httpClient = HTTPClient(
            configuration: AsyncHTTPClientTransport.configuration(connectTimeout: configuration.wechat.connectTimeout))
        do {
            try await run(database: database, httpClient: httpClient, signals: signals, onReady: onReady)
        } catch {
            try? await httpClient.shutdown()
            throw error
        }
        try await httpClient.shutdown()
    }

    private func run(
        database: any Database, httpClient: HTTPClient, signals: [UnixSignal],
        onReady: @escaping @Sendable () async -> Void
    ) async throws {
        let provider = try await Provider(
            configuration: configuration, database: database,
            transport: AsyncHTTPClientTransport(httpClient: httpClient),
            outbound: AsyncOutboundHTTP(client: httpClient), logger: logger)
        logStart()
        let application = Hummingbird.Application(
            router: try provider.router(), server: try server(),
            configuration: .init(
                address: .hostname(configuration.listen.host, port: configuration.listen.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)),
            onServerRunning: { channel in
                logger.info(
                    "listening",
                    metadata: [
                        "address": "\(channel.localAddress?.description ?? "-")",
                        "public_url": "\(configuration.publicURL.origin)",
                    ])
                await onReady()
            },
            logger: logger)
        let operations = Hummingbird.Application(
            router: OperationsRoutes(
                database: database,
                check: CheckDesk(provider.checkup(over: AsyncPublicHTTP(client: httpClient)))
            ).router(),
            configuration: .init(
                address: .hostname(configuration.opsListen.host, port: configuration.opsListen.port), serverName: nil),
            logger: logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: application), .init(service: operations),
                    .init(
                        service: Housekeeping(
                            database: database, logoutNotifier: provider.logoutNotifier, logger: logger)),
                    .init(
                        service: KeyKeeper(keys: provider.keys, surroundings: provider.surroundings, logger: logger)),
                ],
                gracefulShutdownSignals: signals, logger: logger))
        try await group.run()
    }

    /// The database that the configuration names, with its schema up to date.
    static func openDatabase(_ configuration: Configuration) async throws -> any Database {
        switch configuration.database {
        case .sqlite(let path): try await SQLiteDatabase(path: path)
        }
    }

    private func server() throws -> HTTPServerBuilder {
        // A connection that sends nothing for this long is closed, so slow clients can't hold all of them.
        let http1 = HTTP1Channel.Configuration(idleTimeout: .seconds(60))
        guard let files = configuration.tls else { return .http1(configuration: http1) }
        return try .http2Upgrade(
            tlsConfiguration: files.serverConfiguration(),
            configuration: .init(idleTimeout: .seconds(60), streamConfiguration: http1))
    }

    private func logStart() {
        for key in configuration.keysWithoutEffect {
            logger.warning("this version does not act on a configured key", metadata: ["key": "\(key)"])
        }
        if configuration.defaultPool == nil {
            logger.warning("no pool is named default, so nothing is served at the root")
        }
        if configuration.wechat.isSimulated {
            logger.warning(
                "people are sent to a simulator, not to WeChat",
                metadata: ["open_url": "\(configuration.wechat.openURL)"])
        }
    }
}

/// `/healthz` says that the process runs, `/readyz` that it can serve, `/check` what stands in people's way.
///
/// For the operator's network only.
struct OperationsRoutes: Sendable {
    let database: any Database
    let check: CheckDesk

    func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        check.mount(on: router)
        router.get("healthz") { _, _ in "ok\n" }
        router.get("readyz") { _, _ in
            do {
                // A row of ours: a mere `SELECT 1` reads no page of the file.
                _ = try await database.query("SELECT MAX(version) AS version FROM schema_version", [])
                return Response.bytes(Array("ready\n".utf8), contentType: "text/plain")
            } catch {
                return Response.bytes(
                    Array("the database does not answer\n".utf8), contentType: "text/plain", status: .serviceUnavailable
                )
            }
        }
        return router
    }
}

/// Deletes what has expired, and sends again the logout notices that did not arrive.
///
/// Correctness never depends on the deleting: every read checks the time itself.
struct Housekeeping: Service {
    let database: any Database
    let logoutNotifier: LogoutNotifier
    let logger: Logger

    func run() async throws {
        // Ends early, without an error, when the process shuts down.
        while !Task.isCancelled,
            (try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(60)) }) != nil
        {
            do {
                try await Self.sweep(database, now: Date())
                try await cancelWhenGracefulShutdown { try await logoutNotifier.retry() }
            } catch {
                logger.error(
                    "housekeeping failed", metadata: ["error": "\((error as? StorageError)?.description ?? "-")"])
            }
        }
    }

    static func sweep(_ database: any Database, now: Date) async throws {
        // Spent codes are kept a while, because their reuse must be recognised.
        let graces: [(table: String, seconds: Double)] = [
            ("sign_ins", 0), ("sessions", 0), ("authorization_codes", 3600), ("refresh_tokens", 0),
            ("access_tokens", 0), ("revoked_tokens", 0), ("client_assertions", 0),
            ("device_codes", 600), ("logout_notices", 0),
            ("wechat_credentials", 0), ("wechat_messages", 0),
            ("mini_program_sessions", 0), ("phone_number_proofs", 0),
            ("identity_events", 0),
            // How many tickets a sign-in had must be known while it lasts.
            ("scan_tickets", 600),
            ("contract_sessions", 0), ("used_signatures", 0),
        ]
        for (table, seconds) in graces {
            try await database.transaction { transaction in
                try transaction.query("DELETE FROM \(table) WHERE expires_at < $1", [.date(now - seconds)])
            }
        }
        // While its session lives, a grant tells whom to notify of the session's end.
        try await database.transaction { transaction in
            try transaction.query(
                """
                DELETE FROM grants WHERE expires_at < $1 AND NOT EXISTS (
                    SELECT 1 FROM sessions AS s WHERE s.pool = grants.pool AND s.sid = grants.sid)
                """,
                [.date(now - 86_400)])
        }
    }
}
