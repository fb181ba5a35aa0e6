import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// How a check looks at this service from outside: one GET, no redirect followed, no body beyond 64 KiB.
public protocol PublicHTTP: Sendable {
    /// What came back within five seconds.
    func get(_ address: String) async -> Result<PublicAnswer, PublicFailure>
}

/// An answer as a stranger gets it.
public struct PublicAnswer: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The header `Location`.
    public var location: String?
    /// The header `Date`.
    public var date: String?
    /// The body.
    public var body: [UInt8]
    /// From the call to the end of the body.
    public var duration: Duration

    /// Describes one answer.
    public init(status: Int, location: String? = nil, date: String? = nil, body: [UInt8], duration: Duration = .zero) {
        (self.status, self.location, self.date) = (status, location, date)
        (self.body, self.duration) = (body, duration)
    }
}

/// Why nothing came back.
public enum PublicFailure: String, Error, Sendable {
    /// Nothing to connect to.
    case unreachable = "no connection: the name has no address here, or nobody listens there"
    /// No whole answer in time.
    case timedOut = "no answer came within 5 seconds"
    /// The certificate, or the handshake before it.
    case tls = "TLS failed: the certificate is expired, for another name, or sent without its chain"
    /// The body is longer than any answer of ours.
    case tooLong = "the answer is too long"
}

/// ``PublicHTTP`` over a shared HTTP client.
public struct AsyncPublicHTTP: PublicHTTP {
    static let timeout: TimeAmount = .seconds(5)
    private let client: HTTPClient

    /// Uses a client that the caller shuts down, and that must not follow redirects.
    public init(client: HTTPClient) {
        self.client = client
    }

    /// What came back within five seconds.
    public func get(_ address: String) async -> Result<PublicAnswer, PublicFailure> {
        await withTaskGroup(of: Result<PublicAnswer, PublicFailure>.self) { group in
            group.addTask { [client] in await Self.get(address, client) }
            group.addTask {
                // The client's own limit ends with the head.
                try? await Task.sleep(for: .nanoseconds(Self.timeout.nanoseconds))
                return .failure(.timedOut)
            }
            let first = await group.next() ?? .failure(.unreachable)
            group.cancelAll()
            return first
        }
    }

    private static func get(_ address: String, _ client: HTTPClient) async -> Result<PublicAnswer, PublicFailure> {
        let started = ContinuousClock.now
        do {
            let response = try await client.execute(HTTPClientRequest(url: address), timeout: timeout)
            let body = try await response.body.collect(upTo: 64 << 10)
            return .success(
                PublicAnswer(
                    status: Int(response.status.code), location: response.headers.first(name: "location"),
                    date: response.headers.first(name: "date"), body: Array(body.readableBytesView),
                    duration: ContinuousClock.now - started))
        } catch {
            return .failure(reason(error))
        }
    }

    private static let timeOuts: [HTTPClientError] = [.connectTimeout, .deadlineExceeded, .readTimeout]

    private static func reason(_ error: any Error) -> PublicFailure {
        switch error {
        case is NIOTooManyBytesError: .tooLong
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: .tls
        case let error as HTTPClientError where timeOuts.contains(error): .timedOut
        case let error as HTTPClientError where error == .tlsHandshakeTimeout: .tls
        default: .unreachable
        }
    }
}
