import Foundation
import WeChat

/// Exchanges what `wx.login` gave a mini program for a person.
///
/// The session key that comes along is sealed and stored; it leaves the provider nowhere. Source: code2Session.
struct MiniProgramSignIn: Sendable {
    let gateway: WeChatGateway
    let sessionKeys: SessionKeyStore
    let inFlight: ExchangesInFlight
    let ending: SessionEnding
    let surroundings: Surroundings

    /// The person behind a code, made when unknown.
    ///
    /// Requests with the same code in flight together get the same person; a later one gets WeChat's 40163.
    ///
    /// - Throws: ``AppSignInFailure``; `StorageError`.
    func signIn(_ code: LoginCode, at connection: Connection, in pool: Pool) async throws -> AppPerson {
        guard connection.kind == .miniProgram else { throw AppSignInFailure.wrongKind }
        try code.requireWellFormed(for: .miniProgramLogin)
        let key = ExchangesInFlight.Key(
            place: ConnectionCrowd.Place(pool: pool.id, connection: connection.id),
            code: WeChatCodeHash(of: code.exposeSecret()))
        return try await inFlight.shared(key) { try await exchange(code, connection, pool) }
    }

    private func exchange(_ code: LoginCode, _ connection: Connection, _ pool: Pool) async throws -> AppPerson {
        let answer: MiniProgramSessionAnswer
        do {
            answer = try await gateway.withPatience(for: .miniProgramLogin, connection, pool: pool.id) {
                (client) async throws(WeChatError) in try await client().session(of: code)
            }
        } catch {
            throw AppSignInFailure.weChat(error)
        }
        let account = WeChatAccount(appID: connection.appID, openID: answer.openID)
        let identity = WeChatIdentity(
            appID: connection.appID, openID: answer.openID, openPlatform: connection.openPlatform,
            unionID: answer.unionID)
        let sealed = try sessionKeys.seal(answer.sessionKey, of: account, in: pool.id)
        let (ending, draw) = (ending, ending.draw())
        let (now, newID) = (surroundings.now(), UserID(rawValue: surroundings.hexToken()))
        let userID = try await sessionKeys.database.transaction { transaction in
            var linking = IdentityLinking(pool: pool, ending: ending, draw: draw, transaction: transaction, now: now)
            let userID = try AppPeople.admit(identity, profile: nil, newID: newID, with: &linking)
            try SessionKeyStore.replace(sealed, of: account, in: pool.id, transaction: transaction, now: now)
            return userID
        }
        return AppPerson(
            userID: userID, account: account, unionID: answer.unionID, profile: nil, acr: .silent, authTime: now)
    }
}
