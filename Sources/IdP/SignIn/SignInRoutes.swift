import HTTPTypes
import Hummingbird

/// The links and forms of our own pages: `/oidc/auth/{handle}`.
struct SignInRoutes: Sendable {
    let dispatcher: SignInDispatcher
    let visits: VisitReader
    let pools: PoolDirectory

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("oidc/auth/:handle", use: resume)
        group.post("oidc/auth/:handle", use: decide)
    }

    /// A link was followed.
    ///
    /// A GET changes nothing that the person could regret: it leads to WeChat, or on with what the browser's own cookie
    /// already allows.
    @Sendable private func resume(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let (signIn, handle, visit) = try await find(request, context)
        guard visit.isBound(to: signIn) else {
            return try await restart(signIn, visit: visit, context: context)
        }
        let parameters = try? Parameters(parsing: request.uri.query ?? "")
        let step = (try? parameters?["step"]) ?? ""
        if let response = try await settled(signIn, handle: handle, step: step, visit: visit, context: context) {
            return response
        }
        var current = signIn
        switch step {
        case "here":
            try await dispatcher.signIns.markInsisted(signIn.handleHash)
            current.insisted = true
        case "skip-profile":
            try await skipProfile(signIn, visit)
        case "wechat":
            return try await dispatcher.proceed(current, handle: handle, visit: visit, context: context, tapped: true)
        case "website-window":
            return try await dispatcher.proceed(
                current, handle: handle, visit: visit, context: context, tapped: true, choice: .website)
        default:
            break
        }
        return try await dispatcher.proceed(
            current, handle: handle, visit: visit, context: context,
            choice: step == Self.newCode ? .scan : SignInSurface.Choice(rawValue: step))
    }

    /// The step that asks for another QR code after a wrong number.
    static let newCode = "new-code"

    /// Where a phone has decided about this sign-in, the way on; nil while there is nothing to go on with.
    private func settled(
        _ signIn: SignIn, handle: String, step: String, visit: Visit, context: ProviderRequestContext
    ) async throws -> Response? {
        guard signIn.answeredAt == nil, signIn.sid == nil else { return nil }
        switch try await dispatcher.scan.settle(signIn, visit: visit) {
        case .undecided: return nil
        case .denied:
            return try await dispatcher.refuse(
                signIn, OAuthError(.accessDenied, "the user refused on the phone"), visit: visit, context: context)
        case .wrongNumber:
            if step == Self.newCode { return nil }
            return ScanPages(renderer: dispatcher.pages).wrongNumber(
                again: dispatcher.link(handle, visit.pool, step: Self.newCode), visit: visit,
                language: visit.language(for: signIn.request), context: context)
        case .signedIn(let secret):
            guard let signedIn = try await dispatcher.signIns.find(signIn.handleHash) else {
                throw PageFailure(.startAgain, poolName: visit.pool.name)
            }
            var response = try await dispatcher.proceed(signedIn, handle: handle, visit: visit, context: context)
            if let secret {
                let cookie = dispatcher.cookies.header(
                    .session, visit.pool.id, value: secret, lifetime: visit.pool.sessionLifetime)
                response.headers.append(HTTPField(name: .setCookie, value: cookie))
            }
            return response
        }
    }

    /// The form of the confirmation page.
    ///
    /// The binding cookie is SameSite=Lax, so no other site can send it along, and the handle in the address is known
    /// to this browser's page only.
    @Sendable private func decide(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let (signIn, handle, visit) = try await find(request, context)
        guard visit.isBound(to: signIn) else {
            throw PageFailure(.startAgain, poolName: visit.pool.name, cause: "a decision without the binding cookie")
        }
        let form: Parameters
        do {
            form = try await FormBody.read(request)
        } catch is OAuthError {
            throw PageFailure(.badRequest, poolName: visit.pool.name, cause: "malformed form")
        }
        switch try? form["decision"] {
        case "allow":
            return try await dispatcher.allow(signIn, handle: handle, visit: visit, context: context)
        case "deny":
            return try await dispatcher.refuse(
                signIn, OAuthError(.accessDenied, "the user refused"), visit: visit, context: context, method: .post)
        default:
            throw PageFailure(.badRequest, poolName: visit.pool.name, cause: "a decision without an answer")
        }
    }

    private func find(
        _ request: Request, _ context: ProviderRequestContext
    ) async throws -> (SignIn, handle: String, Visit) {
        let pool = try pools.requirePool(of: context)
        let handle = context.parameters.get("handle") ?? ""
        guard handle.utf8.count == 32, let signIn = try await dispatcher.signIns.find(HandleHash(of: handle)),
            signIn.request.pool == pool.id
        else {
            throw PageFailure(.startAgain, poolName: pool.name, cause: "no such sign-in")
        }
        return (signIn, handle, try await visits.visit(request, pool: pool))
    }

    /// The binding cookie is gone.
    ///
    /// The tap that led here is the one more tap; the request starts anew in this browser, once.
    private func restart(_ signIn: SignIn, visit: Visit, context: ProviderRequestContext) async throws -> Response {
        guard signIn.answeredAt == nil else {
            throw PageFailure(
                .alreadyFinished, status: .ok, poolName: visit.pool.name, language: signIn.request.language)
        }
        guard try await dispatcher.signIns.countRestart(signIn.handleHash) else {
            throw PageFailure(
                .cookiesBlocked, poolName: visit.pool.name, language: signIn.request.language,
                cause: "the binding cookie was lost twice")
        }
        return try await dispatcher.begin(
            signIn.request, visit: visit, context: context, restarts: signIn.restarts + 1, insisted: signIn.insisted)
    }

    private func skipProfile(_ signIn: SignIn, _ visit: Visit) async throws {
        guard let session = try await dispatcher.session(of: signIn, visit) else { return }
        try await dispatcher.users.markProfileAsked(
            session.userID, in: signIn.request.pool, at: dispatcher.surroundings.now())
    }
}
