import Foundation
import HTTPTypes
import Hummingbird

/// Moves sign-ins on.
///
/// Every front door, page and callback writes its result and comes back here; the policy says what is next, and this
/// carries it out.
struct SignInDispatcher: Sendable {
    let publicURL: HTTPURL
    let isSimulated: Bool
    let users: UserStore
    let sessions: SessionStore
    let signIns: SignInStore
    let codes: AuthorizationCodeStore
    let consents: RememberedConsents
    let subjects: SubjectIdentifiers
    let gateway: WeChatGateway
    let pages: PageRenderer
    let cookies: CookieJar
    let surroundings: Surroundings
    let answerers: [SignInRequest.Door: any SignInAnswerer]

    /// Starts a sign-in: answers at once where a live session does, else stores the request and goes on from there.
    func begin(
        _ request: SignInRequest, visit: Visit, context: ProviderRequestContext, restarts: Int = 0,
        insisted: Bool = false
    ) async throws -> Response {
        let request = inLanguage(of: visit, request)
        let step = try await step(for: request, visit: visit, signIn: nil, insisted: insisted)
        switch step.next {
        case .answer:
            guard let session = step.session, let user = step.user else { throw PageFailure(.startAgain) }
            let answer = try await answerer(request).answer(request, session: session, user: user)
            try await signIns.database.transaction { try answer.persist($0) }
            return deliver(answer.delivery, language: visit.language(for: request), context: context)
        case .refuse(let error):
            let answer = try answerer(request).refusal(request, error: error)
            return deliver(answer, language: visit.language(for: request), context: context)
        default:
            let binding = try await openBinding(visit)
            let handle = try await signIns.begin(request, binding: binding, restarts: restarts, insisted: insisted)
            var response = try await perform(step, handle: handle, request: request, visit: visit, context: context)
            response.headers.append(bindingCookie(binding, visit.pool))
            return response
        }
    }

    /// Stores a request that came by POST, possibly from another site and therefore without our cookies; a GET from
    /// here on carries them.
    func beginAfterPost(_ request: SignInRequest, visit: Visit) async throws -> Response {
        let binding = try await openBinding(visit)
        let handle = try await signIns.begin(
            inLanguage(of: visit, request), binding: binding, restarts: 0, insisted: false)
        var response = Response.found(link(handle, visit.pool), after: .post)
        response.headers.append(bindingCookie(binding, visit.pool))
        return response
    }

    /// Goes on with a stored sign-in of this very browser; `tapped` when the person has pressed the page's button.
    func proceed(
        _ signIn: SignIn, handle: String, visit: Visit, context: ProviderRequestContext, tapped: Bool = false,
        method: HTTPRequest.Method = .get
    ) async throws -> Response {
        if signIn.answeredAt != nil {
            return try await repeatAnswer(signIn, visit: visit, context: context, method: method)
        }
        let step = try await step(for: signIn.request, visit: visit, signIn: signIn, insisted: signIn.insisted)
        switch step.next {
        case .answer:
            guard let session = step.session, let user = step.user else { throw PageFailure(.startAgain) }
            let answer = try await answerer(signIn.request).answer(signIn.request, session: session, user: user)
            let delivery = try await signIns.answer(signIn.handleHash, with: answer)
            return deliver(delivery, language: visit.language(for: signIn.request), context: context, after: method)
        case .refuse(let error):
            return try await refuse(signIn, error, visit: visit, context: context, method: method)
        case .tap(let purpose) where tapped:
            return try await goToWeChat(step, handle: handle, purpose: purpose, request: signIn.request)
        default:
            return try await perform(step, handle: handle, request: signIn.request, visit: visit, context: context)
        }
    }

    /// The person pressed "allow"; it counts only where the page that asks would be shown.
    func allow(
        _ signIn: SignIn, handle: String, visit: Visit, context: ProviderRequestContext
    ) async throws -> Response {
        var signIn = signIn
        let step = try await step(for: signIn.request, visit: visit, signIn: signIn, insisted: signIn.insisted)
        if signIn.answeredAt == nil, step.next == .confirm, let user = step.user {
            let (request, now, isRemembered) = (signIn.request, surroundings.now(), !step.application.isFirstParty)
            try await signIns.markConfirmed(signIn.handleHash) { transaction in
                guard isRemembered else { return }
                try RememberedConsents.remember(
                    request.consentItems, of: user.id, for: request.clientID, in: request.pool,
                    transaction: transaction,
                    now: now)
            }
            signIn.confirmed = true
        }
        return try await proceed(signIn, handle: handle, visit: visit, context: context, method: .post)
    }

