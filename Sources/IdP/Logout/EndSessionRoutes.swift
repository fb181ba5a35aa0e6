import HTTPTypes
import Hummingbird
import Logging

/// `/oidc/session/end`: signing out, as applications ask for it.
///
/// OpenID Connect RP-Initiated Logout. A genuine hint of the person who is signed in here ends the session at once;
/// otherwise the person is asked on our own page.
struct EndSessionRoutes: Sendable {
    static let path = "/session/end"
    /// Longest query that a form is turned into; a hint is the largest part of it.
    private static let longestQuery = 32 << 10

    let pools: PoolDirectory
    let issuer: TokenIssuer
    let visits: VisitReader
    let ending: SessionEnding
    let notifier: LogoutNotifier
    let formTokens: FormTokens
    let pages: PageRenderer

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("oidc/session/end", use: end)
        group.post("oidc/session/end", use: post)
        group.post("oidc/session/end/confirm", use: confirm)
    }

    @Sendable private func end(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let asked: LogoutRequest
        do {
            asked = try LogoutRequest(Parameters(parsing: request.uri.query ?? ""), pool: pool, issuer: issuer)
        } catch {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "malformed logout request")
        }
        let visit = try await visits.visit(request, pool: pool)
        guard let session = visit.session else { return finished(asked, visit, context) }
        if let hint = asked.hint, try hint.names(session, subjects: issuer.subjects) {
            try await end(session, of: pool)
            return cleared(finished(asked, visit, context), pool)
        }
        return confirmation(asked, session, visit, context)
    }

    /// The same by form.
    ///
    /// It comes from another site, and so without our cookies, which are SameSite=Lax; a GET from here on carries them.
    @Sendable private func post(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        do {
            let form = try await FormBody.read(request)
            let query = PercentEncoding.query(try LogoutRequest.parameters.map { ($0, try form[$0]) })
            guard query.utf8.count <= Self.longestQuery else {
                throw PageFailure(
                    .badRequest, status: .contentTooLarge, poolName: pool.name, cause: "a logout request without end")
            }
            return .found("\(pool.pathPrefix)/oidc\(Self.path)" + (query.isEmpty ? "" : "?" + query), after: .post)
        } catch is OAuthError {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "malformed logout form")
        } catch is Parameters.Failure {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "a repeated parameter")
        }
    }

    /// The form of our own page.
    @Sendable private func confirm(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let form: Parameters
        let asked: LogoutRequest
        let (decision, token): (String?, String?)
        do {
            form = try await FormBody.read(request)
            asked = try LogoutRequest(form, pool: pool, issuer: issuer)
            (decision, token) = (try form["decision"], try form[FormTokens.field])
        } catch is OAuthError {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "malformed logout form")
        } catch is Parameters.Failure {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "a repeated parameter")
        }
        let visit = try await visits.visit(request, pool: pool)
        guard let session = visit.session else { return finished(asked, visit, context, after: .post) }
        guard formTokens.isValid(token, .logout, for: session) else {
            // Another site's form, or one from before somebody else signed in: asked anew, and nothing ends.
            return confirmation(asked, session, visit, context, status: .badRequest)
        }
        switch decision {
        case "allow":
            try await end(session, of: pool)
            return cleared(finished(asked, visit, context, after: .post), pool)
        case "deny":
            return page(.stillSignedIn, asked, visit, context)
        default:
            throw PageFailure(.badRequest, poolName: pool.name, cause: "a decision without an answer")
        }
    }

    private func end(_ session: Session, of pool: Pool) async throws {
        let (draw, now) = (ending.draw(), ending.surroundings.now())
        let notices = try await visits.sessions.database.transaction { transaction in
            try ending.end(session, of: pool, draw: draw, transaction: transaction, now: now)
        }
        await notifier.announce(notices)
    }

    // MARK: Answers

    /// Nobody is signed in any more: on to the application, or our page.
    private func finished(
        _ asked: LogoutRequest, _ visit: Visit, _ context: ProviderRequestContext,
        after method: HTTPRequest.Method = .get
    ) -> Response {
        if asked.problem != nil { return page(.logoutUnverified, asked, visit, context) }
        if let location = asked.location { return .found(location, after: method) }
        return page(.signedOut, asked, visit, context)
    }

    private func cleared(_ response: Response, _ pool: Pool) -> Response {
        var response = response
        let cookie = visits.cookies.header(.session, pool.id, value: "", lifetime: .zero)
        response.headers.append(HTTPField(name: .setCookie, value: cookie))
        return response
    }

    private func confirmation(
        _ asked: LogoutRequest, _ session: Session, _ visit: Visit, _ context: ProviderRequestContext,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let text: PageText = asked.problem == nil ? .confirmLogout : .logoutUnverified
        var fields = [(FormTokens.field, formTokens.token(.logout, for: session))]
        // What was wrong is left behind, so that after the press the person reads that they are signed out.
        if asked.problem == nil {
            let carried = [
                ("client_id", asked.application?.id.rawValue), ("post_logout_redirect_uri", asked.redirectURI),
                ("state", asked.state),
            ]
            fields += carried.compactMap { name, value in value.map { (name, $0) } }
        }
        if let language = asked.language { fields.append(("ui_locales", language.rawValue)) }
        return page(text, asked, visit, context, status: status, fields: fields)
    }

    private func page(
        _ text: PageText, _ asked: LogoutRequest, _ visit: Visit, _ context: ProviderRequestContext,
        status: HTTPResponse.Status = .ok, fields: [(name: String, value: String)]? = nil
    ) -> Response {
        let language = asked.language ?? visit.language
        let words = text.words(language)
        if let problem = asked.problem {
            context.logger.notice("refused", metadata: ["page": "\(text.rawValue)", "cause": "\(problem)"])
        }
        let action = "\(visit.pool.pathPrefix)/oidc\(Self.path)/confirm"
        let page = Page(
            marker: text.rawValue, status: asked.problem == nil ? status : .badRequest, icon: text.icon,
            heading: words.heading, paragraphs: words.paragraphs,
            details: asked.application.map { [(language.applicationLabel, $0.name)] } ?? [],
            form: fields.map {
                .init(
                    action: action, fields: $0, allowLabel: words.action ?? words.heading,
                    denyLabel: language.denyLabel)
            },
            poolName: visit.pool.name)
        return pages.response(page, language: language, context: context)
    }
}
