import ArgumentParser
import Foundation
import IdP

/// `wxidp keys`: the signing keys, beside a running provider, which notices within a second.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "List, rotate and retire the signing keys.",
        subcommands: [List.self, Rotate.self, Retire.self], defaultSubcommand: List.self)

    /// What all of them take.
    struct Target: ParsableArguments {
        @Option(help: "The configuration file.")
        var config = "wxidp.yaml"

        @Option(help: "The only pool to work on; all when it is not given.")
        var pool: String?

        func open() async throws -> KeyAdministration {
            let configuration = try Configuration.load(path: config, environment: ProcessInfo.processInfo.environment)
            return try await KeyAdministration(configuration: configuration, pool: pool)
        }
    }

    /// `wxidp keys list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show every key: pool, algorithm, state, kid, times.")

        @OptionGroup var target: Target

        func run() async throws {
            try await Failure.reporting {
                KeysCommand.show(try await target.open().list())
            }
        }
    }

    /// `wxidp keys rotate`.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish a successor of each active key, which signs a day later.",
            discussion: """
                Verifiers keep the key set for a while, so a successor is published before it signs. When a private key \
                may be known to others, use --now and then `wxidp keys retire` with the old kid: the tokens it signed \
                end at once.
                """)

        @OptionGroup var target: Target

        @Flag(help: "Let the successor sign at once.")
        var now = false

        @Argument(help: "The only key to replace.")
        var kid: String?

        func run() async throws {
            try await Failure.reporting {
                KeysCommand.show(try await target.open().rotate(kid, atOnce: now))
            }
        }
    }

    /// `wxidp keys retire`.
    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Withdraw a key at once and erase its private part; its tokens end.")

        @OptionGroup var target: Target

        @Argument(help: "The key.")
        var kid: String

        func run() async throws {
            try await Failure.reporting {
                try await target.open().retire(kid)
                print("\(kid) retired")
            }
        }
    }

    /// One line a key, in columns.
    private static func show(_ keys: [KeyAdministration.Listing]) {
        let width = keys.map(\.pool.rawValue.count).max() ?? 0
        for key in keys {
            let columns = [
                padded(key.pool.rawValue, to: width), key.algorithm, padded(key.state.rawValue, to: 8), key.kid,
                times(key),
            ]
            print(columns.joined(separator: "  "))
        }
    }

    private static func times(_ key: KeyAdministration.Listing) -> String {
        switch key.state {
        case .pending: "signs from \(text(key.activeAt))"
        case .active: "signs since \(text(key.activeAt))"
        case .retiring: "published until \(text(key.retireAt))"
        case .retired: "retired \(text(key.retireAt))"
        }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text.padding(toLength: width, withPad: " ", startingAt: 0)
    }

    private static func text(_ time: Date?) -> String { time?.formatted(.iso8601) ?? "-" }
}
