import ArgumentParser
import Foundation
import Logging

/// `wxidp demo`: simulator, provider and a sample business site on loopback, in one process.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Start a simulator, the provider and a sample site on loopback.")

    @Option(help: "The first of four ports: provider, operations, simulator, sample site.")
    var port = 8080

    @Flag(help: "Sign in once, verify the token, print each step, and exit with 0 or 1.")
    var check = false

    func run() async throws {
        try await Failure.reporting {
            guard (1024...65_532).contains(port) else { throw ValidationError("--port must be between 1024 and 65532") }
            let setup = DemoSetup(firstPort: port)
            try setup.requireFreePorts()
            let level: Logger.Level = check ? .error : .notice
            LoggingSystem.bootstrap { label in DemoLog.handler(label: label, level: level) }
            try await DemoRunner(setup: setup).run(check: check)
        }
    }
}
