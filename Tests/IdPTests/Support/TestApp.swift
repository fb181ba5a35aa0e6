import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWT
import Logging
import NIOCore
import WeChatSimulator

@testable import IdP

/// The real provider over a real database, with its own time, chance, log and WeChat, in one process.
struct TestApp: Sendable {
    static let wechatHost = "open.weixin.qq.com"

    let publicURL: String
    let provider: Provider
    let database: SQLiteDatabase
    /// The same database as the provider sees it.
    let storage: WatchedDatabase
    let simulator: Simulator
    let bridge: WeChatBridge
    let clock: StoryClock
    let log: LogCapture
    let client: any TestClientProtocol

    /// Tells a story about a fresh provider.
    static func story<Result: Sendable>(
        at publicURL: String = "https://id.example.com", outbound: any OutboundHTTP = NoOutboundHTTP(),
        over connection: TestingSetup = .router, yaml change: (String) -> String = { $0 },
        _ story: @escaping @Sendable (TestApp) async throws -> Result
    ) async throws -> Result {
        let folder = try await Template.copy()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (clock, log) = (StoryClock(), LogCapture())
        let chance = StoryChance(seed: 7)
        // Waits are short, but real: what waits for another request lets it go on.
        let surroundings = Surroundings(
            now: { clock.now }, randomBytes: { chance.bytes($0) },
            sleep: { _ in try await Task.sleep(for: .milliseconds(1)) })
        let simulator = Simulator(
            configuration: SimulatorConfiguration(apps: TestConfiguration.apps),
            now: { clock.now }, random: { chance.next() }, sleep: { _ in }, logger: log.logger("simulator"))
        let bridge = WeChatBridge(simulator: simulator)
        let configuration = try Configuration.parse(
            change(TestConfiguration.yaml(publicURL: publicURL)), file: "test.yaml", folder: folder.path,
            environment: [:])
        let database = try await SQLiteDatabase(path: folder.appending(path: "wxidp.sqlite").path)
        let storage = WatchedDatabase(database)
        let logger = log.logger("provider")
        let provider = try await Provider(
            configuration: configuration, database: storage, transport: bridge, outbound: outbound,
            surroundings: surroundings, logger: logger)
        let application = Hummingbird.Application(router: try provider.router(), logger: logger)
        return try await application.test(connection) { client in
            try await story(
                TestApp(
                    publicURL: publicURL, provider: provider, database: database, storage: storage,
                    simulator: simulator, bridge: bridge, clock: clock, log: log, client: client))
        }
    }

    /// Signing keys cost time, so one database with keys is made for all tests and copied for each.
    private enum Template {
        static let folder = Task { () throws -> URL in
            let folder = FileManager.default.temporaryDirectory.appending(path: "wxidp-template-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let configuration = try Configuration.parse(
                TestConfiguration.yaml(publicURL: "https://id.example.com"), file: "test.yaml", folder: folder.path,
                environment: [:])
            let (clock, chance) = (StoryClock(), StoryChance(seed: 1))
            let database = try await SQLiteDatabase(path: folder.appending(path: "wxidp.sqlite").path)
            _ = try await Provider(
                configuration: configuration, database: database,
                transport: WeChatBridge(simulator: Simulator(configuration: SimulatorConfiguration(apps: []))),
                surroundings: Surroundings(now: { clock.now }, randomBytes: { chance.bytes($0) }),
                logger: LogCapture().logger("template"))
            return folder
        }

        static func copy() async throws -> URL {
            let copy = FileManager.default.temporaryDirectory.appending(path: "wxidp-test-\(UUID().uuidString)")
            try FileManager.default.copyItem(at: try await folder.value, to: copy)
            return copy
        }
    }

    // MARK: Requests

    /// Gets one address without any browser.
    func send(_ path: String, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, path, headers: headers)
    }

    /// Sends one request without any browser.
    func send(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], form: [String: String]? = nil,
        body: String? = nil
    ) async throws -> Answer {
        var headers = headers
        let text = form.map { PercentEncoding.query($0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }) } ?? body
        if form != nil { headers[.contentType] = headers[.contentType] ?? "application/x-www-form-urlencoded" }
        let response = try await client.execute(
            uri: path, method: method, headers: headers, body: text.map { ByteBuffer(string: $0) })
        return Answer(
            url: publicURL + path, status: response.status, headers: response.headers,
            text: String(buffer: response.body))
    }

    // MARK: Looking inside

    /// The number of rows of a table.
    func count(_ table: String, where condition: String = "1 = 1") async throws -> Int {
        let rows = try await database.query("SELECT COUNT(*) AS n FROM \(table) WHERE \(condition)", [])
        return Int(try rows.first?.integer("n") ?? -1)
    }

    /// True when no sign-in has left anything: no person, no session, nothing issued.
    func isUntouched() async throws -> Bool {
        for table in ["users", "sessions", "grants", "authorization_codes", "refresh_tokens", "wechat_openids"] {
            guard try await count(table) == 0 else { return false }
        }
        return true
    }

    func execute(_ sql: String) async throws {
        try await database.transaction { try $0.query(sql, []) }
    }
}

/// What came back for one request.
struct Answer: Sendable {
    var url: String
    var status: HTTPResponse.Status
    var headers: HTTPFields
    var text: String

    var location: String? { headers[.location] }
    /// The page's marker.
    var page: String? { text.value(of: "content", after: "name=\"wxidp-page\"") }
    var json: JSON { (try? JSON.parse(Array(text.utf8))) ?? .null }
    var error: String? { json["error"]?.stringValue }
    func field(_ name: String) -> String { json[name]?.stringValue ?? "" }
    /// The query of the redirect.
    var query: [String: String] { Address.parameters(location ?? "", after: "?") }
    /// The fragment of the redirect.
    var fragment: [String: String] { Address.parameters(location ?? "", after: "#") }
    /// The cookies that are set, by name, as whole header values.
    var setCookies: [String] { headers[values: .setCookie] }
}

extension String {
    /// The value of an HTML attribute behind a mark, decoded.
    func value(of attribute: String, after mark: String) -> String? {
        guard let start = firstRange(of: mark) else { return nil }
        let rest = self[start.upperBound...]
        guard let open = rest.firstRange(of: "\(attribute)=\"") else { return nil }
        return String(rest[open.upperBound...].prefix { $0 != "\"" }).replacing("&quot;", with: "\"")
            .replacing("&#39;", with: "'").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&amp;", with: "&")
    }
}
