import ArgumentParser
import AsyncHTTPClient
import Foundation
import IdP
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import UnixSignals
import WeChat
import WeChatSimulator

/// `wxidp simulator`: a local WeChat to develop and test against.
struct SimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator", abstract: "Run a local WeChat: authorize page and /sns calls.",
        discussion:
            "Knows the accounts of --config, or of --app, or one example account. Open its address to choose who holds the phone."
    )

    @Option(help: "Take accounts and redirect hosts from this provider configuration.")
    var config: String?

    @Option(help: "A service account as APPID:SECRET[:HOST…]; may be repeated.")
    var app: [String] = []

    @Option(help: "A website app as APPID:SECRET[:HOST…]; may be repeated.")
    var website: [String] = []

    @Option(help: "A mini program as APPID:SECRET; may be repeated.")
    var miniProgram: [String] = []

    @Option(help: "A mobile app as APPID:SECRET; may be repeated.")
    var mobileApp: [String] = []

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on.")
    var port = 8082

    @Flag(help: "Let browsers other than WeChat's through.")
    var anyBrowser = false

    func run() async throws {
        try await Failure.reporting {
            LoggingSystem.bootstrap(LogHandlers.make(format: .text, level: .info))
            var behaviour = Behaviour()
            behaviour.userAgentGate = !anyBrowser
            let runner = SimulatorRunner(
                configuration: SimulatorConfiguration(apps: try apps(), behaviour: behaviour), host: host, port: port)
            try await runner.run(signals: [.sigterm, .sigint]) { print("simulator: http://\(host):\(port)/") }
        }
    }

    private func apps() throws -> [SimulatedApp] {
        var apps: [SimulatedApp] = []
        if let config {
            let configuration = try Configuration.load(path: config, environment: ProcessInfo.processInfo.environment)
            apps = SimulatorRunner.apps(of: configuration)
        }
        apps += try app.map { try Self.app($0, .officialAccount) }
        apps += try website.map { try Self.app($0, .website) }
        apps += try miniProgram.map { try Self.app($0, .miniProgram) }
        apps += try mobileApp.map { try Self.app($0, .mobileApp) }
        if apps.isEmpty {
            apps = [
                SimulatedApp(
                    appID: "wx0123456789abcdef", secret: "0123456789abcdef0123456789abcdef",
                    redirectHosts: ["127.0.0.1", "localhost"])
            ]
        }
        return apps
    }

    /// All of one open-platform account, so that a person has one unionid at all of them.
    private static func app(_ text: String, _ kind: SimulatedApp.Kind) throws -> SimulatedApp {
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count >= 2 else { throw ValidationError("An app is APPID:SECRET[:HOST…].") }
        let hosts = parts.count > 2 ? Array(parts[2...]) : ["127.0.0.1", "localhost"]
        let name =
            switch kind {
            case .officialAccount, .subscriptionAccount: "测试服务号"
            case .website: "测试网站"
            case .miniProgram: "测试小程序"
            case .mobileApp: "测试应用"
            }
        return SimulatedApp(
            appID: parts[0], secret: parts[1], kind: kind, displayName: name, openPlatform: "simulator",
            redirectHosts: hosts)
    }
}

/// A simulator as a server, with the repeated callbacks that WeChat makes.
struct SimulatorRunner: Sendable {
    let configuration: SimulatorConfiguration
    let host: String
    let port: Int

    /// The accounts that a provider is configured for, each returning to the provider's own host.
    static func apps(of configuration: Configuration) -> [SimulatedApp] {
        configuration.pools.flatMap(\.connections).map { connection in
            SimulatedApp(
                appID: connection.appID.rawValue, secret: connection.appSecret.exposeSecret(),
                kind: kind(of: connection.kind), displayName: connection.id.rawValue,
                openPlatform: connection.openPlatform, redirectHosts: [configuration.publicURL.host])
        }
    }

    private static func kind(of kind: IdP.Connection.Kind) -> SimulatedApp.Kind {
        switch kind {
        case .officialAccount: .officialAccount
        case .website: .website
        case .miniProgram: .miniProgram
        case .mobileApp: .mobileApp
        }
    }

    func run(signals: [UnixSignal] = [], onReady: @escaping @Sendable () async -> Void) async throws {
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        let simulator = Simulator(
            configuration: configuration,
            fetcher: { url in
                // WeChat's own second request: another address, no cookies, the answer thrown away.
                _ = try? await client.execute(HTTPClientRequest(url: url.absoluteString), timeout: .seconds(10))
            },
            sender: { request throws(SimulatorOutboundError) in try await Self.send(request, by: client) },
            logger: Logger(label: "simulator"))
        do {
            let application = simulator.makeApplication(host: host, port: port)
            let group = ServiceGroup(
                configuration: .init(
                    services: [.init(service: application)], gracefulShutdownSignals: signals,
                    logger: Logger(label: "simulator")))
            await onReady()
            try await group.run()
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    /// What WeChat's servers send: pushed messages, and fetches of a domain's proof.
    private static func send(
        _ request: SimulatorOutboundRequest, by client: HTTPClient
    ) async throws(SimulatorOutboundError) -> SimulatorOutboundResponse {
        do {
            var message = HTTPClientRequest(url: request.url)
            message.method = request.method == "POST" ? .POST : .GET
            message.headers.add(name: "User-Agent", value: "Mozilla/4.0")
            if let type = request.contentType {
                message.headers.add(name: "Content-Type", value: type)
                message.body = .bytes(request.body)
            }
            let deadline = NIODeadline.now() + TimeAmount(request.timeout)
            let response = try await client.execute(message, deadline: deadline)
            let body = try await response.body.collect(upTo: 65_536)
            return SimulatorOutboundResponse(
                status: Int(response.status.code), location: response.headers.first(name: "Location"),
                body: Array(body.readableBytesView))
        } catch {
            throw meaning(of: error)
        }
    }

    private static func meaning(of error: any Error) -> SimulatorOutboundError {
        switch error as? HTTPClientError {
        case .deadlineExceeded?, .connectTimeout?, .readTimeout?: return .timedOut
        case .tlsHandshakeTimeout?: return .tls
        default: break
        }
        if error is NIOTooManyBytesError { return .tooLong }
        // The error types of swift-nio-ssl, which this program does not depend on by itself.
        return "\(type(of: error))".contains("SSL") ? .tls : .connection
    }
}
