public import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Sends requests with AsyncHTTPClient.
///
/// Give it a client made with ``configuration(connectTimeout:)``: redirects, connection time-out, the number of calls
/// under way and tracing (whose spans would hold the address) are settings of the client, not of a request.
/// ``WeChatRequest/connectTimeout`` is therefore not looked at.
public struct AsyncHTTPClientTransport: WeChatTransport {
    private let httpClient: HTTPClient

    /// Uses the client; whoever made it shuts it down.
    public init(httpClient: HTTPClient) { self.httpClient = httpClient }

    /// Settings that follow no redirect, trace nothing, and say quickly and truly that a request was not sent.
    ///
    /// Idle connections are closed after five seconds: a request on one that WeChat is just closing is lost, and for a
    /// code that means that the person must start again. Up to 512 calls to one host are under way at once; a further
    /// one waits for a connection, no longer than `connectTimeout`.
    ///
    /// - Parameter connectTimeout: How long a connection may take to open, TLS included.
    public static func configuration(connectTimeout: Duration = .seconds(10)) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(connectTimeout)),
            // AsyncHTTPClient's own 8 would make people wait for each other as soon as WeChat is slow.
            connectionPool: .init(idleTimeout: .seconds(5), concurrentHTTP1ConnectionsPerHostSoftLimit: 512)
        )
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.tracing.tracer = nil
        return configuration
    }

    /// Sends one request; see ``WeChatTransport/send(_:)``.
    public func send(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse {
        let delegate = AnswerCollector()
        let task: HTTPClient.Task<WeChatResponse>
        do {
            var headers: HTTPHeaders = ["user-agent": request.userAgent, "accept": "application/json, text/plain"]
            if request.body != nil { headers.add(name: "content-type", value: "application/json") }
            let message = try HTTPClient.Request(
                url: request.url.exposeSecret(),
                method: request.body == nil ? .GET : .POST,
                headers: headers,
                body: request.body.map { .string($0.exposeSecret()) }
            )
            task = httpClient.execute(
                request: message,
                delegate: delegate,
                deadline: .now() + TimeAmount(request.timeout)
            )
        } catch {
            throw .notSent(.invalidRequest)
        }
        do {
            return try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                task.cancel()
            }
        } catch {
            throw Self.meaning(of: error, wasSent: delegate.wasSent)
        }
    }

    /// Sorts a failure; whatever is not surely harmless counts as sent.
    static func meaning(of error: any Error, wasSent: Bool) -> WeChatTransportError {
        if let error = error as? WeChatTransportError { return error }
        switch error as? HTTPClientError {
        case .cancelled?: return .answerLost(.cancelled)
        // The time limit runs on another thread than the connection, so `wasSent` may lag behind by a moment.
        case .deadlineExceeded?, .readTimeout?, .writeTimeout?: return .answerLost(.timedOut)
        case .remoteConnectionClosed? where wasSent: return .answerLost(.connectionClosed)
        default: break
        }
        if wasSent {
            let isCut = error is IOError || error is ChannelError || error as? HTTPParserError == .invalidEOFState
            return .answerLost(isCut ? .connectionClosed : .other)
        }
        switch error as? HTTPClientError {
        case .connectTimeout?, .getConnectionFromPoolTimeout?: return .notSent(.connectTimedOut)
        case .tlsHandshakeTimeout?: return .notSent(.tls)
        case .alreadyShutdown?, .emptyHost?, .emptyScheme?, .invalidURL?:
            return .notSent(.invalidRequest)
        case nil: return notConnected(error)
        default: return .answerLost(.other)
        }
    }

    /// What only opening a connection can fail with; writing on an open one has other numbers.
    private static let unreachable: Set<CInt> = [
        ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EADDRNOTAVAIL,
    ]

    private static func notConnected(_ error: any Error) -> WeChatTransportError {
        if let error = error as? NIOConnectionError {
            return .notSent(error.connectionErrors.isEmpty ? .dns : .connect)
        }
        if let error = error as? IOError, unreachable.contains(error.errnoCode) { return .notSent(.connect) }
        if error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError { return .notSent(.tls) }
        if case .connectTimeout? = error as? ChannelError { return .notSent(.connectTimedOut) }
        return .answerLost(.other)
    }
}
