import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization

@testable import WeChatSimulator

/// A person's phone in front of a simulator, and the back end that exchanges the codes.
struct Phone: Sendable {
    static let app = SimulatedApp(
        appID: "wx0123456789abcdef",
        secret: "5ec2e75ec2e75ec2e75ec2e75ec2e75e",
        displayName: "咖啡<店>",
        openPlatform: "main",
        redirectHosts: ["id.example.com", "path.example.com/base", "127.0.0.1"]
    )
    static let sister = SimulatedApp(
        appID: "wxaaaaaaaaaaaaaaaa",
        secret: "aa",
        openPlatform: "main",
        redirectHosts: ["id.example.com"]
    )
    static let unbound = SimulatedApp(appID: "wxbbbbbbbbbbbbbbbb", secret: "bb", redirectHosts: ["id.example.com"])
    static let testAccount = SimulatedApp(
        appID: "wxcccccccccccccccc",
        secret: "cc",
        openPlatform: "main",
        redirectHosts: ["192.0.2.7"],
        isTestAccount: true
    )
    static let strictHTTPS = SimulatedApp(
        appID: "wxdddddddddddddddd",
        secret: "dd",
        redirectHosts: ["id.example.com"],
        forceHTTPS: true
    )
    static let website = SimulatedApp(appID: "wxeeeeeeeeeeeeeeee", secret: "ee", kind: .website)
    static let baseOnly = SimulatedApp(
        appID: "wx1111111111111111",
        secret: "11",
        redirectHosts: ["id.example.com"],
        scopes: ["snsapi_base"]
    )
    static let subscription = SimulatedApp(appID: "wxffffffffffffffff", secret: "ff", kind: .subscriptionAccount)

    static let miniProgram = SimulatedApp(
        appID: "wx2222222222222222",
        secret: "22",
        kind: .miniProgram,
        openPlatform: "main"
    )
    static let mobile = SimulatedApp(
        appID: "wx3333333333333333",
        secret: "33",
        kind: .mobileApp,
        openPlatform: "main"
    )
    static let site = SimulatedApp(
        appID: "wx5555555555555555",
        secret: "55",
        kind: .website,
        openPlatform: "main",
        redirectHosts: ["shop.example.com"]
    )
    static let fenced = SimulatedApp(
        appID: "wx4444444444444444",
        secret: "44",
        allowedAddresses: ["203.0.113.7"]
    )

    static let wechat =
        "Mozilla/5.0 (iPhone) Mobile/15E148 MicroMessenger/8.0.31(0x18001f2f) NetType/WIFI Language/zh_CN"
    static let callback = "https://id.example.com/cb"

    let simulator: Simulator
    let client: any TestClientProtocol
    var userAgent = Phone.wechat
    var cookie: String?
    var extraHeaders: [String: String] = [:]

