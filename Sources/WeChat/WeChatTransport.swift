/// How a request reaches WeChat; the one thing a test replaces.
public protocol WeChatTransport: Sendable {
    /// Sends one request once: no redirect is followed, nothing is repeated, no address is logged.
    ///
    /// - Throws: ``WeChatTransportError/notSent(_:)`` only when WeChat cannot have seen the request; in doubt
    ///   ``WeChatTransportError/answerLost(_:)``, since a code may then be used up.
    func send(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse
}

/// One request to WeChat.
public struct WeChatRequest: Sendable {
    /// A JSON text to post; nil for a GET.
    ///
    /// Prints redacted, as it may hold the app's secret or a code.
    public let body: RequestBody?
    /// The whole address with its query; prints redacted, as it holds secrets.
    public let url: RequestURL
    /// How long a connection may take to open, TLS included, for transports that can set it for one request.
    public let connectTimeout: Duration
    /// How long the request may take in all.
    public let timeout: Duration
    /// The `User-Agent` header to send.
    public let userAgent: String

    /// Describes one request.
    public init(
        url: RequestURL, body: RequestBody? = nil, connectTimeout: Duration, timeout: Duration, userAgent: String
    ) {
        self.url = url
        self.body = body
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.userAgent = userAgent
    }
}

/// What came back, headers left out: WeChat's say `text/plain` whatever the body is.
public struct WeChatResponse: Sendable {
    /// The longest body a transport may accept, in bytes.
    public static let maximumBodySize = 65_536

    /// The HTTP status; 200 for errors of the API too.
    public let status: Int
    /// The body, at most ``maximumBodySize`` bytes, as received.
    public let body: [UInt8]

    /// Describes one answer.
    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

extension WeChatResponse: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Status and length; the body holds tokens.
    public var description: String { "HTTP \(status), \(body.count) bytes" }

    /// Status and length; the body holds tokens.
    public var debugDescription: String { description }

    /// Status and length; the body holds tokens.
    public var customMirror: Mirror { Mirror(self, children: ["status": status, "bytes": body.count]) }
}

/// Why no answer came.
public enum WeChatTransportError: Error, Hashable, Sendable {
    /// The request never left, so sending it again is safe even for a code.
    case notSent(NotSent)
    /// The request left, or may have: WeChat may have done what was asked.
    case answerLost(AnswerLost)
    /// The answer was longer than ``WeChatResponse/maximumBodySize``.
    case bodyTooLarge

    /// Why a request never left.
    public enum NotSent: Hashable, Sendable {
        /// The host name has no address.
        case dns
        /// The connection was refused or could not be routed.
        case connect
        /// No connection in the time that the transport allows.
        case connectTimedOut
        /// TLS failed, for instance by an untrusted certificate.
        case tls
        /// The address is no URL, or the client was shut down.
        case invalidRequest
        /// The host has not answered for a while, so the caller itself leaves it alone for a moment.
        case paused
        /// Too many calls to the host are under way, so the caller itself makes no further one.
        case crowded
    }

    /// How an answer was lost.
    public enum AnswerLost: Hashable, Sendable {
        /// No whole answer within ``WeChatRequest/timeout``.
        case timedOut
        /// The connection closed before the answer was whole.
        case connectionClosed
        /// The calling task was cancelled.
        case cancelled
        /// Anything not known to be harmless.
        case other
    }
}