    /// Ends a sign-in with an error for the application.
    func refuse(
        _ signIn: SignIn, _ error: OAuthError, visit: Visit, context: ProviderRequestContext,
        method: HTTPRequest.Method = .get
    ) async throws -> Response {
        guard signIn.answeredAt == nil else {
            return try await repeatAnswer(signIn, visit: visit, context: context, method: method)
        }
        let refusal = try answerer(signIn.request).refusal(signIn.request, error: error)
        let answer = PreparedAnswer(delivery: refusal, codeHash: nil, persist: { _ in })
        let delivery = try await signIns.answer(signIn.handleHash, with: answer)
        return deliver(delivery, language: visit.language(for: signIn.request), context: context, after: method)
    }

    /// Sends the browser to the application with an answer.
    func deliver(
        _ delivery: AnswerDelivery, language: Language, context: ProviderRequestContext,
        after method: HTTPRequest.Method = .get
    ) -> Response {
        switch delivery {
        case .redirect(let location):
            return .found(location, after: method)
        case .form(let action, let fields):
            let words = PageText.returning.words(language)
            let page = Page(
                marker: PageText.returning.rawValue, icon: PageText.returning.icon, heading: words.heading,
                paragraphs: words.paragraphs,
                form: .init(
                    action: action, fields: fields.map { ($0.name, $0.value) }, continueLabel: words.action,
                    submitsItself: true))
            return pages.response(page, language: language, context: context)
        case .message(let text, let targets):
            let words = PageText.popupDone.words(language)
            let page = Page(
                marker: PageText.popupDone.rawValue, icon: PageText.popupDone.icon, heading: words.heading,
                paragraphs: words.paragraphs, message: .init(targets: targets, text: text))
            var response = pages.response(page, language: language, context: context)
            // Any other value would cut this window off from the page that waits for it.
            response.headers[.crossOriginOpenerPolicy] = "unsafe-none"
            return response
        }
    }

    /// Settles the language at the start, so that every page and the answer speak the same.
    private func inLanguage(of visit: Visit, _ request: SignInRequest) -> SignInRequest {
        var request = request
        request.language = visit.language(for: request)
        return request
    }

    /// Where the pages of a sign-in link to.
    func link(_ handle: String, _ pool: Pool, step: String? = nil) -> String {
        "\(pool.pathPrefix)/oidc/auth/\(handle)" + (step.map { "?step=\($0)" } ?? "")
    }

    // MARK: Steps

    /// What the policy said, with what it was told.
    private struct Decision {
        var next: SignInPolicy.Step
        var session: Session?
        var user: User?
        var application: Application
        var connection: Connection
    }

    /// The session a sign-in goes on with: the one it made, else the browser's.
    func session(of signIn: SignIn?, _ visit: Visit) async throws -> Session? {
        guard let sid = signIn?.sid else { return visit.session }
        return try await sessions.find(sid, in: visit.pool.id)
    }

    private func step(
        for request: SignInRequest, visit: Visit, signIn: SignIn?, insisted: Bool
    ) async throws -> Decision {
        guard let application = visit.pool.application(request.clientID),
            let connection = visit.pool.connection(request.connection)
        else { throw PageFailure(.startAgain, cause: "the application or connection was removed") }
        let session = try await session(of: signIn, visit)
        var user: User?
        if let session {
            user = try await users.find(session.userID, in: visit.pool.id)
        }
        var consent: Set<String>?
        if let user, !application.isFirstParty {
            consent = try await consents.items(allowedBy: user.id, to: application.id, in: visit.pool.id)
        }
        let isExpected = try request.expectedSubject.map { expected in
            try user.map { try subjects.subject(of: $0.id, for: application, in: visit.pool.id) } == expected
        }
        let policy = SignInPolicy(
            request: request, application: application, connection: connection, session: session, user: user,
            isExpectedPerson: isExpected ?? true, consentedItems: consent,
            isSignedInHere: signIn?.sid != nil && session != nil, stage: signIn?.stage ?? .start,
            isConfirmed: signIn?.confirmed ?? false, canReachWeChat: visit.isInWeChat || (isSimulated && insisted),
            now: surroundings.now())
        return Decision(
            next: policy.next, session: session, user: user, application: application, connection: connection)
    }

