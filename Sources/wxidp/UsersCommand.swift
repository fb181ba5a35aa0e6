import ArgumentParser
import Foundation
import IdP

/// `wxidp users`: people whose accounts became one, beside a running provider.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "Show which accounts became one, and part them again.",
        subcommands: [Merges.self, Unmerge.self], defaultSubcommand: Merges.self)

    /// What all of them take.
    struct Target: ParsableArguments {
        @Option(help: "The configuration file.")
        var config = "wxidp.yaml"

        @Option(help: "The only pool to work on; all when it is not given.")
        var pool: String?

        func open() async throws -> IdentityAdministration {
            let configuration = try Configuration.load(path: config, environment: ProcessInfo.processInfo.environment)
            return try await IdentityAdministration(configuration: configuration, pool: pool)
        }
    }

    /// `wxidp users merges`.
    struct Merges: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show merges, and contradictions that kept accounts apart, the latest first.")

        @OptionGroup var target: Target

        @Option(help: "How many of a pool at most.")
        var limit = 100

        func run() async throws {
            try await Failure.reporting {
                for listing in try await target.open().merges(limit: limit) { print(UsersCommand.line(listing)) }
            }
        }
    }

    /// `wxidp users unmerge`.
    struct Unmerge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a merge back.",
            discussion: """
                The account that was merged away gets back the identities it brought. What was linked since stays with \
                the other one, whose sessions end where they came through those identities. The two are never merged \
                by themselves again. Applications that are to be told of ended sessions are told by the running \
                provider within two minutes.
                """)

        @OptionGroup var target: Target

        @Argument(help: "The merge, as `wxidp users merges` shows it.")
        var event: String

        func run() async throws {
            try await Failure.reporting {
                print(UsersCommand.line(try await target.open().unmerge(event)))
            }
        }
    }

    /// One event in columns: pool, time, identifier, what happened to whom, and why.
    private static func line(_ listing: IdentityAdministration.Listing) -> String {
        let happened =
            listing.isMerge
            ? "\(listing.other ?? "-") merged into \(listing.user), \(listing.identities) identities"
            : "\(listing.user) kept apart from \(listing.other ?? "what WeChat named")"
        let undone = listing.undoneAt.map { ", undone \($0.formatted(.iso8601))" } ?? ""
        return [
            listing.pool.rawValue, listing.happenedAt.formatted(.iso8601), listing.id, happened,
            listing.reason + undone,
        ].joined(separator: "  ")
    }
}
