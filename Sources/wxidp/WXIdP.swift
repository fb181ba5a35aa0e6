import ArgumentParser

/// The command line.
@main
struct WXIdP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wxidp",
        abstract: "An OpenID Connect provider for WeChat sign-in.",
        subcommands: [
            Serve.self, Check.self, KeysCommand.self, UsersCommand.self, SimulatorCommand.self, DemoCommand.self,
        ])
}
