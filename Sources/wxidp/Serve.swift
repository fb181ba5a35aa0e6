import ArgumentParser
import Foundation
import IdP
import Logging

/// `wxidp serve`: stays in the foreground, logs to standard error, drains on SIGTERM.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the provider.")

    @Option(help: "The configuration file.")
    var config = "wxidp.yaml"

    func run() async throws {
        try await Failure.reporting {
            let configuration = try Configuration.load(path: config, environment: ProcessInfo.processInfo.environment)
            let makeHandler = LogHandlers.make(format: configuration.logFormat, level: configuration.logLevel)
            LoggingSystem.bootstrap(makeHandler)
            try await ProviderService(configuration: configuration, logger: Logger(label: "wxidp")).run()
        }
    }
}
