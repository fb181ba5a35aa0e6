import Foundation
import HTTPTypes
import Hummingbird
import JWT
import Logging
import WeChat

/// `/api/v1/miniprogram/…`: what a mini program may ask about the person who has signed in there.
///
/// Answers never hold the session key or an identifier.
struct MiniProgramRoutes: Sendable {
    let pools: PoolDirectory
    /// Asked in turn; the first that knows the caller decides.
    let authenticators: [any MiniProgramCallerAuthenticator]
    let sessionKeys: SessionKeyStore
    let accountTokens: AccountTokens
    let phoneNumbers: PhoneNumbers

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        let group = group.group("api/v1/miniprogram")
        group.post("check-session") { try await answer($0, $1, checkSession) }
        group.post("raw-data") { try await answer($0, $1, checkRawData) }
        group.post("decrypt") { try await answer($0, $1, decrypt) }
        group.post("phone") { try await answer($0, $1, phone) }
        group.get("profile") { try await answer($0, $1, profile) }
        group.post("profile") { try await answer($0, $1, changeProfile) }
    }

    /// One call, its caller known.
    private struct Call: Sendable {
        var caller: MiniProgramCaller
        var connection: Connection
        var pool: Pool
        var body: JSONObject
        var logger: Logger
    }

    private func answer(
        _ request: Request, _ context: ProviderRequestContext, _ work: (Call) async throws -> Response
    ) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        var request = request
        let body = try await JSONBody.bytes(&request)
        guard let caller = try await caller(request, body, pool),
            let connection = pool.connections.first(where: {
                $0.kind == .miniProgram && $0.appID == caller.account.appID
            })
        else {
            guard request.headers[.authorization] != nil else {
                throw OAuthError(.invalidRequest, "no token", challenge: .bearer(namesError: false))
            }
            throw OAuthError(
                .invalidToken, "the token is malformed, expired, revoked, or not of a mini program's sign-in",
                challenge: .bearer(namesError: true))
        }
        return try await work(
            Call(
                caller: caller, connection: connection, pool: pool, body: try JSONBody.object(body, of: request),
                logger: context.logger))
    }

    private func caller(_ request: Request, _ body: [UInt8], _ pool: Pool) async throws -> MiniProgramCaller? {
        for authenticator in authenticators {
            if let caller = try await authenticator.caller(request, body: body, in: pool) { return caller }
        }
        return nil
    }

    // MARK: Session key

    /// Source: checkSessionKey.
    private func checkSession(_ call: Call) async throws -> Response {
        guard let key = try await sessionKeys.find(call.caller.account, in: call.pool.id) else {
            return .json(["valid": false])
        }
        let (client, account) = (accountTokens.client(call.connection), call.caller.account)
        let isValid = try await asking(call) { (token) async throws(WeChatError) in
            try await client.checkSessionKey(
                openID: account.openID, signature: OpenData.proof(of: key), token: token)
        }
        return .json(["valid": .bool(isValid)])
    }

    private func checkRawData(_ call: Call) async throws -> Response {
        let rawData = try call.body.requireText("rawData")
        let signature = try call.body.requireText("signature")
        let key = try await sessionKeys.find(call.caller.account, in: call.pool.id)
        let isValid = key.map { OpenData.isSigned(rawData, by: signature, key: $0) } ?? false
        return .json(["valid": .bool(isValid)])
    }

    private func decrypt(_ call: Call) async throws -> Response {
        let encryptedData = try call.body.requireText("encryptedData")
        let iv = try call.body.requireText("iv")
        guard let key = try await sessionKeys.find(call.caller.account, in: call.pool.id),
            let told = OpenData.decrypt(
                encryptedData, iv: iv, key: key, of: call.caller.account, now: sessionKeys.surroundings.now())
        else {
            return Self.refusal(
                "invalid_data", "the data does not belong to this session; call wx.login and ask for it again")
        }
        return .json(told)
    }

    // MARK: Telephone number

    /// Source: getPhoneNumber.
    private func phone(_ call: Call) async throws -> Response {
        let code = AuthorizationCode(try call.body.requireText("code"))
        let mayLink = try call.body.flag("link")
        let client = accountTokens.client(call.connection)
        let answer = try await asking(call) { (token) async throws(WeChatError) in
            try await client.phoneNumber(of: code, token: token)
        }
        let now = sessionKeys.surroundings.now()
        guard let number = ProvenPhoneNumber(answer, at: call.connection.appID, now: now) else {
            call.logger.warning(
                "a telephone number was refused: given to another app, too long ago, or no number",
                metadata: ["connection": "\(call.connection.id)"])
            throw OAuthError(.invalidGrant, "the number was given to another app or too long ago; get a new code")
        }
        let outcome = try await phoneNumbers.keep(number, of: call.caller.user.id, mayLink: mayLink, in: call.pool)
        var told: JSONObject = ["phone_number": .string(number.e164), "phone_number_verified": true]
        switch outcome {
        case .kept: told["linked"] = false
        case .linked(let user):
            told["linked"] = true
            // The caller's tokens have ended with its account; wx.login leads to the one that stays.
            told["sign_in_again"] = .bool(user != call.caller.user.id)
        case .inUse:
            let way =
                call.pool.linksByPhone
                ? "ask the person, and send link with a new code" : "this pool joins no accounts by a number"
            return Self.refusal("phone_in_use", "another account has this number; \(way)", status: .conflict)
        }
        return .json(told)
    }

    // MARK: Profile

    private func profile(_ call: Call) async throws -> Response {
        .json(Self.profile(call.caller.user.nickname, call.caller.user.picture))
    }

    private func changeProfile(_ call: Call) async throws -> Response {
        let typed = TypedProfile(
            nickname: try call.body.optionalText("nickname"), picture: try call.body.optionalText("avatar_url"))
        guard let typed else {
            throw OAuthError(
                .invalidRequest, "nickname: 1 to 64 visible characters; avatar_url: an https address; one of both")
        }
        let (user, pool, now) = (call.caller.user, call.pool.id, sessionKeys.surroundings.now())
        try await sessionKeys.database.transaction { transaction in
            try typed.store(of: user.id, in: pool, transaction: transaction, now: now)
        }
        return .json(Self.profile(typed.nickname ?? user.nickname, typed.picture ?? user.picture))
    }

    private static func profile(_ nickname: String?, _ picture: String?) -> JSONObject {
        ["nickname": nickname.map(JSON.string) ?? .null, "avatar_url": picture.map(JSON.string) ?? .null]
    }

    // MARK: Asking WeChat

    private func asking<Result: Sendable>(
        _ call: Call, _ work: (AccountToken) async throws(WeChatError) -> Result
    ) async throws -> Result {
        do throws(AccountTokenFailure) {
            return try await accountTokens.withToken(call.connection, in: call.pool.id, work)
        } catch {
            if case .storage(let failure) = error { throw failure }
            guard let weChat = error.weChatError else { throw error }
            let isUsers = weChat.kind == .user
            call.logger.log(
                level: isUsers ? .notice : .error, "WeChat refused a mini program's call",
                metadata: ["connection": "\(call.connection.id)", "cause": "\(error)"])
            throw OAuthError(weChat)
        }
    }

    private static func refusal(
        _ error: String, _ description: String, status: HTTPResponse.Status = .badRequest
    ) -> Response {
        .json(["error": .string(error), "error_description": .string(description)], status: status)
    }
}
