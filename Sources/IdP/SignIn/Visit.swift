import Hummingbird
import WeChat

/// What is known about the browser behind one request.
struct Visit: Sendable {
    var pool: Pool
    /// The live session its cookie names.
    var session: Session?
    /// The value of its binding cookie, when well-formed.
    var binding: String?
    /// Inside WeChat's own browser.
    ///
    /// A hint for choosing the surface, no security check.
    var isInWeChat: Bool
    /// What the browser calls itself.
    var browser: BrowserDescription
    /// The value of its scan cookie, when well-formed.
    var scanSecret: String?
    /// Where proxies say that it is; believed only of our own.
    var forwardedFor: [String]
    /// What the browser prefers; the request of the application goes first.
    var language: Language

    func language(for request: SignInRequest) -> Language { request.language ?? language }

    func isBound(to signIn: SignIn) -> Bool {
        binding.map { BindingHash(of: $0) == signIn.bindingHash } ?? false
    }
}

/// Reads a ``Visit`` from a request.
struct VisitReader: Sendable {
    let sessions: SessionStore
    let cookies: CookieJar

    func visit(_ request: Request, pool: Pool) async throws -> Visit {
        let surface = WeChatBrowser.detect(userAgent: request.headers[.userAgent] ?? "")
        var session: Session?
        if let secret = cookies.value(.session, pool.id, in: request) {
            session = try await sessions.find(secret: secret, in: pool.id)
        }
        return Visit(
            pool: pool, session: session, binding: cookies.value(.binding, pool.id, in: request),
            isInWeChat: surface.isWeChat,
            browser: BrowserDescription(userAgent: request.headers[.userAgent] ?? ""),
            scanSecret: cookies.value(.scan, pool.id, in: request),
            forwardedFor: request.headers[values: .xForwardedFor],
            language: Language.preferred(uiLocales: nil, acceptLanguage: request.headers[.acceptLanguage]))
    }
}
