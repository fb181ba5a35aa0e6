import Foundation

/// A request that WeChat itself makes: a message pushed to an account's address, a fetch of a domain's proof.
public struct SimulatorOutboundRequest: Sendable {
    /// `GET` or `POST`.
    public var method: String
    /// The whole address.
    public var url: String
    /// The `Content-Type` of ``body``; nil without one.
    public var contentType: String?
    /// The body of a `POST`.
    public var body: [UInt8]
    /// How long all of it may take.
    public var timeout: Duration

    /// The path with its query, for tests that stand in for the network.
    public var pathAndQuery: String {
        let afterScheme = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let path = afterScheme.drop { $0 != "/" && $0 != "?" }
        return path.hasPrefix("/") ? String(path) : "/" + path
    }
}

/// What came back to WeChat.
public struct SimulatorOutboundResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The `Location` header, which is never followed.
    public var location: String?
    /// The body; a sender stops reading at 65,536 bytes.
    public var body: [UInt8]

    /// Describes one answer.
    public init(status: Int, location: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.location = location
        self.body = body
    }
}

/// Why nothing came back.
public enum SimulatorOutboundError: String, Error, Sendable, CaseIterable {
    /// No whole answer in time.
    case timedOut
    /// No connection, or it broke.
    case connection
    /// TLS failed, for instance by an untrusted certificate.
    case tls
    /// The answer was longer than a sender reads.
    case tooLong
    /// The simulator was started without a way out.
    case noNetwork
}

extension Simulator {
    /// Sends one request to the outside without following redirects.
    public typealias Sender =
        @Sendable (SimulatorOutboundRequest) async throws(SimulatorOutboundError) -> SimulatorOutboundResponse
}
