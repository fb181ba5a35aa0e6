import Foundation
import HTTPTypes
import Hummingbird
import Logging
import WeChat

/// `/connections/wechat/callback`: the one address WeChat returns to, for every pool and connection.
///
/// WeChat may call it twice, from elsewhere and without cookies. Only a request with the browser binding ever claims the
/// code; one without gets a harmless page, whether it comes first or second.
struct WeChatCallbackRoutes: Sendable {
    static let path = "/connections/wechat/callback"
    /// How often a bound repeat looks whether the first request is done.
    private static let pollInterval: Duration = .milliseconds(50)

    let dispatcher: SignInDispatcher
    let visits: VisitReader
    let pools: PoolDirectory
    let ending: SessionEnding
    let notifier: LogoutNotifier
    let trustedProxies: [IPNetwork]

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("connections/wechat/callback", use: callback)
    }

    @Sendable private func callback(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let (state, code, isWholeWindow) = try parameters(request)
        guard let (round, signIn, handle) = try await dispatcher.signIns.findRound(state: state),
            let pool = pools[signIn.request.pool], let connection = pool.connection(round.connection)
        else {
            throw PageFailure(.startAgain, cause: "unknown or expired state")
        }
        let visit = try await visits.visit(request, pool: pool)
        if round.purpose == .websiteFrame, !isWholeWindow {
            return leaveFrame(state: state, code: code, signIn: signIn, visit: visit, context: context)
        }
        let isBound = visit.isBound(to: signIn)
        context.logger.info(
            "callback",
            metadata: [
                "pool": "\(pool.id)", "connection": "\(connection.id)", "purpose": "\(round.purpose.rawValue)",
                "bound": "\(isBound)", "from": "\(context.clientAddress(request, trusting: trustedProxies))",
                "browser": "\((request.headers[.userAgent] ?? "-").prefix(200))",
            ])
        guard isBound else { throw unbound(signIn, hasCode: code != nil, handle: handle, pool: pool) }
        let trip = Trip(round: round, signIn: signIn, handle: handle, pool: pool, connection: connection)
        switch try await claim(round, for: code) {
        case .ours:
            guard let code else { return try await refused(trip, visit: visit, context: context) }
            return try await exchanged(trip, code: code, visit: visit, context: context)
        case .finished:
            return try await repeated(trip, visit: visit, context: context)
        case .snapshot:
            throw snapshot(trip)
        case .outlasted:
            throw PageFailure(.startAgain, poolName: pool.name, cause: "a repeated callback outlasted the first")
        }
    }

    /// One trip to WeChat, come home.
    private struct Trip {
        var round: WeChatRound
        var signIn: SignIn
        var handle: String
        var pool: Pool
        var connection: Connection
    }

    /// `state`, and `code` unless the person refused: WeChat then sends none, an empty one, or `authdeny`.
    private func parameters(
        _ request: Request
    ) throws -> (state: String, code: AuthorizationCode?, isWholeWindow: Bool) {
        do {
            let parameters = try Parameters(parsing: request.uri.query ?? "")
            guard let state = try parameters["state"], state.utf8.count == 32, state.utf8.allSatisfy(\.isLowerHexDigit)
            else { throw PageFailure(.startAgain, cause: "no state of ours") }
            let isWholeWindow = try parameters[Self.wholeWindow] != nil
            guard let code = try parameters["code"], code != "authdeny" else { return (state, nil, isWholeWindow) }
            let weChatCode = AuthorizationCode(code)
            guard weChatCode.isWellFormed else {
                throw PageFailure(.badRequest, cause: "a code WeChat never made")
            }
            return (state, weChatCode, isWholeWindow)
        } catch is Parameters.Failure {
            throw PageFailure(.badRequest, cause: "malformed callback")
        }
    }

    /// Ours, on the address that leads out of a frame.
    private static let wholeWindow = "window"

    /// WeChat has returned inside the frame of our sign-in page, where cookies may or may not come along.
    ///
    /// Nothing is claimed here, with or without them: only the whole window, which has the cookie, deals with the code.
    private func leaveFrame(
        state: String, code: AuthorizationCode?, signIn: SignIn, visit: Visit, context: ProviderRequestContext
    ) -> Response {
        let language = visit.language(for: signIn.request)
        // Both hold letters and digits, `-` and `_` only, so nothing needs encoding.
        let code = code.map { "code=\($0.exposeSecret())&" } ?? ""
        let page = SignInPages(renderer: dispatcher.pages, isSimulated: dispatcher.isSimulated)
            .leavingFrame(to: "\(Self.path)?\(code)state=\(state)&\(Self.wholeWindow)=1", pool: visit.pool, language)
        return dispatcher.pages.response(page, language: language, context: context)
    }

    private func unbound(_ signIn: SignIn, hasCode: Bool, handle: String, pool: Pool) -> PageFailure {
        let canRestart = signIn.restarts < SignIn.allowedRestarts
        let text: PageText = !hasCode ? .refused : canRestart ? .oneMoreTap : .cookiesBlocked
        return PageFailure(
            text, status: hasCode ? .badRequest : .ok, retry: text == .oneMoreTap ? dispatcher.link(handle, pool) : nil,
            poolName: pool.name,
            language: signIn.request.language, cause: "a callback without the binding cookie")
    }

    private enum Claim {
        /// This request deals with the callback.
        case ours
        /// Another request has dealt with it.
        case finished
        /// The code is known to come from a snapshot page.
        case snapshot
        /// Another request is dealing with it for too long.
        case outlasted
    }

    /// Claims a callback, or waits for the request of the same browser that has claimed it.
    private func claim(_ round: WeChatRound, for code: AuthorizationCode?) async throws -> Claim {
        let code = code.map { WeChatCodeHash(of: $0.exposeSecret()) }
        let surroundings = dispatcher.surroundings
        let deadline = surroundings.uptime() + WeChatGateway.longestWait
        var current = round
        while surroundings.uptime() < deadline {
            if current.finishedAt != nil { return .finished }
            if let code, current.snapshotCode == code { return .snapshot }
            if current.claimedAt == nil, try await dispatcher.signIns.claim(round, for: code) { return .ours }
            try await surroundings.sleep(Self.pollInterval)
            guard let latest = try await dispatcher.signIns.findRound(round.stateHash) else { break }
            current = latest
        }
        return .outlasted
    }

    /// The same browser again: goes where the first request went.
    private func repeated(_ trip: Trip, visit: Visit, context: ProviderRequestContext) async throws -> Response {
        guard let signIn = try await dispatcher.signIns.find(trip.round.handleHash) else {
            throw PageFailure(.startAgain, poolName: trip.pool.name, cause: "the sign-in expired meanwhile")
        }
        guard signIn.answeredAt != nil || signIn.sid != nil || signIn.stage == .unknownPerson else {
            throw PageFailure(
                .codeRefused, retry: dispatcher.link(trip.handle, trip.pool), poolName: trip.pool.name,
                language: signIn.request.language, cause: "a repeat of a callback that failed")
        }
        return try await dispatcher.proceed(signIn, handle: trip.handle, visit: visit, context: context)
    }

    private func snapshot(_ trip: Trip) -> PageFailure {
        PageFailure(
            .snapshot, status: .ok, poolName: trip.pool.name, language: trip.signIn.request.language,
            cause: "a snapshot page")
    }

    private func refused(_ trip: Trip, visit: Visit, context: ProviderRequestContext) async throws -> Response {
        try await dispatcher.signIns.finish(trip.round)
        // Whoever refuses to show a profile is still who they are.
        if trip.round.purpose == .profile, let session = try await dispatcher.session(of: trip.signIn, visit) {
            try await dispatcher.users.markProfileAsked(
                session.userID, in: trip.pool.id, at: dispatcher.surroundings.now())
            return try await dispatcher.proceed(trip.signIn, handle: trip.handle, visit: visit, context: context)
        }
        return try await dispatcher.refuse(
            trip.signIn, OAuthError(.accessDenied, "the user refused at WeChat"), visit: visit, context: context)
    }

    private func exchanged(
        _ trip: Trip, code: AuthorizationCode, visit: Visit, context: ProviderRequestContext
    ) async throws -> Response {
        let visitor: WeChatGateway.Visitor
        do {
            visitor = try await dispatcher.gateway.visitor(
                trip.connection, pool: trip.pool.id, code: code, language: visit.language(for: trip.signIn.request))
        } catch {
            try await dispatcher.signIns.finish(trip.round)
            var failure = PageFailure.weChat(error, retry: dispatcher.link(trip.handle, trip.pool))
            failure.poolName = trip.pool.name
            failure.language = trip.signIn.request.language
            throw failure
        }
        guard !visitor.isSnapshot else {
            try await dispatcher.signIns.release(trip.round, snapshot: WeChatCodeHash(of: code.exposeSecret()))
            throw snapshot(trip)
        }
        let (outcome, notices): (SignInCompletion.Outcome, [LogoutNotice])
        do {
            (outcome, notices) = try await completion(trip, visit: visit).complete(visitor)
        } catch {
            try await dispatcher.signIns.finish(trip.round)
            throw error
        }
        await notifier.announce(notices)
        guard let signIn = try await dispatcher.signIns.find(trip.signIn.handleHash) else {
            throw PageFailure(.startAgain)
        }
        var response = try await dispatcher.proceed(signIn, handle: trip.handle, visit: visit, context: context)
        if case .newSession(let secret) = outcome {
            let cookie = dispatcher.cookies.header(
                .session, trip.pool.id, value: secret, lifetime: trip.pool.sessionLifetime)
            response.headers.append(HTTPField(name: .setCookie, value: cookie))
        }
        return response
    }

    private func completion(_ trip: Trip, visit: Visit) -> SignInCompletion {
        SignInCompletion(
            pool: trip.pool, connection: trip.connection, round: trip.round, previous: visit.session,
            sessions: dispatcher.sessions, ending: ending, surroundings: dispatcher.surroundings)
    }
}