    /// Runs a story on a fresh simulator whose time stands still and which never waits.
    static func with(
        _ behaviour: (inout Behaviour) -> Void = { _ in },
        fetcher: Simulator.Fetcher? = nil,
        sender: Simulator.Sender? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in },
        _ story: @escaping @Sendable (Phone) async throws -> Void
    ) async throws {
        var start = Behaviour()
        behaviour(&start)
        let simulator = Simulator(
            configuration: SimulatorConfiguration(
                apps: [
                    app, sister, unbound, testAccount, strictHTTPS, website, subscription, baseOnly, miniProgram,
                    mobile, fenced, site,
                ],
                behaviour: start
            ),
            now: { Date(timeIntervalSince1970: 1_700_000_000) },
            sleep: sleep,
            fetcher: fetcher,
            sender: sender
        )
        try await Application(router: simulator.router()).test(.router) { client in
            try await story(Phone(simulator: simulator, client: client))
        }
    }

    func be(_ user: String) -> Phone {
        var phone = self
        phone.cookie = "a=b; simulator-user=\(user)"
        return phone
    }

    @discardableResult
    func send(
        _ method: HTTPRequest.Method = .get,
        _ path: String,
        body: String? = nil,
        type: String = "application/x-www-form-urlencoded"
    ) async throws -> TestResponse {
        var headers: HTTPFields = [.userAgent: userAgent]
        if let cookie { headers[.cookie] = cookie }
        if body != nil { headers[.contentType] = type }
        for (name, value) in extraHeaders { if let name = HTTPField.Name(name) { headers[name] = value } }
        return try await client.execute(
            uri: path, method: method, headers: headers, body: body.map(ByteBuffer.init(string:)))
    }

    /// The address that WeChat's documents prescribe, parts replaced at will.
    static func address(
        app: SimulatedApp = Phone.app,
        redirect: String = callback,
        scope: String = "snsapi_base",
        state: String = "s1",
        extra: String = ""
    ) -> String {
        "/connect/oauth2/authorize?appid=\(app.appID)&redirect_uri=\(PercentEncoding.component(redirect))"
            + "&response_type=code&scope=\(scope)&state=\(PercentEncoding.component(state))\(extra)"
    }

    /// Opens an address and follows the simulator's own redirects.
    func open(_ address: String) async throws -> TestResponse {
        var response = try await send(.get, address)
        while let next = response.headers[.location], next.hasPrefix("/connect/") {
            response = try await send(.get, String(next.prefix { $0 != "#" }))
        }
        return response
    }

    /// Taps a button of the consent page.
    func tap(_ decision: String, on page: TestResponse) async throws -> TestResponse {
        let ticket = page.text.attribute("value", after: "name=\"ticket\"") ?? ""
        return try await send(
            .post, "/connect/oauth2/authorize/decision", body: "ticket=\(ticket)&decision=\(decision)")
    }

    /// Signs in up to the callback; the code.
    func code(
        app: SimulatedApp = Phone.app,
        scope: String = "snsapi_base",
        redirect: String = Phone.callback
    ) async throws -> String {
        let page = try await open(Phone.address(app: app, redirect: redirect, scope: scope))
        let response = page.status == .ok ? try await tap("allow", on: page) : page
        return response.callbackParameters["code"] ?? ""
    }

    /// What a mini program's back end asks with a code of `wx.login`.
    func login(_ code: String, app: SimulatedApp = Phone.miniProgram) async throws -> TestResponse {
        try await send(
            .get,
            "/sns/jscode2session?appid=\(app.appID)&secret=\(app.secret)&js_code=\(code)&grant_type=authorization_code"
        )
    }

    /// A new token of `/cgi-bin/token`.
    func accountToken(_ app: SimulatedApp = Phone.app) async throws -> String {
        try await send(
            .get, "/cgi-bin/token?grant_type=client_credential&appid=\(app.appID)&secret=\(app.secret)"
        ).field("access_token")
    }

    func exchange(_ code: String, app: SimulatedApp = Phone.app, secret: String? = nil) async throws -> TestResponse {
        try await send(
            .get,
            "/sns/oauth2/access_token?appid=\(app.appID)&secret=\(secret ?? app.secret)&code=\(code)"
                + "&grant_type=authorization_code"
        )
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))) as? [String: Any] ?? [:]
    }

    var errcode: Int? { json["errcode"] as? Int }

    func field(_ name: String) -> String { json[name] as? String ?? "" }

    /// The query of the address redirected to.
    var callbackParameters: FormParameters {
        let address = (headers[.location] ?? "").prefix { $0 != "#" }
        return FormParameters(String(address.drop { $0 != "?" }.dropFirst()))
    }
}

extension String {
    /// The value of an HTML attribute behind a mark.
    func attribute(_ name: String, after mark: String) -> String? {
        guard let start = firstRange(of: mark),
            let open = self[start.upperBound...].firstRange(of: "\(name)=\"")
        else { return nil }
        return String(self[open.upperBound...].prefix { $0 != "\"" }).replacing("&amp;", with: "&")
    }
}

/// Remembers what was put into it, from any thread.
final class Box<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func add(_ value: Value) { values.withLock { $0.append(value) } }
    var all: [Value] { values.withLock { $0 } }
}
