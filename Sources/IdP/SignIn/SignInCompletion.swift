import Foundation
import HTTPTypes
import WeChat

/// What an answer of WeChat changes, in one transaction: identity, person, session, sign-in, trip.
struct SignInCompletion: Sendable {
    /// What the browser gets.
    enum Outcome: Sendable, Equatable {
        /// A session under this new cookie value.
        case newSession(secret: String)
        /// WeChat named the same person as the session the browser already has.
        case confirmedSession
        /// Nobody we know; a person is made only after a tap.
        case unknownPerson
    }

    let pool: Pool
    let connection: Connection
    let round: WeChatRound
    /// The session that this browser brought along.
    let previous: Session?
    let sessions: SessionStore
    let ending: SessionEnding
    let surroundings: Surroundings

    /// What it came to, and who is to be told that the session this browser brought along has ended.
    func complete(_ visitor: WeChatGateway.Visitor) async throws -> (Outcome, [LogoutNotice]) {
        // Drawn outside the transaction, which may run on another thread.
        let secret = surroundings.token()
        let newID = SessionID(rawValue: surroundings.hexToken())
        let newUser = UserID(rawValue: surroundings.hexToken())
        let draw = ending.draw()
        let now = surroundings.now()
        return try await sessions.database.transaction { transaction in
            var notices: [LogoutNotice] = []
            var linking = IdentityLinking(pool: pool, ending: ending, draw: draw, transaction: transaction, now: now)
            let outcome = try settle(
                visitor, secret: secret, newSession: newID, newUser: newUser, linking: &linking
            ) { session in
                notices += try ending.end(session, of: pool, draw: draw, transaction: transaction, now: now)
            }
            notices += linking.notices
            try SignInStore.finish(round, transaction: transaction, now: now)
            return (outcome, notices)
        }
    }

    private func settle(
        _ visitor: WeChatGateway.Visitor, secret: String, newSession: SessionID, newUser: UserID,
        linking: inout IdentityLinking, end: (Session) throws -> Void
    ) throws -> Outcome {
        let (transaction, now) = (linking.transaction, linking.now)
        guard let userID = try linking.link(visitor.identity, newID: mayCreate(visitor) ? newUser : nil) else {
            // Another openid at the same app: the account inside WeChat has changed, and the old session with it. At another
            // app every openid is another.
            if let previous, previous.appID == visitor.identity.appID {
                try end(previous)
            }
            try transaction.query(
                "UPDATE sign_ins SET stage = $2, sid = NULL WHERE handle_hash = $1",
                [.text(round.handleHash), .text(SignIn.Stage.unknownPerson)])
            return .unknownPerson
        }
        let blocked = try transaction.query(
            "SELECT blocked FROM users WHERE pool = $1 AND id = $2", [.text(pool.id), .text(userID)])
        guard try blocked.first?.bool("blocked") == false else {
            throw PageFailure(.accountLimited, status: .forbidden, poolName: pool.name, cause: "the user is blocked")
        }
        if let profile = visitor.profile {
            try linking.store(profile, of: userID)
        }
        if round.purpose == .silent, let previous, previous.userID == userID, previous.appID == visitor.identity.appID,
            previous.openID == visitor.identity.openID
        {
            try sessions.confirm(previous, transaction: transaction, now: now)
            try remember(previous.id, transaction)
            return .confirmedSession
        }
        if let previous, previous.userID != userID { try end(previous) }
        let sid = try sessions.establish(
            .init(
                userID: userID, appID: visitor.identity.appID, openID: visitor.identity.openID,
                acr: isSilent ? .silent : .confirmed, lifetime: pool.sessionLifetime),
            replacing: previous, secret: secret, newID: newSession, in: pool.id, transaction: transaction, now: now)
        try remember(sid, transaction)
        return .newSession(secret: secret)
    }

    private var isSilent: Bool { !round.purpose.isWebsite && (round.purpose == .silent || connection.scope == .base) }

    /// A silent answer makes an account only where the operator wants no more than the openid.
    private func mayCreate(_ visitor: WeChatGateway.Visitor) -> Bool {
        round.purpose.isWebsite || connection.scope == .base || (round.purpose != .silent && visitor.profile != nil)
    }

    private func remember(_ sid: SessionID, _ transaction: any Transaction) throws {
        try transaction.query(
            "UPDATE sign_ins SET sid = $2 WHERE handle_hash = $1", [.text(round.handleHash), .text(sid)])
    }
}
