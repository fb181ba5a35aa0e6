import Foundation
import HTTPTypes
import Hummingbird
import JWT
import Logging
import WeChat

/// The login of `wx_login_middleware`: a mini program's code in, `openid`, `stoken` and `skey` out.
///
/// Differs from the crate where it was weak: the token is random, stored hashed and expires, its key is random; see
/// docs/decisions/0030.
struct WxLoginRoutes: ContractDoor {
    let signIn: MiniProgramSignIn
    let verifier: SignedRequestVerifier
    let subjects: SubjectIdentifiers

    private var sessions: ContractSessionStore { verifier.sessions }

    func endpoints(_ compatibility: Compatibility) -> [ContractEndpoint] {
        guard let contract = compatibility.wxLogin else { return [] }
        let methods: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete, .head]
        return methods.map { method in
            ContractEndpoint(method, contract.path) { request, context, pool in
                await answer(context) { try await login(request, contract, pool, context) }
            }
        } + [
            ContractEndpoint(.post, contract.path.child("verify")) { request, _, pool in
                try await verify(request, contract, pool)
            },
            ContractEndpoint(.post, contract.path.child("logout")) { request, context, pool in
                await answer(context) { try await logout(request, contract, pool) }
            },
        ]
    }

    /// Every failure in the contract's four members.
    private func answer(
        _ context: ProviderRequestContext, _ body: () async throws -> Response
    ) async -> Response {
        do {
            return try await body()
        } catch let error as WxLoginError {
            return error.response
        } catch {
            let text = (error as? StorageError)?.description ?? "\(type(of: error))"
            context.logger.error("failed", metadata: ["error": "\(text)"])
            return WxLoginError(.innerServiceFail).response
        }
    }

    // MARK: Login

    private func login(
        _ request: Request, _ contract: WxLoginContract, _ pool: Pool, _ context: ProviderRequestContext
    ) async throws -> Response {
        let (appID, code) = try await Self.parameters(request)
        guard
            let connection = contract.connections.lazy.compactMap(pool.connection)
                .first(where: { $0.appID.rawValue == appID })
        else { throw WxLoginError(.appIDNotFound) }
        let person: AppPerson
        do {
            person = try await signIn.signIn(LoginCode(code), at: connection, in: pool)
        } catch let failure as AppSignInFailure {
            failure.log(to: context.logger, connection: connection)
            throw WxLoginError(failure)
        }
        guard try await hasUsableSessionKey(person.account, pool) else {
            throw WxLoginError(.sessionKeyInvalidBase64, "WeChat's session_key is not 16 bytes of base64")
        }
        let random = Data(sessions.surroundings.randomBytes(32)).base64EncodedString()
        let token = "ST1:\(person.account.appID):\(person.account.openID):\(random)"
        let key = Secret(Data(sessions.surroundings.randomBytes(16)).base64EncodedString())
        try await sessions.begin(
            token, of: person.account, by: .wxLogin, key: key, lifetime: contract.tokenLifetime, in: pool.id)
        var body: JSONObject = [
            "openid": .string(person.account.openID.rawValue), "stoken": .string(token),
            "skey": .string(key.exposeSecret()), "expires_in": .integer(Int64(contract.tokenLifetime.inSeconds)),
        ]
        body["unionid"] = person.unionID.map { .string($0.rawValue) }
        return .json(body)
    }

    private static func parameters(_ request: Request) async throws -> (appID: String, code: String) {
        let (values, failure): ([String: String], WxLoginError.Code)
        switch request.method {
        case .get:
            failure = .parseGetParamsFail
            do { values = try ContractBody.form(request.uri.query ?? "") } catch {
                throw WxLoginError(failure, error.text)
            }
        case .post:
            failure = .parsePostJSONFail
            do { values = try await ContractBody.read(request) } catch { throw WxLoginError(failure, error.text) }
        default:
            throw WxLoginError(.unexpectedHTTPMethod, request.method.rawValue)
        }
        guard let appID = values["appid"] else { throw WxLoginError(failure, "missing field `appid`") }
        guard let code = values["code"] else { throw WxLoginError(failure, "missing field `code`") }
        return (appID, code)
    }

    /// The crate makes its keys from WeChat's and refuses one that is not 16 bytes; ours are random, but what else a
    /// person does (encrypted data) would fail later and without a word.
    private func hasUsableSessionKey(_ account: WeChatAccount, _ pool: Pool) async throws -> Bool {
        guard let key = try await signIn.sessionKeys.find(account, in: pool.id) else { return false }
        return Data(base64Encoded: key.exposeSecret())?.count == 16
    }

    // MARK: Logout

    private func logout(_ request: Request, _ contract: WxLoginContract, _ pool: Pool) async throws -> Response {
        guard let headers = SignedHeaders(request) else {
            throw WxLoginError(.authLoginSessionFail, "no WX-LOGIN-STOKEN header")
        }
        guard headers.signature != nil || !contract.requiresSignature else {
            throw WxLoginError(.authLoginSessionFail, "no WX-LOGIN-SIG header")
        }
        let verified = try await verifier.verify(
            token: headers.token, signature: headers.signature, uri: headers.uri, contract: contract, in: pool)
        guard let verified else { throw WxLoginError(.authLoginSessionFail) }
        try await sessions.end(verified.session, in: pool.id)
        return Response(status: .noContent, headers: [.cacheControl: "no-store"])
    }

    // MARK: Verify

    /// For back ends in any language; who holds both headers has nothing more to prove.
    private func verify(_ request: Request, _ contract: WxLoginContract, _ pool: Pool) async throws -> Response {
        let values: [String: String]
        do { values = try await ContractBody.read(request) } catch {
            throw OAuthError(.invalidRequest, error.text)
        }
        guard let token = values["stoken"], let uri = values["uri"] else {
            throw OAuthError(.invalidRequest, "stoken and uri are needed, and sig unless auth_sig is off")
        }
        let verified = try await verifier.verify(
            token: token, signature: values["sig"], uri: uri, contract: contract, in: pool)
        guard let verified else { return .json(["active": false]) }
        let session = verified.session
        let application = contract.application.flatMap(pool.application)
        let subject = try application.map { try subjects.subject(of: session.user.id, for: $0, in: pool.id) }
        var body: JSONObject = [
            "active": true, "signed": .bool(verified.isSigned), "appid": .string(session.account.appID.rawValue),
            "openid": .string(session.account.openID.rawValue), "sub": .string(subject ?? session.user.id.rawValue),
            "exp": .integer(Int64(session.expiresAt.timeIntervalSince1970)),
        ]
        body["unionid"] = session.unionID.map { .string($0.rawValue) }
        return .json(body)
    }
}
