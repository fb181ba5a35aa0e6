import Foundation
import WeChat

/// Exchanges the code that WeChat's SDK gave a mobile app for a person.
///
/// Source: 移动应用微信登录开发指南. The person has agreed inside WeChat, so the profile may be read.
struct MobileAppSignIn: Sendable {
    let gateway: WeChatGateway
    let database: any Database
    let inFlight: ExchangesInFlight
    let ending: SessionEnding
    let surroundings: Surroundings

    /// The person behind a code, made when unknown.
    ///
    /// Only for mobile apps: a code of our own web callback belongs to another app and is never looked at here, as its
    /// connection is of another kind; sent with a mobile app's own AppID, WeChat answers 40029.
    ///
    /// - Parameter language: of the profile.
    /// - Throws: ``AppSignInFailure``; `StorageError`.
    func signIn(
        _ code: AuthorizationCode, at connection: Connection, in pool: Pool, language: Language = .chinese
    ) async throws -> AppPerson {
        guard connection.kind == .mobileApp else { throw AppSignInFailure.wrongKind }
        try code.requireWellFormed(for: .codeExchange)
        let key = ExchangesInFlight.Key(
            place: ConnectionCrowd.Place(pool: pool.id, connection: connection.id),
            code: WeChatCodeHash(of: code.exposeSecret()))
        return try await inFlight.shared(key) { try await exchange(code, connection, pool, language) }
    }

    private func exchange(
        _ code: AuthorizationCode, _ connection: Connection, _ pool: Pool, _ language: Language
    ) async throws -> AppPerson {
        let visitor: WeChatGateway.Visitor
        do {
            visitor = try await gateway.visitor(connection, pool: pool.id, code: code, language: language)
        } catch {
            throw AppSignInFailure.weChat(error)
        }
        guard !visitor.isSnapshot else { throw AppSignInFailure.notAPerson }
        let (now, newID) = (surroundings.now(), UserID(rawValue: surroundings.hexToken()))
        let (ending, draw) = (ending, ending.draw())
        let userID = try await database.transaction { transaction in
            var linking = IdentityLinking(pool: pool, ending: ending, draw: draw, transaction: transaction, now: now)
            return try AppPeople.admit(visitor.identity, profile: visitor.profile, newID: newID, with: &linking)
        }
        return AppPerson(
            userID: userID, account: WeChatAccount(appID: connection.appID, openID: visitor.identity.openID),
            unionID: visitor.identity.unionID, profile: visitor.profile, acr: .confirmed, authTime: now)
    }
}
