import HTTPTypes
import Hummingbird
import JWT
import NIOCore
import ServiceLifecycle

/// `/oidc/auth/{handle}/events`: tells the desktop's page when it is time to go on.
///
/// As server-sent events to whoever accepts `text/event-stream`, else as one JSON answer for a page that asks again. It says
/// that something has changed and never what: the page goes on by an ordinary request with its cookies.
struct ScanEventRoutes: Sendable {
    /// How often the database is asked.
    static let interval: Duration = .seconds(1)
    /// A line without meaning that keeps proxies from closing the stream, and notices a browser that is gone.
    static let heartbeat = 15
    /// Looks before a stream ends and the browser opens another: two minutes.
    static let looks = 120

    let dispatcher: SignInDispatcher
    let visits: VisitReader
    let pools: PoolDirectory
    let streams = OpenStreams()

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("oidc/auth/:handle/events", use: events)
    }

    @Sendable private func events(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let handle = context.parameters.get("handle") ?? ""
        let visit = try await visits.visit(request, pool: pool)
        guard handle.utf8.count == 32, let signIn = try await dispatcher.signIns.find(HandleHash(of: handle)),
            signIn.request.pool == pool.id, visit.isBound(to: signIn)
        else { throw OAuthError(.invalidRequest, "no sign-in of this browser") }
        let hash = signIn.handleHash
        guard request.headers[.accept]?.contains("text/event-stream") ?? false else {
            return .json(["waiting": .bool(try await dispatcher.scan.isWaiting(hash, secret: visit.scanSecret))])
        }
        guard let place = streams.open(hash) else {
            var response = OAuthError(.temporarilyUnavailable, "too many streams; ask for JSON instead").response
            response.status = .tooManyRequests
            return response
        }
        var headers: HTTPFields = [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"]
        // Proxies that buffer whole answers would keep the one event back.
        headers[.xAccelBuffering] = "no"
        let secret = visit.scanSecret
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                defer { withExtendedLifetime(place) {} }
                try await write(hash, secret: secret, to: &writer)
                try await writer.finish(nil)
            })
    }

    private func write(_ signIn: HandleHash, secret: String?, to writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        for look in 1...Self.looks {
            guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
            guard try await dispatcher.scan.isWaiting(signIn, secret: secret) else {
                return try await writer.write(ByteBuffer(string: "event: changed\ndata: {}\n\n"))
            }
            if look % Self.heartbeat == 0 { try await writer.write(ByteBuffer(string: ":\n\n")) }
            try await dispatcher.surroundings.sleep(Self.interval)
        }
    }
}

extension HTTPField.Name {
    fileprivate static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering") ?? .date
}
