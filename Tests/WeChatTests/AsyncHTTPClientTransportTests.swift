import AsyncHTTPClient
import Foundation
import NIOCore
import Testing

@testable import WeChat

@Suite("The transport over AsyncHTTPClient")
struct AsyncHTTPClientTransportTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"

    /// Sends one request to a server of this manner.
    private func outcome(
        _ manner: LoopbackServer.Manner,
        scheme: String = "http",
        timeout: Duration = .seconds(20),
        then check: (Result<WeChatResponse, WeChatTransportError>, LoopbackServer) async -> Void
    ) async throws {
        let server = try await LoopbackServer(manner)
        await check(await send("\(scheme)://127.0.0.1:\(server.port)/sns/auth?secret=s", timeout: timeout), server)
        try await server.stop()
    }

    private func send(
        _ url: String,
        timeout: Duration,
        connectTimeout: Duration = .seconds(10)
    ) async -> Result<WeChatResponse, WeChatTransportError> {
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: AsyncHTTPClientTransport.configuration(connectTimeout: connectTimeout)
        )
        let result: Result<WeChatResponse, WeChatTransportError>
        do throws(WeChatTransportError) {
            result = .success(
                try await AsyncHTTPClientTransport(httpClient: client).send(
                    WeChatRequest(
                        url: RequestURL(url),
                        connectTimeout: .seconds(10),
                        timeout: timeout,
                        userAgent: "wxidp-test"
                    )
                )
            )
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        return result
    }

    @Test("gives status and body, and sends the documented request")
    func gives() async throws {
        try await outcome(.answers(Self.ok)) { result, server in
            let response = try? result.get()
            #expect(response?.status == 200)
            #expect(response?.body == Array("{}".utf8))
            var iterator = server.arrivals.makeAsyncIterator()
            let request = await iterator.next() ?? ""
            #expect(request.hasPrefix("GET /sns/auth?secret=s HTTP/1.1\r\n"))
            #expect(request.lowercased().contains("user-agent: wxidp-test\r\n"))
        }
    }

    @Test("follows no redirect")
    func followsNone() async throws {
        let redirect = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
        try await outcome(.answers(redirect)) { result, server in
            #expect((try? result.get())?.status == 302)
            #expect(server.requests == 1)
        }
    }

    @Test(
        "counts as sent what the server saw",
        arguments: [
            ("", .connectionClosed), ("HTTP/1.1 200 OK\r\n", .connectionClosed),
            ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"acc", .connectionClosed), ("garbage\r\n\r\n", .other),
        ] as [(String, WeChatTransportError.AnswerLost)]
    )
    func cutConnection(text: String, reason: WeChatTransportError.AnswerLost) async throws {
        try await outcome(.closes(after: text)) { result, server in
            #expect(result.failure == .answerLost(reason))
            #expect(server.requests == 1)
        }
    }

    @Test("believes no error that says not sent when the request went out")
    func sentBeatsError() {
        let errors: [any Error] = [
            HTTPClientError.connectTimeout, HTTPClientError.tlsHandshakeTimeout,
            HTTPClientError.getConnectionFromPoolTimeout, IOError(errnoCode: ECONNREFUSED, reason: "connect"),
            ChannelError.connectTimeout(.seconds(1)),
        ]
        for error in errors {
            guard case .notSent = AsyncHTTPClientTransport.meaning(of: error, wasSent: false),
                case .answerLost = AsyncHTTPClientTransport.meaning(of: error, wasSent: true)
            else {
                Issue.record("\(error)")
                continue
            }
        }
        let reset = IOError(errnoCode: ECONNRESET, reason: "write")
        #expect(AsyncHTTPClientTransport.meaning(of: reset, wasSent: false) == .answerLost(.other))
        #expect(AsyncHTTPClientTransport.meaning(of: reset, wasSent: true) == .answerLost(.connectionClosed))
        #expect(
            AsyncHTTPClientTransport.meaning(of: HTTPClientError.deadlineExceeded, wasSent: false)
                == .answerLost(.timedOut)
        )
    }

    @Test("gives up in time")
    func givesUp() async throws {
        try await outcome(.ignores, timeout: .milliseconds(300)) { result, server in
            #expect(result.failure == .answerLost(.timedOut))
            #expect(server.requests == 1)
        }
    }

    @Test("lets many people sign in at once")
    func manyAtOnce() async throws {
        let server = try await LoopbackServer(.ignores)
        let url = RequestURL("http://127.0.0.1:\(server.port)/")
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: AsyncHTTPClientTransport.configuration()
        )
        let transport = AsyncHTTPClientTransport(httpClient: client)
        let sends = Task {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        _ = try? await transport.send(
                            WeChatRequest(url: url, connectTimeout: .zero, timeout: .seconds(5), userAgent: "")
                        )
                    }
                }
            }
        }
        let waiting = Task {
            for await _ in server.arrivals.prefix(20) {}
            sends.cancel()
        }
        await sends.value
        waiting.cancel()
        #expect(server.requests == 20)
        try await client.shutdown()
        try await server.stop()
    }

    @Test("waits for a connection, TLS included, as long as its client was told to")
    func connectTimeout() async throws {
        let server = try await LoopbackServer(.ignores)
        let result = await send(
            "https://127.0.0.1:\(server.port)/",
            timeout: .seconds(5),
            connectTimeout: .milliseconds(300)
        )
        guard case .notSent? = result.failure else {
            Issue.record("\(result)")
            return
        }
        try await server.stop()
    }

    @Test("takes no endless body")
    func limitsBody() async throws {
        let body = String(repeating: "x", count: WeChatResponse.maximumBodySize + 1)
        try await outcome(.closes(after: "HTTP/1.1 200 OK\r\n\r\n" + body)) { result, _ in
            #expect(result.failure == .bodyTooLarge)
        }
    }

    @Test("knows what was not sent")
    func notSent() async throws {
        let server = try await LoopbackServer(.ignores)
        let port = server.port
        try await server.stop()
        #expect(await send("http://127.0.0.1:\(port)/", timeout: .seconds(20)).failure == .notSent(.connect))
        if case .notSent = await send("http://host.invalid/", timeout: .seconds(20)).failure {
        } else {
            Issue.record("a host without an address counts as reached")
        }
        #expect(await send("nonsense", timeout: .seconds(20)).failure == .notSent(.invalidRequest))
        try await outcome(.closes(after: "no TLS here"), scheme: "https") { result, _ in
            #expect(result.failure == .notSent(.tls))
        }
    }

    @Test("is cancelled with its task")
    func isCancelled() async throws {
        let server = try await LoopbackServer(.ignores)
        let port = server.port
        let task = Task { await send("http://127.0.0.1:\(port)/", timeout: .seconds(60)) }
        var iterator = server.arrivals.makeAsyncIterator()
        _ = await iterator.next()
        task.cancel()
        #expect(await task.value.failure == .answerLost(.cancelled))
        try await server.stop()
    }
}

extension Result {
    fileprivate var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
