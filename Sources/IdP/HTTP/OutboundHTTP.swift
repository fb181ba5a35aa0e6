import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The provider's own calls to addresses that the operator configured: clients' key sets and logout notices.
///
/// Redirects are not followed.
public protocol OutboundHTTP: Sendable {
    /// The body of a GET that was answered with 200; nil for anything else.
    func get(_ address: String) async -> [UInt8]?
    /// Posts a form; true when it was answered with 2xx.
    func post(_ form: [(String, String)], to address: String) async -> Bool
}

/// ``OutboundHTTP`` over a shared HTTP client.
public struct AsyncOutboundHTTP: OutboundHTTP {
    /// Longest time for one call in all.
    static let timeout: TimeAmount = .seconds(5)
    /// No key set needs more.
    static let largestBody = 256 << 10

    private let client: HTTPClient

    /// Uses a client that the caller shuts down, and that must not follow redirects.
    public init(client: HTTPClient) {
        self.client = client
    }

    /// The body of a GET that was answered with 200; nil for anything else, and after five seconds.
    public func get(_ address: String) async -> [UInt8]? {
        var request = HTTPClientRequest(url: address)
        request.headers.add(name: "accept", value: "application/json")
        let prepared = request
        // The client's own time limit ends with the head, and a body may never end.
        return await withTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { [client] in
                guard let response = try? await client.execute(prepared, timeout: Self.timeout),
                    response.status == .ok, let body = try? await response.body.collect(upTo: Self.largestBody)
                else { return nil }
                return Array(body.readableBytesView)
            }
            group.addTask {
                try? await Task.sleep(for: .nanoseconds(Self.timeout.nanoseconds))
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    /// Posts a form; true when it was answered with 2xx within five seconds.
    public func post(_ form: [(String, String)], to address: String) async -> Bool {
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(Array(PercentEncoding.query(form.map { ($0.0, $0.1) }).utf8))
        guard let response = try? await client.execute(request, timeout: Self.timeout) else { return false }
        // The status says it all; a body may never end.
        return (200..<300).contains(response.status.code)
    }
}

/// Calls nobody; for a provider whose clients need no calls.
public struct NoOutboundHTTP: OutboundHTTP {
    /// Makes one.
    public init() {}
    /// Nothing.
    public func get(_ address: String) async -> [UInt8]? { nil }
    /// Never arrives.
    public func post(_ form: [(String, String)], to address: String) async -> Bool { false }
}
