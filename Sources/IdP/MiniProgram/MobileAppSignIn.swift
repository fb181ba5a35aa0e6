import Foundation
import WeChat

/// Exchanges the code that WeChat's SDK gave a mobile app for a person.
///
/// Source: 移动应用微信登录开发指南. The person has agreed inside WeChat, so the profile may be read.
struct MobileAppSignIn: Sendable {
    let gateway: WeChatGateway
    let database: any Database
    let inFlight: ExchangesInFlight
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
        let key = ExchangesInFlight.Key(
            pool: pool.id, connection: connection.id, code: WeChatCodeHash(of: code.exposeSecret()))
        return try await inFlight.shared(key) { try await exchange(code, connection, pool.id, language) }
    }

    private func exchange(
        _ code: AuthorizationCode, _ connection: Connection, _ pool: PoolID, _ language: Language
    ) async throws -> AppPerson {
        let visitor: WeChatGateway.Visitor
        do {
            visitor = try await gateway.visitor(connection, pool: pool, code: code, language: language)
        } catch {
            throw AppSignInFailure.weChat(error)
        }
        guard !visitor.isSnapshot else { throw AppSignInFailure.notAPerson }
        let (now, newID) = (surroundings.now(), UserID(rawValue: surroundings.hexToken()))
        let userID = try await database.transaction { transaction in
            try AppPeople.admit(
                visitor.identity, profile: visitor.profile, newID: newID, in: pool, transaction: transaction, now: now)
        }
        return AppPerson(
            userID: userID, account: WeChatAccount(appID: connection.appID, openID: visitor.identity.openID),
            unionID: visitor.identity.unionID, profile: visitor.profile, acr: .confirmed, authTime: now)
    }
}
