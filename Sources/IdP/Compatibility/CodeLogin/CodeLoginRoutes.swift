import HTTPTypes
import Hummingbird
import JWT
import Logging
import WeChat

/// The sample back end of `wechat-backend-auth`: a mobile app's code in, `token` and `user` out.
///
/// A back end of the operator's calls it and proves itself as at the token endpoint. 401 without a body on any failure of
/// WeChat, 500 without one when no token could be made; which of the crate's 18 failures it was says the header
/// `WeChat-Error`. The token is an access token of the application: see docs/decisions/0032.
struct CodeLoginRoutes: ContractDoor {
    private static let scopes = ["openid", "profile"]

    let clients: ClientAuthenticator
    let signIn: MobileAppSignIn
    let grants: AppGrants
    let issuer: TokenIssuer

    func endpoints(_ compatibility: Compatibility) -> [ContractEndpoint] {
        guard let contract = compatibility.codeLogin else { return [] }
        return [
            ContractEndpoint(.post, contract.path) { request, context, pool in
                try await login(request, contract, pool, context)
            }
        ]
    }

    private func login(
        _ request: Request, _ contract: CodeLoginContract, _ pool: Pool, _ context: ProviderRequestContext
    ) async throws -> Response {
        guard let values = try? await ContractBody.read(request), let code = values["code"] else {
            return Self.empty(.badRequest)
        }
        guard let application = try await client(request, values, contract, pool) else {
            var response = Self.empty(.unauthorized)
            response.headers[.wwwAuthenticate] = "Basic realm=\"wxidp\""
            return response
        }
        guard let connection = Self.connection(values["appid"], contract, pool) else { return Self.empty(.badRequest) }
        do {
            let person = try await signIn.signIn(AuthorizationCode(code), at: connection, in: pool)
            return try await answer(person, application, pool)
        } catch let failure as AppSignInFailure {
            failure.log(to: context.logger, connection: connection)
            var response = Self.empty(.unauthorized)
            response.headers[.weChatError] = failure.distinction?.rawValue
            return response
        } catch {
            let text = (error as? StorageError)?.description ?? "\(type(of: error))"
            context.logger.error("no token could be made", metadata: ["error": "\(text)"])
            return Self.empty(.internalServerError)
        }
    }

    /// The contract's application, if that is who calls; nil for anybody else.
    private func client(
        _ request: Request, _ values: [String: String], _ contract: CodeLoginContract, _ pool: Pool
    ) async throws -> Application? {
        // A JSON body brings what a form would at the token endpoint.
        let form = try Parameters(parsing: PercentEncoding.query(values.map { ($0.key, $0.value) }))
        do {
            let application = try await clients.client(request, form: form, in: pool)
            return application.id == contract.application ? application : nil
        } catch is OAuthError {
            return nil
        }
    }

    /// The mobile app that the request names, or the only one there is.
    private static func connection(_ appID: String?, _ contract: CodeLoginContract, _ pool: Pool) -> Connection? {
        let connections = contract.connections.compactMap(pool.connection)
        guard let appID else { return connections.count == 1 ? connections.first : nil }
        return connections.first { $0.appID.rawValue == appID }
    }

    private func answer(_ person: AppPerson, _ application: Application, _ pool: Pool) async throws -> Response {
        let request = TokenRequest(
            form: try Parameters(parsing: ""), application: application, pool: pool, issuer: issuer)
        let issued = try await grants.issue(
            to: application, in: pool.id, for: person, scopes: Self.scopes, resources: [],
            accessToken: try request.accessTokenDraft())
        guard let issued, let user = issued.live.user else { throw AppSignInFailure.blocked }
        let accessToken = issued.accessToken
        let token =
            try accessToken.opaque ?? issuer.accessToken(accessToken.token, application: application, pool: pool)
        return .json([
            "token": .string(token), "expires_in": .integer(Int64(application.accessTokenLifetime.inSeconds)),
            "user": [
                "openid": .string(person.account.openID.rawValue), "nickname": user.nickname.map(JSON.string) ?? .null,
                "avatar": user.picture.map(JSON.string) ?? .null,
            ],
        ])
    }

    private static func empty(_ status: HTTPResponse.Status) -> Response {
        Response(status: status, headers: [.cacheControl: "no-store"])
    }
}

extension AppSignInFailure {
    /// Which failure of the crate this is; nil for those that are ours.
    fileprivate var distinction: WeChatError.Distinction? {
        if case .weChat(let error) = self { error.distinction } else { nil }
    }
}

extension HTTPField.Name {
    /// The name is valid by construction; `date` is never reached.
    fileprivate static let weChatError = Self("WeChat-Error") ?? .date
}
