import Foundation
import HTTPTypes

/// The desktop's side of a scan sign-in: shows a ticket, and goes on when the phone has decided.
///
/// Everything is in the database, so that it does not matter which node the desktop and the phone meet.
struct ScanDesk: Sendable {
    let store: ScanStore
    let sessions: SessionStore
    let ending: SessionEnding
    let notifier: LogoutNotifier
    let surroundings: Surroundings
    let trustedProxies: [IPNetwork]

    // MARK: Showing

    /// What the desktop shows.
    struct Display: Sendable {
        var ticket: String
        var number: Int
        /// The value of the scan cookie.
        var secret: String
    }

    /// The open ticket of a sign-in, or a new one.
    func display(of signIn: HandleHash, visit: Visit, context: ProviderRequestContext) async throws -> Display {
        let pool = visit.pool.id
        for _ in 0..<2 {
            let current = try await store.current(of: signIn)
            if let current, let secret = visit.scanSecret, current.isOpen(at: surroundings.now()),
                current.belongs(to: secret)
            {
                return Display(ticket: try store.text(of: current), number: current.numbers.right, secret: secret)
            }
            let serial = (current?.serial ?? 0) + 1
            guard serial <= ScanStore.longestSeries else {
                throw PageFailure(.startAgain, poolName: visit.pool.name, cause: "too many tickets in one sign-in")
            }
            let secret = try await openSecret(visit)
            let ticket = try await store.begin(
                for: signIn, serial: serial, in: pool, secret: secret, browser: visit.browser,
                address: context.clientAddress(forwardedFor: visit.forwardedFor, trusting: trustedProxies))
            if let ticket, let record = try await store.find(ticket.text, in: pool)?.record {
                return Display(ticket: ticket.text, number: record.numbers.right, secret: secret)
            }
        }
        throw PageFailure(.startAgain, poolName: visit.pool.name, cause: "two requests of a browser raced for a ticket")
    }

    /// Several tabs share one cookie while their tickets are open; one that has been of use is never used again.
    private func openSecret(_ visit: Visit) async throws -> String {
        if let secret = visit.scanSecret, try await store.isSecretOpen(secret, in: visit.pool.id) { return secret }
        return surroundings.token()
    }

    // MARK: Waiting

    /// True while there is nothing for the desktop's page to do but wait.
    func isWaiting(_ signIn: HandleHash, secret: String?) async throws -> Bool {
        guard let current = try await store.current(of: signIn), current.belongs(to: secret) else { return false }
        return current.isOpen(at: surroundings.now())
    }

    // MARK: Going on

    /// What the phone has decided, for the desktop that shows the ticket.
    enum Outcome: Sendable {
        /// Nothing yet, or nothing for this browser.
        case undecided
        case denied
        case wrongNumber
        /// The sign-in has a session now; `secret` is its cookie for the one request that made it.
        case signedIn(secret: String?)
    }

    /// Looks whether the phone has decided, and signs the desktop in when it has approved.
    ///
    /// The caller has made sure that the browser is the one the sign-in is bound to.
    func settle(_ signIn: SignIn, visit: Visit) async throws -> Outcome {
        guard let secret = visit.scanSecret, let current = try await store.current(of: signIn.handleHash),
            current.belongs(to: secret)
        else { return .undecided }
        switch current.state {
        case .pending: return .undecided
        case .denied: return .denied
        case .wrongNumber: return .wrongNumber
        case .redeemed: return .signedIn(secret: nil)
        case .approved: return try await redeem(current, of: signIn.request, visit: visit)
        }
    }

    private func redeem(_ record: ScanRecord, of request: SignInRequest, visit: Visit) async throws -> Outcome {
        // A phone that has signed out meanwhile takes its approval back.
        guard let sid = record.sid, let phone = try await sessions.find(sid, in: visit.pool.id) else {
            return .undecided
        }
        // Drawn outside the transaction, which may run on another thread.
        let secret = surroundings.token()
        let newID = SessionID(rawValue: surroundings.hexToken())
        let draw = ending.draw()
        let now = surroundings.now()
        let (pool, previous) = (visit.pool, visit.session)
        let acr = Self.context(of: phone, for: request, in: pool)
        let notices = try await sessions.database.transaction { transaction -> [LogoutNotice]? in
            guard try ScanStore.redeem(record, transaction: transaction, now: now) else { return nil }
            var notices: [LogoutNotice] = []
            if let previous, previous.userID != phone.userID {
                notices = try ending.end(previous, of: pool, draw: draw, transaction: transaction, now: now)
            }
            let sid = try sessions.establish(
                .init(
                    userID: phone.userID, appID: phone.appID, openID: phone.openID, acr: acr,
                    lifetime: pool.sessionLifetime),
                replacing: previous, secret: secret, newID: newID, in: pool.id, transaction: transaction, now: now)
            try transaction.query(
                "UPDATE sign_ins SET sid = $2 WHERE handle_hash = $1", [.text(record.handleHash), .text(sid)])
            return notices
        }
        guard let notices else {
            // Another request of this browser was faster, or the minute is over.
            return try await store.current(of: record.handleHash)?.state == .redeemed
                ? .signedIn(secret: nil) : .undecided
        }
        await notifier.announce(notices)
        return .signedIn(secret: secret)
    }

    /// Picking the number is a confirmation, but not of an account that only ever signs in silently: there it is worth as
    /// much as the same sign-in inside WeChat.
    private static func context(
        of phone: Session, for request: SignInRequest, in pool: Pool
    ) -> AuthenticationContext {
        let account = pool.application(request.clientID).flatMap {
            SignInWays(request, of: $0, in: pool).officialAccount
        }
        return account.map { $0.scope != .base } ?? false ? .confirmed : phone.acr
    }
}
