import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What travels with a request: its id, its logger, and where it came from.
public struct ProviderRequestContext: RequestContext, RemoteAddressRequestContext {
    /// What the server keeps with every request.
    public var coreContext: CoreRequestContextStorage
    /// The peer of the connection, which may be a proxy.
    public let remoteAddress: SocketAddress?
    /// The same in the log, on the page, and in `X-Request-Id`.
    ///
    /// Ours alone: a header from outside is not believed.
    var requestID = ""

    /// Made by the server for each request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }

    /// Where the request came from: the last address that is not one of our own proxies.
    func clientAddress(_ request: Request, trusting proxies: [IPNetwork]) -> String {
        clientAddress(forwardedFor: request.headers[values: .xForwardedFor], trusting: proxies)
    }

    /// The same from the values of `X-Forwarded-For`.
    func clientAddress(forwardedFor values: [String], trusting proxies: [IPNetwork]) -> String {
        var address = remoteAddress?.ipAddress ?? "unknown"
        let forwarded = values.flatMap { $0.split(separator: ",") }
        for hop in forwarded.reversed() {
            guard proxies.contains(where: { $0.contains(address) }) else { break }
            let candidate = hop.filter { $0 != " " }
            guard IPNetwork(candidate) != nil, !candidate.contains("/") else { break }
            address = candidate
        }
        return address
    }
}

extension HTTPField.Name {
    static let xForwardedFor = field("X-Forwarded-For")
    static let xRequestID = field("X-Request-Id")
    static let pragma = field("Pragma")
    static let referrerPolicy = field("Referrer-Policy")
    static let xFrameOptions = field("X-Frame-Options")
    static let crossOriginOpenerPolicy = field("Cross-Origin-Opener-Policy")

    private static func field(_ name: String) -> Self {
        // The names above are valid by construction; `date` is never reached.
        HTTPField.Name(name) ?? .date
    }
}

extension RouterGroup where Context == ProviderRequestContext {
    /// Answers GET, and HEAD with the same headers and no body.
    ///
    /// Only for what has no effect: elsewhere a HEAD would spend a code or start a sign-in.
    func getAndHead(
        _ path: RouterPath, use handler: @escaping @Sendable (Request, Context) async throws -> Response
    ) {
        get(path, use: handler)
        head(path) { request, context in
            try await handler(request, context).createHeadResponse()
        }
    }
}
