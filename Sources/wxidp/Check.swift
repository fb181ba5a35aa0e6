import ArgumentParser
import Foundation
import IdP

/// `wxidp check`: says what `serve` would say, without starting, and asks WeChat and this service's own address.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration, and what WeChat and the outside world say to it.",
        discussion: """
            Asks WeChat about each app with a made-up code, which touches nobody, fetches this service's own pages and \
            proof files at the public address, and compares the clocks. Every finding that is not ok says what to do, \
            with the labels of WeChat's console. Exit code 1 when something has failed; warnings are none.

            No database is opened. A running provider answers GET /check on ops_listen with the same findings, and \
            looks into its database too.
            """)

    @Option(help: "The configuration file.")
    var config = "wxidp.yaml"

    @Flag(help: "Send nothing.")
    var offline = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await Failure.reporting {
            let configuration = try Configuration.load(path: config, environment: ProcessInfo.processInfo.environment)
            if let files = configuration.tls { _ = try files.serverConfiguration() }
            if !json {
                print("\(config): well-formed, \(configuration.pools.count) pool(s)")
                for key in configuration.keysWithoutEffect {
                    print("  note: this version does not act on \(key)")
                }
            }
            let findings =
                offline ? Checkup.offline(configuration) : try await Checkup.run(configuration)
            if json {
                print(findings.json())
            } else {
                for finding in findings { print("  \(Self.label(finding.level)): \(finding.text)") }
            }
            if !findings.isPassing { throw ExitCode.failure }
        }
    }

    private static func label(_ level: CheckFinding.Level) -> String {
        switch level {
        case .ok: "ok"
        case .warning: "warning"
        case .failed: "FAILED"
        case .skipped: "skipped"
        }
    }
}
