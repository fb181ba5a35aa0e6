import Foundation
import JWT
import WeChat

/// Answers as Authing's web page authorization does: `code`, `message` and `data`.
///
/// Behind the return address they stand in the fragment, which no server log sees; in the query only where the connection
/// allows it for pages on Authing's own SDK. A popup posts them to the page that opened it.
struct SocialAnswerer: SignInAnswerer {
    static let door = SignInRequest.Door(rawValue: "authing-social")

    let pools: PoolDirectory
    let issuer: TokenIssuer
    let identities: SocialIdentityReader
    let surroundings: Surroundings

    func answer(_ request: SignInRequest, session: Session, user: User) async throws -> PreparedAnswer {
        guard let pool = pools[request.pool], let application = pool.application(request.clientID) else {
            throw PageFailure(.startAgain, cause: "the application was removed")
        }
        let wishes = try SocialWishes(note: request.doorNote)
        let now = surroundings.now()
        let expiry = now + application.idTokenLifetime.inSeconds
        let accounts = try await identities.identities(of: user.id, for: application, in: pool)
        // Who the person is at the connection that the page named; a live session may have come through another one.
        let account = accounts.first { $0.connections.contains(request.connection) }
        let grant = Grant(
            id: GrantID(rawValue: surroundings.hexToken()), kind: .social, clientID: application.id, userID: user.id,
            sid: session.id, createdAt: now, expiresAt: expiry)
        let subject = try issuer.subjects.subject(of: user.id, for: application, in: pool.id)
        let token = try issuer.idToken(
            .init(userID: user.id, sid: session.id, acr: session.acr, authTime: session.authTime), grant: grant.id,
            application: application, pool: pool, nonce: nil,
            additional: pool.compatibility.authing != nil
                ? AuthingClaims.additional(subject: subject, application: application.id, unionID: account?.unionID)
                : [:])
        let data = SocialUser(
            user: user, subject: subject, pool: pool.id, authTime: session.authTime, openID: account?.openID,
            unionID: account?.unionID, token: token, tokenExpiresAt: expiry,
            identities: wishes.wantsIdentities ? accounts : nil)
        let reply = SocialReply(
            code: 200, message: request.language == .english ? "Signed in" : "登录成功", data: data.object)
        return PreparedAnswer(delivery: reply.delivery(for: request, wishes), codeHash: nil) { transaction in
            try SessionStore.requireLive(session, transaction: transaction)
            try GrantStore.insert(grant, in: pool.id, transaction: transaction)
        }
    }

    func refusal(_ request: SignInRequest, error: OAuthError) throws -> AnswerDelivery {
        let reply =
            error.code == .accessDenied
            ? SocialReply(code: 403, message: request.language == .english ? "You cancelled the sign-in." : "你已取消登录。")
            : SocialReply(code: 400, message: "\(error.code.rawValue): \(error.description)")
        return reply.delivery(for: request, try SocialWishes(note: request.doorNote))
    }
}

/// What a page on Authing's SDK is told.
private struct SocialReply {
    var code: Int
    var message: String
    /// Only with 200.
    var data: JSONObject?

    func delivery(for request: SignInRequest, _ wishes: SocialWishes) -> AnswerDelivery {
        guard let openers = wishes.openers else {
            return .answer(
                [
                    ("code", "\(code)"), ("message", message), ("data", data.map { JSON.object($0).text }),
                    ("state", request.state),
                ], to: request.redirectURI, mode: request.responseMode)
        }
        var told: JSONObject = [
            "code": .integer(Int64(code)), "message": .string(message), "data": data.map(JSON.object) ?? .null,
            "event": ["source": "authing", "eventType": "socialLogin"],
        ]
        told["state"] = request.state.map { .string($0) }
        return .message(text: JSON.object(told).text, targets: openers)
    }
}

/// What Authing's oldest back ends read in a token.
enum AuthingClaims {
    /// The member `data`, here in a signed, audience-bound, short-lived ID token; theirs was signed with the pool's secret.
    static func additional(subject: String, application: ClientID, unionID: String?) -> JSONObject {
        var data: JSONObject = ["id": .string(subject), "clientId": .string(application.rawValue)]
        data["unionid"] = unionID.map { .string($0) }
        return ["data": .object(data)]
    }
}
