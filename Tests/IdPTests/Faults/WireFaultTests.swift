import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

@Suite("Faults on real connections, met by a whole sign-in", .serialized)
struct WireFaultTests {
    static let faults: [(String, Fault, Int)] = [
        ("reset after the code was consumed", Fault(.resetAfterProcessing), 502),
        ("reset before", Fault(.resetBeforeProcessing), 502),
        ("502 with HTML", Fault(.badGateway, takesEffect: true), 502),
        ("an empty answer", Fault(.emptyBody, takesEffect: true), 502),
        ("half an answer", Fault(.truncated), 502),
    ]

    @Test("the connection, or what comes over it, breaks", arguments: faults)
    func broken(_ row: (String, Fault, Int)) async throws {
        let (_, fault, status) = row
        try await Self.story { app, wire async throws -> Void in
            let browser = Browser(app)
            app.bridge.take(wire.detour(to: wire.simulator))
            let page = try await app.signIn(browser, meeting: fault, at: .exchange)
            #expect(Int(page.status.code) == status, "\(page.page ?? "")")
            try await app.expectNoTrace(browser)
            try await app.expectRestart(browser, from: page)
        }
    }

    @Test("WeChat accepts the connection and says nothing: 504 when the time is up")
    func silence() async throws {
        try await Self.story { app, wire async throws -> Void in
            let browser = Browser(app)
            app.bridge.take(wire.detour(to: wire.mute))
            let page = try await browser.open(AuthorizationRequest().url)
            #expect(page.page == "wechat-slow" && page.status == .gatewayTimeout)
            try await app.expectNoTrace(browser)
            app.bridge.take(wire.detour(to: wire.simulator))
            try await app.expectRestart(browser, from: page)
        }
    }

    @Test("nobody listens at `api`, `api2` lives: nobody notices")
    func backup() async throws {
        try await Self.story { app, wire async throws -> Void in
            app.bridge.take(wire.detour(to: wire.closed, backup: wire.simulator))
            for person in ["alice", "xiaoming"] {
                #expect(try await !app.code(in: Browser(app, person: person)).isEmpty)
            }
            // The dead host has been given up meanwhile, and is not even tried.
            let calls = app.bridge.calls("//api.weixin.qq.com/")
            #expect(try await !app.code(in: Browser(app, person: "stranger")).isEmpty)
            #expect(app.bridge.calls("//api.weixin.qq.com/") == calls)
        }
    }

    static let unreachable: [(String, String)] = [
        ("no address", "http://wechat.invalid"), ("nobody listens", "closed"),
        ("TLS with a server that has none", "tls"),
    ]

    @Test("WeChat cannot be reached: 502, and later it works", arguments: unreachable)
    func outOfReach(_ row: (String, String)) async throws {
        try await Self.story { app, wire async throws -> Void in
            let origin =
                ["closed": wire.closed, "tls": wire.simulator.replacing("http:", with: "https:")][row.1] ?? row.1
            let browser = Browser(app)
            app.bridge.take(wire.detour(to: origin, backup: origin))
            let page = try await browser.open(AuthorizationRequest().url)
            #expect(page.page == "wechat-busy" && page.status == .badGateway, "\(page.page ?? "")")
            try await app.expectNoTrace(browser)
            app.bridge.take(wire.detour(to: wire.simulator))
            try await app.expectRestart(browser, from: page)
        }
    }

    /// Real servers on this machine, and the provider's real client.
    struct Wire: Sendable {
        /// The simulator.
        var simulator: String
        /// Accepts connections and reads, but never writes.
        var mute: String
        /// Refuses connections.
        var closed: String
        let transport: AsyncHTTPClientTransport

        func detour(to origin: String, backup: String = "http://127.0.0.1:9") -> WeChatBridge.Detour {
            { [transport] request async throws(WeChatTransportError) in
                let address = request.url.exposeSecret()
                    .replacing("https://api.weixin.qq.com", with: origin)
                    .replacing("https://api2.weixin.qq.com", with: backup)
                return try await transport.send(
                    WeChatRequest(
                        url: RequestURL(address), body: request.body, connectTimeout: request.connectTimeout,
                        timeout: request.timeout, userAgent: request.userAgent))
            }
        }
    }

    static func story(_ body: @escaping @Sendable (TestApp, Wire) async throws -> Void) async throws {
        try await TestApp.story(yaml: {
            "wechat:\n  backup_api_url: https://api2.weixin.qq.com\n  timeout: 1s\n" + $0
        }) { app in
            let group = MultiThreadedEventLoopGroup.singleton
            let mute = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
            let closed = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
            let closedPort = closed.localAddress?.port ?? 0
            try await closed.close().get()
            let client = HTTPClient(
                configuration: AsyncHTTPClientTransport.configuration(connectTimeout: .seconds(1)))
            try await app.simulator.makeApplication().test(.live) { server in
                let port = try #require(server.port)
                let wire = Wire(
                    simulator: "http://127.0.0.1:\(port)", mute: "http://127.0.0.1:\(mute.localAddress?.port ?? 0)",
                    closed: "http://127.0.0.1:\(closedPort)", transport: AsyncHTTPClientTransport(httpClient: client))
                do {
                    try await body(app, wire)
                } catch {
                    Issue.record(error)
                }
            }
            try await client.shutdown()
            try await mute.close().get()
        }
    }
}
