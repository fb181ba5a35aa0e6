import Foundation

/// Leads a person who has signed in for a device to the page that asks for the decision; the answer of this door is
/// nothing but the way there.
struct DeviceAnswerer: SignInAnswerer {
    static let door = SignInRequest.Door(rawValue: "device")

    let pools: PoolDirectory
    let sealer: Sealer
    let surroundings: Surroundings

    func answer(_ request: SignInRequest, session: Session, user: User) async throws -> PreparedAnswer {
        guard
            var ticket = DeviceTicket(request.state, sealer: sealer, in: request.pool, now: surroundings.now())
        else { throw PageFailure(.deviceCodeUnknown, language: request.language, cause: "the ticket has expired") }
        ticket.sid = session.id
        let sealed = try ticket.sealed(with: sealer, in: request.pool)
        return PreparedAnswer(delivery: .redirect("\(request.redirectURI)?ticket=\(sealed)"), codeHash: nil) { _ in }
    }

    /// The person turned back before being asked; the device goes on waiting, as only a decision ends that.
    func refusal(_ request: SignInRequest, error: OAuthError) throws -> AnswerDelivery {
        .redirect("\(request.redirectURI)?error=\(error.code.rawValue)")
    }
}
