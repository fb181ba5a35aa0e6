import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore

@testable import IdP

/// The provider's middlewares around one handler, to see what reaches a browser.
struct PageStand: Sendable {
    typealias Handler = @Sendable (Request, ProviderRequestContext) async throws -> Response

    let log = LogCapture()
    var isSecure = true

    /// Answers one request as the provider would.
    func answer(
        headers: HTTPFields = [.accept: "text/html"], method: HTTPRequest.Method = .get, body: [UInt8] = [],
        path: String = "/here", logger: Logger? = nil, _ handler: @escaping Handler
    ) async throws -> TestResponse {
        let router = Router(context: ProviderRequestContext.self)
        let pages = try PageRenderer()
        router.addMiddleware {
            RequestLogMiddleware(surroundings: .system)
            SecurityHeadersMiddleware(isSecure: isSecure)
            ErrorMiddleware(pages: pages)
        }
        router.get("here", use: handler)
        router.post("here", use: handler)
        let application = Hummingbird.Application(router: router, logger: logger ?? log.logger("pages"))
        return try await application.test(.router) { client in
            try await client.execute(uri: path, method: method, headers: headers, body: ByteBuffer(bytes: body))
        }
    }

    /// Renders one page.
    func page(_ page: Page, _ language: Language) async throws -> TestResponse {
        let pages = try PageRenderer()
        return try await answer { _, context in pages.response(page, language: language, context: context) }
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }
    var bytes: [UInt8] { Array(body.readableBytesView) }

    /// What stands between two marks, the first time.
    func between(_ start: String, _ end: String) -> [UInt8]? {
        let all = bytes
        guard let from = all.firstRange(of: Array(start.utf8))?.upperBound,
            let to = all[from...].firstRange(of: Array(end.utf8))?.lowerBound
        else { return nil }
        return Array(all[from..<to])
    }

    func count(_ piece: String) -> Int { text.ranges(of: piece).count }
}
