import Foundation
import JWT
import WeChat

/// Answers as Authing's web page authorization does: `code`, `message` and `data` behind the return address, in the
/// fragment, which no server log sees; in the query only where the connection allows it for pages on Authing's own SDK.
struct SocialAnswerer: SignInAnswerer {
    static let door = SignInRequest.Door(rawValue: "authing-social")

    let pools: PoolDirectory
    let issuer: TokenIssuer
    let database: any Database
    let surroundings: Surroundings

    func answer(_ request: SignInRequest, session: Session, user: User) async throws -> PreparedAnswer {
        guard let pool = pools[request.pool], let application = pool.application(request.clientID) else {
            throw PageFailure(.startAgain, cause: "the application was removed")
        }
        let now = surroundings.now()
        let expiry = now + application.idTokenLifetime.inSeconds
        let identity = try await identity(of: user.id, at: request.connection, in: pool)
        let grant = Grant(
            id: GrantID(rawValue: surroundings.hexToken()), kind: .social, clientID: application.id, userID: user.id,
            sid: session.id, createdAt: now, expiresAt: expiry)
        let subject = try issuer.subjects.subject(of: user.id, for: application, in: pool.id)
        var legacy: JSONObject = ["id": .string(subject), "clientId": .string(application.id.rawValue)]
        legacy["unionid"] = identity.unionID.map { .string($0) }
        let token = try issuer.idToken(
            .init(userID: user.id, sid: session.id, acr: session.acr, authTime: session.authTime), grant: grant.id,
            application: application, pool: pool, nonce: nil,
            // Authing's oldest back ends read this member; here it stands in a signed, audience-bound, short-lived token.
            additional: ["data": .object(legacy)])
        let data = userObject(
            user, subject: subject, session: session, identity: identity, token: token, expiry: expiry)
        let delivery = delivery(
            request, code: "200", message: request.language == .english ? "Signed in" : "登录成功",
            data: JSON.object(data).text)
        return PreparedAnswer(delivery: delivery, codeHash: nil) { transaction in
            try SessionStore.requireLive(session, transaction: transaction)
            try GrantStore.insert(grant, in: pool.id, transaction: transaction)
        }
    }

    func refusal(_ request: SignInRequest, error: OAuthError) throws -> AnswerDelivery {
        let isEnglish = request.language == .english
        let (code, message) =
            error.code == .accessDenied
            ? ("403", isEnglish ? "You cancelled the sign-in." : "你已取消登录。")
            : ("400", "\(error.code.rawValue): \(error.description)")
        return delivery(request, code: code, message: message, data: nil)
    }

    private func delivery(_ request: SignInRequest, code: String, message: String, data: String?) -> AnswerDelivery {
        .answer(
            [("code", code), ("message", message), ("data", data), ("state", request.state)], to: request.redirectURI,
            mode: request.responseMode)
    }

    /// The user object in the published shape; what we do not know is null or left out, never invented.
    private func userObject(
        _ user: User, subject: String, session: Session, identity: (openID: String?, unionID: String?), token: String,
        expiry: Date
    ) -> JSONObject {
        let openID = identity.openID.map(JSON.string) ?? .null
        let unionID = identity.unionID.map(JSON.string) ?? .null
        let nickname = user.nickname.map(JSON.string) ?? .null
        let photo = user.picture.map(JSON.string) ?? .null
        var wechat: JSONObject = [
            "openid": openID, "nickname": nickname, "headimgurl": photo,
        ]
        wechat["unionid"] = identity.unionID.map { .string($0) }
        return [
            "_id": .string(subject),
            "id": .string(subject),
            "userPoolId": .string(session.pool.rawValue),
            "username": nickname,
            "nickname": nickname,
            "name": nickname,
            "photo": photo,
            "email": .null,
            "emailVerified": false,
            "phone": .null,
            "phoneVerified": false,
            "openid": openID,
            "unionid": unionID,
            "oauth": .string(JSON.object(wechat).text),
            "registerMethod": "oauth:wechatmp",
            "registerSource": ["social:wechatmp"],
            "loginsCount": .integer(Int64(user.signIns)),
            "lastLogin": .string(Self.timestamp(user.lastSignInAt ?? session.authTime)),
            "signedUp": .string(Self.timestamp(user.createdAt)),
            "createdAt": .string(Self.timestamp(user.createdAt)),
            "updatedAt": .string(Self.timestamp(user.updatedAt)),
            "blocked": .bool(user.isBlocked),
            "isDeleted": false,
            "token": .string(token),
            "tokenExpiredAt": .string(Self.timestamp(expiry)),
        ]
    }

    /// Who the person is at the connection that the page named; a live session may have come through another one.
    private func identity(
        of user: UserID, at connection: ConnectionID, in pool: Pool
    ) async throws -> (openID: String?, unionID: String?) {
        let rows = try await database.query(
            "SELECT openid, unionid FROM wechat_openids WHERE pool = $1 AND user_id = $2 AND app_id = $3",
            [.text(pool.id), .text(user), .text(pool.connection(connection)?.appID.rawValue ?? "")])
        return (try rows.first?.text("openid"), try rows.first?.optionalText("unionid"))
    }

    private static func timestamp(_ date: Date) -> String {
        date.formatted(.iso8601)
    }
}
