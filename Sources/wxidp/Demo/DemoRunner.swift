import ArgumentParser
import BusinessSite
import Foundation
import IdP
import Logging
import ServiceLifecycle
import UnixSignals
import WeChatSimulator

/// Runs the three servers side by side, and the check when asked to.
struct DemoRunner: Sendable {
    let setup: DemoSetup

    func run(check: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "wxidp-demo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "wxidp.yaml").path
        try setup.yaml.write(toFile: file, atomically: true, encoding: .utf8)
        let configuration = try Configuration.load(path: file, environment: [:])
        let (ready, readiness) = AsyncStream.makeStream(of: Void.self)
        let verdict = Verdict()
        let provider = ProviderService(configuration: configuration, logger: Logger(label: "wxidp"))
        let site = BusinessSite(
            issuer: setup.issuer, sdkURL: setup.provider + "/wxmp-sdk.js", clientID: setup.clientID,
            port: setup.sitePort, logger: Logger(label: "site"))
        let servers: [Running] = [
            Running { try await simulator(configuration).run {} },
            Running { try await site.run() },
            Running { try await provider.run(signals: []) { readiness.yield() } },
        ]
        let guide = Running {
            for await _ in ready { break }
            try await waitForServers()
            if check {
                await verdict.set(try await DemoCheck(setup: setup).run())
            } else {
                announce(configurationFile: file)
                try await gracefulShutdown()
            }
        }
        let group = ServiceGroup(
            configuration: .init(
                services: servers.map { .init(service: $0) }
                    + [.init(service: guide, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "demo")))
        try await group.run()
        if await !verdict.isGood { throw ExitCode.failure }
    }

    /// A part of the demonstration that runs until the group around it shuts down.
    private struct Running: Service {
        let body: @Sendable () async throws -> Void

        func run() async throws {
            try await body()
        }
    }

    /// How the check ended; good when none was asked for.
    private actor Verdict {
        private(set) var isGood = true

        func set(_ isGood: Bool) {
            self.isGood = isGood
        }
    }

    private func simulator(_ configuration: Configuration) -> SimulatorRunner {
        var behaviour = Behaviour()
        // In the demonstration any browser may play the phone.
        behaviour.userAgentGate = false
        var apps = SimulatorRunner.apps(of: configuration)
        for index in apps.indices { apps[index].displayName = "青禾书店" }
        return SimulatorRunner(
            configuration: SimulatorConfiguration(apps: apps, behaviour: behaviour), host: "127.0.0.1",
            port: setup.simulatorPort)
    }

    private func waitForServers() async throws {
        let visitor = DemoVisitor()
        for address in [setup.simulator + "/", setup.site + "/", setup.issuer + "/.well-known/openid-configuration"] {
            for attempt in 1... {
                if (try? await visitor.get(address))?.status == 200 { break }
                guard attempt < 200 else {
                    throw DemoCheck.Failure(step: "start", reason: "\(address) does not answer")
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        await visitor.close()
    }

    private func announce(configurationFile: String) {
        print(
            """

              Open this address:  \(setup.site)/

              provider   \(setup.issuer)/.well-known/openid-configuration
              simulator  \(setup.simulator)/   (choose who holds the phone)
              settings   \(configurationFile)

              Ctrl-C stops everything and forgets it.

            ready: \(setup.site)/
            """)
        fflush(nil)
    }
}