    private func perform(
        _ decision: Decision, handle: String, request: SignInRequest, visit: Visit, context: ProviderRequestContext
    ) async throws -> Response {
        let language = visit.language(for: request)
        switch decision.next {
        case .goSilently:
            return try await goToWeChat(decision, handle: handle, purpose: .silent, request: request)
        case .tap(let purpose):
            return pages.response(tapPage(purpose, handle, visit.pool, language), language: language, context: context)
        case .confirm:
            let page = confirmPage(decision, handle: handle, request: request, pool: visit.pool, language: language)
            return pages.response(page, language: language, context: context)
        case .openInWeChat:
            return pages.response(openInWeChatPage(handle, visit.pool, language), language: language, context: context)
        case .answer, .refuse:
            // Both callers have dealt with these.
            throw PageFailure(.startAgain)
        }
    }

    private func goToWeChat(
        _ decision: Decision, handle: String, purpose: WeChatRound.Purpose, request: SignInRequest
    ) async throws -> Response {
        let state = try await signIns.beginRound(of: handle, connection: request.connection, purpose: purpose)
        return .found(
            gateway.authorizationURL(
                decision.connection, callback: publicURL.origin + WeChatCallbackRoutes.path, state: state,
                purpose: purpose))
    }

    /// The browser came again after the answer: the same redirect while what it carries is unspent, else a harmless page.
    private func repeatAnswer(
        _ signIn: SignIn, visit: Visit, context: ProviderRequestContext, method: HTTPRequest.Method
    ) async throws -> Response {
        let finished = PageFailure(
            .alreadyFinished, status: .ok, poolName: visit.pool.name, language: signIn.request.language)
        guard let delivery = try signIns.storedAnswer(of: signIn), let answeredAt = signIn.answeredAt,
            surroundings.now().timeIntervalSince(answeredAt) <= AuthorizationCodeStore.lifetime.inSeconds
        else { throw finished }
        if let codeHash = signIn.codeHash, try await !codes.isUnspent(codeHash, in: visit.pool.id) {
            throw finished
        }
        return deliver(delivery, language: visit.language(for: signIn.request), context: context, after: method)
    }

    private func answerer(_ request: SignInRequest) throws -> any SignInAnswerer {
        guard let answerer = answerers[request.door] else {
            throw PageFailure(.startAgain, cause: "the door was removed")
        }
        return answerer
    }

    // MARK: Binding

    /// The cookie value of this browser: several tabs share one while their sign-ins are open, and a finished sign-in's
    /// is never used again.
    private func openBinding(_ visit: Visit) async throws -> String {
        if let binding = visit.binding, try await signIns.isBindingOpen(binding, in: visit.pool.id) {
            return binding
        }
        return surroundings.token()
    }

    private func bindingCookie(_ binding: String, _ pool: Pool) -> HTTPField {
        HTTPField(
            name: .setCookie,
            value: cookies.header(.binding, pool.id, value: binding, lifetime: BrowserBinding.lifetime))
    }

    // MARK: Pages

    private func tapPage(_ purpose: WeChatRound.Purpose, _ handle: String, _ pool: Pool, _ language: Language) -> Page {
        let text: PageText =
            switch purpose {
            case .silent, .newPerson: .signIn
            case .profile: .askProfile
            case .reauthentication: .signInAgain
            }
        let words = text.words(language)
        return Page(
            marker: text.rawValue, icon: text.icon, heading: words.heading, paragraphs: words.paragraphs,
            primary: .init(label: words.action ?? words.heading, href: link(handle, pool, step: "wechat")),
            secondary: purpose == .profile
                ? .init(label: language.skipLabel, href: link(handle, pool, step: "skip-profile")) : nil,
            poolName: pool.name)
    }

    private func confirmPage(
        _ decision: Decision, handle: String, request: SignInRequest, pool: Pool, language: Language
    ) -> Page {
        let words = PageText.confirm.words(language)
        return Page(
            marker: PageText.confirm.rawValue, icon: .app, heading: words.heading, paragraphs: words.paragraphs,
            details: [
                (language.applicationLabel, decision.application.name),
                (language.returnAddressLabel, HTTPURL(request.redirectURI)?.origin ?? request.redirectURI),
                (
                    language.scopesLabel,
                    language.describe(scopes: request.scopes + UserClaims.scopes(of: request.claims))
                ),
            ],
            form: .init(
                action: link(handle, pool), allowLabel: words.action ?? words.heading, denyLabel: language.denyLabel),
            poolName: pool.name)
    }

    private func openInWeChatPage(_ handle: String, _ pool: Pool, _ language: Language) -> Page {
        let words = PageText.openInWeChat.words(language)
        return Page(
            marker: PageText.openInWeChat.rawValue, icon: .wechat, heading: words.heading,
            paragraphs: words.paragraphs + (isSimulated ? [language.simulatorHint] : []),
            primary: isSimulated
                ? words.action.map { .init(label: $0, href: link(handle, pool, step: "here")) } : nil,
            poolName: pool.name)
    }
}
