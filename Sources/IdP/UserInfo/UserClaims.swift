import Foundation
import JWT
import WeChat

/// The claims about a person: which there are, which scope stands for which, and their values.
///
/// OpenID Connect Core sections 5.1 and 5.4. What is not known is left out.
struct UserClaims: Sendable {
    /// Who the person is at WeChat, for scope `wechat`.
    struct WeChatIdentity: Sendable {
        var appID: String
        var openID: String
        var unionID: String?
    }

    /// Scopes that mean something here; others are ignored, as RFC 6749 section 3.3 allows.
    static let scopes = ["openid", "profile", "email", "phone", "address", "roles", "wechat", "offline_access"]

    private static let namesOfScope: [String: [String]] = [
        "profile": ["name", "nickname", "picture", "updated_at"],
        "email": ["email", "email_verified"],
        "phone": ["phone_number", "phone_number_verified"],
        "address": ["address"],
        "roles": ["roles"],
        "wechat": ["wechat"],
    ]

    /// The scopes that would have brought claims which were asked for by name; for telling a person what they mean.
    static func scopes(of claims: RequestedClaims?) -> [String] {
        let names = Set((claims?.userInfo ?? []) + (claims?.idToken ?? []))
        return scopes.filter { scope in namesOfScope[scope]?.contains { names.contains($0) } ?? false }
    }

    /// Every claim that can be asked for by name.
    static let names: Set<String> = Set(namesOfScope.values.joined())

    let user: User
    var wechat: WeChatIdentity?

    /// The claims that these scopes and names ask for.
    func values(scopes: [String], names: [String] = []) -> JSONObject {
        let wanted = scopes.flatMap { Self.namesOfScope[$0] ?? [] } + names
        var claims = JSONObject()
        for name in wanted { claims[name] = value(name) }
        return claims
    }

    private func value(_ name: String) -> JSON? {
        switch name {
        case "name", "nickname": user.nickname.map { .string($0) }
        case "picture": user.picture.map { .string($0) }
        case "updated_at": .integer(Int64(user.updatedAt.timeIntervalSince1970))
        case "email": user.email.map { .string($0) }
        case "email_verified": user.email.map { _ in .bool(user.isEmailVerified) }
        case "phone_number": user.phoneNumber.map { .string($0) }
        case "phone_number_verified": user.phoneNumber.map { _ in .bool(user.isPhoneNumberVerified) }
        case "address": user.address.map { .object($0) }
        case "roles": user.roles.isEmpty ? nil : .array(user.roles.map { .string($0) })
        case "wechat":
            wechat.map { identity in
                var object: JSONObject = ["appid": .string(identity.appID), "openid": .string(identity.openID)]
                object["unionid"] = identity.unionID.map { .string($0) }
                return .object(object)
            }
        default: nil
        }
    }
}

/// Reads what ``UserClaims`` needs besides the user.
struct UserClaimsReader: Sendable {
    let database: any Database

    /// The claims about a person for an application.
    ///
    /// - Parameter account: as whom the person came; without one, the application learns who they are at the first of its
    ///   official accounts and website apps that knows them.
    func claims(
        of user: User, for application: Application, in pool: Pool, scopes: [String], names: [String],
        account: WeChatAccount? = nil
    ) async throws -> JSONObject {
        var claims = UserClaims(user: user)
        if scopes.contains("wechat") || names.contains("wechat") {
            claims.wechat = try await identity(of: user, for: application, in: pool, account)
        }
        return claims.values(scopes: scopes, names: names)
    }

    private func identity(
        of user: User, for application: Application, in pool: Pool, _ account: WeChatAccount?
    ) async throws -> UserClaims.WeChatIdentity? {
        let apps = account.map { [$0.appID] } ?? pool.signInConnections(of: application).map(\.appID)
        for appID in apps {
            let rows = try await database.query(
                """
                SELECT openid, unionid FROM wechat_openids
                WHERE pool = $1 AND user_id = $2 AND app_id = $3 AND ($4 = '' OR openid = $4)
                """,
                [.text(pool.id), .text(user.id), .text(appID), .text(account?.openID.rawValue ?? "")])
            guard let row = rows.first else { continue }
            return UserClaims.WeChatIdentity(
                appID: appID.rawValue, openID: try row.text("openid"),
                unionID: try row.optionalText("unionid"))
        }
        return nil
    }
}
