import Foundation
import JWT

/// Leads a person who has signed in on the phone to the page that asks whether the desktop is theirs; the answer of this
/// door is nothing but the way there.
struct ScanAnswerer: SignInAnswerer {
    static let door = SignInRequest.Door(rawValue: "scan")

    let sealer: Sealer

    /// The phone's own sign-in.
    ///
    /// The ticket travels in `state`, sealed, as requests are stored in the clear. What the desktop's application demands
    /// of the sign-in is demanded here, where WeChat is; a connection that can't confirm makes a silent session, and the
    /// desktop tells the application.
    func request(
        for ticket: ScanTicket, of desktop: SignInRequest, through connection: Connection, issuer: String
    ) throws -> SignInRequest {
        let sealed = try sealer.seal(ticket.text, context: Self.context(desktop.pool))
        return SignInRequest(
            door: Self.door, pool: desktop.pool, clientID: desktop.clientID, connection: connection.id,
            pinsConnection: true, redirectURI: issuer + "/scan", responseMode: .query,
            state: Base64URL.encode(sealed), scopes: desktop.scopes.filter { ["openid", "profile"].contains($0) },
            prompts: desktop.prompts.intersection([.login, .selectAccount]), maxAge: desktop.maxAge,
            demandsConfirmation: connection.scope == .base ? nil : desktop.demandsConfirmation)
    }

    /// True when a session on the phone is what the desktop's application demands: one that began with this ticket, or an
    /// older one where that does.
    static func satisfies(
        _ session: Session, _ desktop: SignInRequest, through connection: Connection?, since ticket: Date, now: Date
    ) -> Bool {
        if desktop.demandsConfirmation == true, session.acr == .silent, connection?.scope != .base { return false }
        if session.authTime >= ticket { return true }
        guard !desktop.demandsNewSignIn else { return false }
        return desktop.maxAge.map { now.timeIntervalSince(session.authTime) <= Double($0) } ?? true
    }

    func answer(_ request: SignInRequest, session: Session, user: User) async throws -> PreparedAnswer {
        PreparedAnswer(delivery: .redirect(try address(request)), codeHash: nil) { _ in }
    }

    /// The person turned back at WeChat; the desktop goes on waiting, as only a decision ends that.
    func refusal(_ request: SignInRequest, error: OAuthError) throws -> AnswerDelivery {
        .redirect(try address(request) + "?error=\(error.code.rawValue)")
    }

    private func address(_ request: SignInRequest) throws -> String {
        let ticket = try sealer.open(try Base64URL.decode(request.state ?? ""), context: Self.context(request.pool))
        return "\(request.redirectURI)/\(ticket)/confirm"
    }

    private static func context(_ pool: PoolID) -> String { "scan on the phone \(pool)" }
}
