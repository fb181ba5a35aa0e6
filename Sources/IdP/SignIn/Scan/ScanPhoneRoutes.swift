import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// `/oidc/scan/{ticket}`: what a phone opens from a desktop's QR code.
///
/// The person signs in on the phone as always, then sees who asks, and picks the number that the desktop shows. That is
/// asked every time, of a known person too: the code may be on a screen that is not theirs. Opening a ticket changes
/// nothing, as WeChat's own scanners do it too; of several phones the first that decides wins.
struct ScanPhoneRoutes: Sendable {
    let pools: PoolDirectory
    let issuer: TokenIssuer
    let dispatcher: SignInDispatcher
    let answerer: ScanAnswerer
    let formTokens: FormTokens
    let visits: VisitReader

    private var pages: ScanPages { ScanPages(renderer: dispatcher.pages) }
    private var store: ScanStore { dispatcher.scan.store }

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("oidc/scan/:ticket", use: open)
        group.get("oidc/scan/:ticket/confirm", use: ask)
        group.post("oidc/scan/:ticket/confirm", use: decide)
    }

    /// A ticket that waits, with the sign-in on the desktop it belongs to.
    private struct Waiting {
        var ticket: ScanTicket
        var record: ScanRecord
        var request: SignInRequest
        var application: Application
        var visit: Visit
        /// Where the phone begins.
        var address: String

        var account: Connection? { SignInWays(request, of: application, in: visit.pool).officialAccount }
    }

    @Sendable private func open(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let waiting = try await waiting(request, context)
        let visit = waiting.visit
        let parameters = try? Parameters(parsing: request.uri.query ?? "")
        let insists = dispatcher.isSimulated && (try? parameters?["step"]) == "here"
        guard visit.isInWeChat || insists else {
            let here = dispatcher.isSimulated ? waiting.address + "?step=here" : nil
            return pages.outside(here: here, visit: visit, context: context)
        }
        guard let account = waiting.account else {
            throw PageFailure(.startAgain, poolName: visit.pool.name, cause: "the official account was removed")
        }
        let own = try answerer.request(
            for: waiting.ticket, of: waiting.request, through: account, issuer: issuer.issuer(visit.pool))
        return try await dispatcher.begin(own, visit: visit, context: context, insisted: insists)
    }

    @Sendable private func ask(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let parameters = try? Parameters(parsing: request.uri.query ?? "")
        if let error = try? parameters?["error"] {
            let pool = try pools.requirePool(of: context)
            throw PageFailure(
                .refused, status: .ok, poolName: pool.name, cause: "the phone's sign-in ended: \(error.prefix(32))")
        }
        let waiting = try await waiting(request, context)
        let session = try session(waiting)
        let question = ScanPages.Question(
            record: waiting.record, application: waiting.application, action: waiting.address + "/confirm",
            token: formTokens.token(.scan, for: session), now: dispatcher.surroundings.now())
        return pages.question(question, visit: waiting.visit, context: context)
    }

    @Sendable private func decide(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let waiting = try await waiting(request, context)
        let session = try session(waiting)
        let form: Parameters
        do {
            form = try await FormBody.read(request)
        } catch is OAuthError {
            throw PageFailure(.badRequest, poolName: waiting.visit.pool.name, cause: "malformed form")
        }
        guard formTokens.isValid((try? form[FormTokens.field]) ?? nil, .scan, for: session) else {
            throw PageFailure(.badRequest, poolName: waiting.visit.pool.name, cause: "no token of this session")
        }
        let decision: (state: ScanRecord.State, page: PageText)
        if (try? form["decision"]) == "deny" {
            decision = (.denied, .scanDenied)
        } else if let number = ((try? form["number"]) ?? nil).flatMap({ Int($0) }) {
            decision =
                number == waiting.record.numbers.right ? (.approved, .scanDone) : (.wrongNumber, .scanMismatch)
        } else {
            throw PageFailure(.badRequest, poolName: waiting.visit.pool.name, cause: "a decision without a number")
        }
        guard try await store.decide(waiting.ticket, decision.state, as: session.id) else {
            throw Self.over(waiting.visit.pool, "another phone was faster, or the time is over")
        }
        context.logger.info(
            "scan decided", metadata: ["pool": "\(waiting.visit.pool.id)", "state": "\(decision.state.rawValue)"])
        return pages.end(decision.page, visit: waiting.visit, context: context)
    }

    private func waiting(_ request: Request, _ context: ProviderRequestContext) async throws -> Waiting {
        let pool = try pools.requirePool(of: context)
        let text = context.parameters.get("ticket") ?? ""
        guard let (ticket, record) = try await store.find(text, in: pool.id),
            record.isOpen(at: dispatcher.surroundings.now()),
            let desktop = try await dispatcher.signIns.find(record.handleHash), desktop.request.pool == pool.id,
            desktop.answeredAt == nil, let application = pool.application(desktop.request.clientID)
        else { throw Self.over(pool, "no ticket that waits") }
        return Waiting(
            ticket: ticket, record: record, request: desktop.request, application: application,
            visit: try await visits.visit(request, pool: pool), address: "\(pool.pathPrefix)/oidc/scan/\(ticket.text)")
    }

    /// The phone's session, when WeChat has named its person a moment ago and in the way that the desktop's application
    /// demands; an older one could be somebody else's.
    private func session(_ waiting: Waiting) throws -> Session {
        let (visit, now) = (waiting.visit, dispatcher.surroundings.now())
        guard visit.isInWeChat || dispatcher.isSimulated, let session = visit.session,
            now.timeIntervalSince(session.confirmedAt) < SignInPolicy.confirmationAge.inSeconds,
            ScanAnswerer.satisfies(
                session, waiting.request, through: waiting.account, since: waiting.record.createdAt, now: now)
        else {
            throw PageFailure(
                .scanSignInFirst, retry: waiting.address, poolName: visit.pool.name,
                cause: "no fresh session on the phone")
        }
        return session
    }

    private static func over(_ pool: Pool, _ cause: String) -> PageFailure {
        PageFailure(.scanOver, poolName: pool.name, cause: cause)
    }
}
