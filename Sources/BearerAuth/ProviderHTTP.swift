import AsyncHTTPClient
import JWT
import NIOCore
import NIOHTTP1

/// How a back end asks the provider.
public protocol ProviderHTTP: Sendable {
    /// The body of a GET that was answered with 200.
    ///
    /// - Throws: ``BearerAuthError/providerUnavailable`` for anything else.
    func get(_ address: String) async throws(BearerAuthError) -> [UInt8]

    /// Posts JSON; the body of an answer with 200.
    ///
    /// - Throws: ``BearerAuthError/providerUnavailable`` for anything else.
    func post(_ body: JSON, to address: String) async throws(BearerAuthError) -> [UInt8]
}

/// ``ProviderHTTP`` over a shared HTTP client: five seconds for a call, 256 KiB for an answer, no redirects.
public struct AsyncProviderHTTP: ProviderHTTP {
    /// Longest time for one call in all.
    static let timeout: Duration = .seconds(5)
    /// The longest key set that is read.
    static let largestBody = JWKSet.maximumLength

    private let client: HTTPClient

    /// Uses a client that the caller shuts down.
    ///
    /// - Parameter client: must not follow redirects: an answer from elsewhere is not the provider's.
    public init(client: HTTPClient) {
        self.client = client
    }

    /// The body of a GET that was answered with 200 within five seconds.
    public func get(_ address: String) async throws(BearerAuthError) -> [UInt8] {
        var request = HTTPClientRequest(url: address)
        request.headers.add(name: "accept", value: "application/json")
        return try await call(request)
    }

    /// Posts JSON; the body of an answer with 200 within five seconds.
    public func post(_ body: JSON, to address: String) async throws(BearerAuthError) -> [UInt8] {
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: body.encoded()))
        return try await call(request)
    }

    private func call(_ request: HTTPClientRequest) async throws(BearerAuthError) -> [UInt8] {
        // The client's own time limit ends with the head, and a body may never end.
        let body = await withTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { [client] in
                guard
                    let response = try? await client.execute(
                        request, timeout: .nanoseconds(Int64(Self.timeout / .nanoseconds(1)))),
                    response.status == .ok, let body = try? await response.body.collect(upTo: Self.largestBody)
                else { return nil }
                return Array(body.readableBytesView)
            }
            group.addTask {
                try? await Task.sleep(for: Self.timeout)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard let body else { throw .providerUnavailable }
        return body
    }
}
