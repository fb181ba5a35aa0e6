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
    let scan: ScanDesk

    private var signInPages: SignInPages { SignInPages(renderer: pages, isSimulated: isSimulated) }

    /// Starts a sign-in: answers at once where a live session does, else stores the request and goes on from there.
    func begin(
        _ request: SignInRequest, visit: Visit, context: ProviderRequestContext, restarts: Int = 0,
        insisted: Bool = false
    ) async throws -> Response {
        let request = inLanguage(of: visit, request)
        let step = try await step(for: request, visit: visit, signIn: nil, insisted: insisted, choice: nil)
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
        choice: SignInSurface.Choice? = nil, method: HTTPRequest.Method = .get
    ) async throws -> Response {
        if signIn.answeredAt != nil {
            return try await repeatAnswer(signIn, visit: visit, context: context, method: method)
        }
        let step = try await step(
            for: signIn.request, visit: visit, signIn: signIn, insisted: signIn.insisted, choice: choice)
        switch step.next {
        case .answer:
            guard let session = step.session, let user = step.user else { throw PageFailure(.startAgain) }
            let answer = try await answerer(signIn.request).answer(signIn.request, session: session, user: user)
            let delivery = try await signIns.answer(signIn.handleHash, with: answer)
            return deliver(delivery, language: visit.language(for: signIn.request), context: context, after: method)
        case .refuse(let error):
            return try await refuse(signIn, error, visit: visit, context: context, method: method)
        case .tap(let purpose) where tapped:
            return try await goToWeChat(step, handle: handle, purpose: purpose)
        case .outside where tapped && step.surface.isWebsite:
            return .found(
                try await websiteAddress(
                    step, handle: handle, language: visit.language(for: signIn.request), isEmbedded: false))
        default:
            return try await perform(step, handle: handle, request: signIn.request, visit: visit, context: context)
        }
    }

    /// The person pressed "allow"; it counts only where the page that asks would be shown.
    func allow(
        _ signIn: SignIn, handle: String, visit: Visit, context: ProviderRequestContext
    ) async throws -> Response {
        var signIn = signIn
        let step = try await step(
            for: signIn.request, visit: visit, signIn: signIn, insisted: signIn.insisted, choice: nil)
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
        var surface: SignInSurface
        var ways: SignInWays
    }

    /// The session a sign-in goes on with: the one it made, else the browser's.
    func session(of signIn: SignIn?, _ visit: Visit) async throws -> Session? {
        guard let sid = signIn?.sid else { return visit.session }
        return try await sessions.find(sid, in: visit.pool.id)
    }

    private func step(
        for request: SignInRequest, visit: Visit, signIn: SignIn?, insisted: Bool, choice: SignInSurface.Choice?
    ) async throws -> Decision {
        guard let application = visit.pool.application(request.clientID) else {
            throw PageFailure(.startAgain, cause: "the application was removed")
        }
        let ways = SignInWays(request, of: application, in: visit.pool)
        guard
            let surface = SignInSurface(
                ways, isWeChat: visit.isInWeChat || (isSimulated && insisted), isPhone: visit.browser.isPhone,
                choice: choice)
        else { throw PageFailure(.startAgain, cause: "the connection was removed") }
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
            request: request, application: application, connection: surface.connection, session: session, user: user,
            isExpectedPerson: isExpected ?? true, consentedItems: consent,
            isSignedInHere: signIn?.sid != nil && session != nil, stage: signIn?.stage ?? .start,
            isConfirmed: signIn?.confirmed ?? false, canReachWeChat: surface.isWeChat, now: surroundings.now())
        return Decision(
            next: policy.next, session: session, user: user, application: application, surface: surface, ways: ways)
    }

    private func perform(
        _ decision: Decision, handle: String, request: SignInRequest, visit: Visit, context: ProviderRequestContext
    ) async throws -> Response {
        let language = visit.language(for: request)
        switch decision.next {
        case .goSilently:
            return try await goToWeChat(decision, handle: handle, purpose: .silent)
        case .tap(let purpose):
            let page = signInPages.tap(
                purpose, link: link(handle, visit.pool, step: "wechat"),
                skip: link(handle, visit.pool, step: "skip-profile"), pool: visit.pool, language)
            return pages.response(page, language: language, context: context)
        case .confirm:
            let page = signInPages.confirm(
                request, of: decision.application, action: link(handle, visit.pool), pool: visit.pool, language)
            return pages.response(page, language: language, context: context)
        case .outside:
            return try await outside(decision, handle: handle, language: language, visit: visit, context: context)
        case .answer, .refuse:
            // Both callers have dealt with these.
            throw PageFailure(.startAgain)
        }
    }

    private func goToWeChat(
        _ decision: Decision, handle: String, purpose: WeChatRound.Purpose
    ) async throws -> Response {
        let connection = decision.surface.connection
        let state = try await signIns.beginRound(of: handle, connection: connection.id, purpose: purpose)
        return .found(
            gateway.authorizationURL(
                connection, callback: publicURL.origin + WeChatCallbackRoutes.path, state: state, purpose: purpose))
    }

    /// The address of WeChat's own QR code, for one trip there.
    private func websiteAddress(
        _ decision: Decision, handle: String, language: Language, isEmbedded: Bool
    ) async throws -> String {
        let connection = decision.surface.connection
        let state = try await signIns.beginRound(
            of: handle, connection: connection.id, purpose: isEmbedded ? .websiteFrame : .website)
        return gateway.qrConnectURL(
            connection, callback: publicURL.origin + WeChatCallbackRoutes.path, state: state, language: language,
            isEmbedded: isEmbedded)
    }

    // MARK: Outside WeChat

    private func outside(
        _ decision: Decision, handle: String, language: Language, visit: Visit, context: ProviderRequestContext
    ) async throws -> Response {
        let pool = visit.pool
        switch decision.surface {
        case .website:
            // A frame's policy holds for all that loads in it, so for the return to us as well.
            let frame = Page.Frame(
                address: try await websiteAddress(decision, handle: handle, language: language, isEmbedded: true),
                title: language.scanPictureLabel,
                sources: [gateway.settings.openURL, publicURL.origin + WeChatCallbackRoutes.path])
            let page = signInPages.website(
                frame: frame, link: link(handle, pool, step: "website-window"),
                scan: decision.ways.officialAccount.map { _ in link(handle, pool, step: "scan") },
                here: isSimulated && decision.ways.officialAccount != nil ? link(handle, pool, step: "here") : nil,
                pool: pool, language)
            return pages.response(page, language: language, context: context)
        case .scan:
            return try await scanPage(decision, handle: handle, language: language, visit: visit, context: context)
        case .openInWeChat:
            let page = signInPages.openInWeChat(
                here: link(handle, pool, step: "here"),
                otherPhone: link(handle, pool, step: decision.ways.website == nil ? "scan" : "website"), pool: pool,
                language)
            return pages.response(page, language: language, context: context)
        case .openElsewhere:
            return pages.response(signInPages.openElsewhere(pool: pool, language), language: language, context: context)
        case .weChat:
            // The policy sends nobody outside who is inside.
            throw PageFailure(.startAgain)
        }
    }

    private func scanPage(
        _ decision: Decision, handle: String, language: Language, visit: Visit, context: ProviderRequestContext
    ) async throws -> Response {
        let pool = visit.pool
        let display = try await scan.display(of: HandleHash(of: handle), visit: visit, context: context)
        let ticket = "\(publicURL.origin)\(pool.pathPrefix)/oidc/scan/\(display.ticket)"
        var others: [Page.Link] = []
        if decision.ways.website != nil {
            others.append(.init(label: language.websiteCodeLabel, href: link(handle, pool, step: "website")))
        }
        if isSimulated {
            others.append(.init(label: language.actAsPhoneLabel, href: ticket + "?step=here", opensTab: true))
            others.append(.init(label: language.stayHereLabel, href: link(handle, pool, step: "here")))
        }
        var response = try ScanPages(renderer: pages).desktop(
            .init(
                ticket: ticket, next: link(handle, pool, step: "scan"), events: link(handle, pool) + "/events",
                others: others),
            number: display.number, visit: visit, language: language, context: context)
        let cookie = cookies.header(.scan, pool.id, value: display.secret, lifetime: SignIn.lifetime)
        response.headers.append(HTTPField(name: .setCookie, value: cookie))
        return response
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
}
