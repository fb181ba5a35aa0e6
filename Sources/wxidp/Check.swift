import ArgumentParser
import AsyncHTTPClient
import Foundation
import IdP

/// `wxidp check`: says what `serve` would say, without starting, and asks WeChat about each account.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration and ask WeChat about each account.")

    @Option(help: "The configuration file.")
    var config = "wxidp.yaml"

    @Flag(help: "Do not ask WeChat.")
    var offline = false

    func run() async throws {
        try await Failure.reporting {
            let configuration = try Configuration.load(path: config, environment: ProcessInfo.processInfo.environment)
            print("\(config): well-formed, \(configuration.pools.count) pool(s)")
            for key in configuration.keysWithoutEffect {
                print("  note: this version does not act on \(key)")
            }
            if let files = configuration.tls { _ = try files.serverConfiguration() }
            guard !offline else { return }
            let findings = try await ConnectionProbe(configuration: configuration).run()
            for finding in findings { print("  \(finding.isGood ? "ok" : "FAILED"): \(finding.text)") }
            if findings.contains(where: { !$0.isGood }) { throw ExitCode.failure }
        }
    }
}
