import AsyncHTTPClient
import Foundation
import WeChat

/// Everything that `wxidp check` and `GET /check` look at.
///
/// Nothing that is asked here changes anything at WeChat or touches a person: made-up codes, the token that is in use
/// anyway, and our own pages.
public struct Checkup: Sendable {
    /// How many calls are under way at once.
    static let atOnce = 8

    let configuration: Configuration
    let transport: any WeChatTransport
    let http: any PublicHTTP
    /// Nil outside of a running provider: opening it would migrate it.
    let database: (any Database)?
    let surroundings: Surroundings

    init(
        configuration: Configuration, transport: any WeChatTransport, http: any PublicHTTP, database: (any Database)?,
        surroundings: Surroundings = .system
    ) {
        (self.configuration, self.transport, self.http) = (configuration, transport, http)
        (self.database, self.surroundings) = (database, surroundings)
    }

    /// Looks at everything with an HTTP client of its own, and opens no database.
    public static func run(_ configuration: Configuration) async throws -> [CheckFinding] {
        let client = HTTPClient(
            configuration: AsyncHTTPClientTransport.configuration(connectTimeout: configuration.wechat.connectTimeout))
        let findings = await Checkup(
            configuration: configuration, transport: AsyncHTTPClientTransport(httpClient: client),
            http: AsyncPublicHTTP(client: client), database: nil
        ).findings()
        try await client.shutdown()
        return findings
    }

    /// What can be said without sending anything.
    public static func offline(_ configuration: Configuration) -> [CheckFinding] {
        [MasterKeyCheck(path: configuration.masterKeyFile).finding()]
            + AddressCheck(configuration: configuration, http: NoPublicHTTP()).spelling()
    }

    /// Every finding, in the order of the configuration.
    func findings() async -> [CheckFinding] {
        let address = AddressCheck(configuration: configuration, http: http)
        let probe = ConnectionProbe(configuration: configuration)
        let accountToken = AccountTokenCheck(settings: configuration.wechat, transport: transport)
        let proof = DomainProofCheck(configuration: configuration, http: http)
        let messages = MessageCheck(configuration: configuration, http: http, surroundings: surroundings)
        let openPlatform = OpenPlatformCheck(database: database)
        let clock = ClockCheck(settings: configuration.wechat, http: http, now: surroundings.now)
        var tasks: [@Sendable () async -> [CheckFinding]] = [{ [await clock.finding()] }]
        for pool in configuration.pools {
            tasks.append { [await address.discovery(pool)] }
            tasks.append { await openPlatform.findings(pool) }
            for connection in pool.connections {
                tasks.append { [transport] in [await probe.finding(pool, connection, transport)] }
                tasks.append { [await accountToken.finding(pool, connection)].compactMap { $0 } }
                tasks.append { await proof.findings(pool, connection) }
                tasks.append { await messages.findings(pool, connection) }
            }
        }
        return Self.offline(configuration) + (await Self.inOrder(tasks))
    }

    private static func inOrder(_ tasks: [@Sendable () async -> [CheckFinding]]) async -> [CheckFinding] {
        await withTaskGroup(of: (Int, [CheckFinding]).self) { group in
            var results = [[CheckFinding]](repeating: [], count: tasks.count)
            for (index, task) in tasks.enumerated() {
                if index >= atOnce, let (done, findings) = await group.next() { results[done] = findings }
                group.addTask { (index, await task()) }
            }
            for await (done, findings) in group { results[done] = findings }
            return results.flatMap { $0 }
        }
    }
}

/// Sends nothing.
private struct NoPublicHTTP: PublicHTTP {
    func get(_ address: String) async -> Result<PublicAnswer, PublicFailure> { .failure(.unreachable) }
}
