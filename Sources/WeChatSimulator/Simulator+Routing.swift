import HTTPTypes
public import Hummingbird
import Logging
import NIOCore

extension Simulator {
    /// Answers one request without any socket, so that a test can stand in for the network.
    ///
    /// - Parameters:
    ///   - method: The HTTP method.
    ///   - pathAndQuery: From the slash on, encoded.
    ///   - headers: Names in any case. `SIMULATOR-USER` names who holds the phone, `SIMULATOR-BEHAVIOUR` changes the
    ///     behaviour for this request, as a JSON object, `SIMULATOR-ADDRESS` is the IP address to take the caller for.
    ///   - body: A form, or JSON where WeChat wants it and for `/simulator/…`.
    ///   - address: The caller's IP address.
    public func answer(
        method: String,
        pathAndQuery: String,
        headers: [String: String] = [:],
        body: [UInt8] = [],
        from address: String = "127.0.0.1"
    ) async -> SimulatorAnswer {
        let request = SimulatorRequest(
            method: method, pathAndQuery: pathAndQuery, headers: headers, body: body, address: address)
        do {
            return try await answer(request)
        } catch {
            return .response(Self.refusal(400, "SIMULATOR-BEHAVIOUR: " + error.explanation), after: .zero)
        }
    }

    private func answer(_ request: SimulatorRequest) async throws(Behaviour.PatchError) -> SimulatorAnswer {
        if let endpoint = Endpoint(path: request.path) { return try callAPI(endpoint, request) }
        return switch (request.method, request.path) {
        case ("GET", "/connect/oauth2/authorize"): .response(try await authorize(request), after: .zero)
        case ("POST", "/connect/oauth2/authorize/decision"): .response(await decide(request), after: .zero)
        case ("GET", "/connect/qrconnect"): .response(try await qrConnect(request), after: .zero)
        case ("GET", "/connect/l/qrconnect"): .response(await pollQR(request), after: .zero)
        case ("GET", "/connect/confirm"): .response(try await showQRQuestion(request), after: .zero)
        case ("POST", "/connect/confirm/decision"): .response(await decideQR(request), after: .zero)
        case ("GET", WxLogin.path): .response(WxLogin.response, after: .zero)
        case ("POST", "/simulator/me"): .response(chooseUser(request), after: .zero)
        case ("POST", "/simulator/page"): .response(homeForm(request), after: .zero)
        case ("GET", "/"): .response(home(request), after: .zero)
        case (_, let path) where path.hasPrefix("/simulator/"): .response(await control(request), after: .zero)
        default: .response(Pages.message("404", "Nothing here.", status: 404), after: .zero)
        }
    }

    /// The simulator as a Hummingbird router.
    public nonisolated func router() -> Router<SimulatorRequestContext> {
        let router = Router(context: SimulatorRequestContext.self)
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            for path in ["/", "**"] as [RouterPath] {
                router.on(path, method: method) { request, context in
                    try await self.respond(to: request, from: context.callerAddress ?? "127.0.0.1")
                }
            }
        }
        return router
    }

    /// The simulator as a server; `runService()` runs it.
    ///
    /// - Parameters:
    ///   - host: The address to listen at; keep to loopback.
    ///   - port: The port, 0 for any free one.
    public nonisolated func makeApplication(
        host: String = "127.0.0.1",
        port: Int = 0
    ) -> Application<RouterResponder<SimulatorRequestContext>> {
        Application(
            router: router(),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            logger: logger
        )
    }

    private nonisolated func respond(to request: Request, from address: String) async throws -> Response {
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        // HTTP/1.1's Host field is the authority here.
        headers["host"] = request.head.authority
        let body = try await request.body.collect(upTo: 65_536)
        let answer = await answer(
            method: request.method.rawValue,
            pathAndQuery: request.uri.string,
            headers: headers,
            body: Array(body.readableBytesView),
            from: address
        )
        guard case .response(let content, let delay) = answer else {
            // Failing while the body is written closes the connection, the nearest that a server can come.
            return Response(status: .ok, body: ResponseBody(contentLength: 1) { _ in throw ConnectionCut() })
        }
        if delay > .zero { try await sleep(delay) }
        var fields = HTTPFields()
        for (name, value) in content.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        return Response(
            status: HTTPResponse.Status(code: content.status),
            headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: content.body))
        )
    }
}

private struct ConnectionCut: Error {}

/// What the simulator's router knows of a request beside its content: who sent it.
public struct SimulatorRequestContext: RequestContext {
    /// Hummingbird's part.
    public var coreContext: CoreRequestContextStorage
    /// The IP address of the other end; nil where there is no network.
    public let callerAddress: String?

    /// Made by the server for each request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        callerAddress = source.channel.remoteAddress?.ipAddress
    }
}
