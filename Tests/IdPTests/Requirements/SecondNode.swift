import Foundation
import Hummingbird
import HummingbirdTesting
import WeChatSimulator

@testable import IdP

extension TestApp {
    /// Another process over the same database, with a configuration of its own.
    func secondNode(
        yaml change: (String) -> String = { $0 },
        _ story: @escaping @Sendable (TestApp) async throws -> Void
    ) async throws {
        let folder = URL(filePath: provider.configuration.masterKeyFile).deletingLastPathComponent()
        let configuration = try Configuration.parse(
            change(TestConfiguration.yaml(publicURL: publicURL)), file: "test.yaml", folder: folder.path,
            environment: [:])
        let (clock, chance) = (clock, StoryChance(seed: 11))
        let other = try await Provider(
            configuration: configuration, database: storage, transport: bridge,
            surroundings: Surroundings(
                now: { clock.now }, randomBytes: { chance.bytes($0) },
                sleep: { _ in try await Task.sleep(for: .milliseconds(1)) }),
            logger: log.logger("second"))
        let application = Hummingbird.Application(router: try other.router(), logger: log.logger("second"))
        try await application.test(.router) { client in
            try await story(
                TestApp(
                    publicURL: publicURL, provider: other, database: database, storage: storage,
                    simulator: simulator, bridge: bridge, clock: clock, log: log, client: client))
        }
    }
}
