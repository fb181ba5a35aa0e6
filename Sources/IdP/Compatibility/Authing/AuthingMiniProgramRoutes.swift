import Foundation
import HTTPTypes
import Hummingbird
import JWT
import WeChat

/// Authing's ways for a mini program to sign in: `/connections/social/wechat-miniprogram/auth` of its version 2, and
/// `/api/v3/signin-by-mobile`.
///
/// Both are translated into a token exchange (``AppCodeRequest``) and issue what that would, under the same rule: the
/// application lists the grant and the connection. Nothing but the code proves who it is; `rawData`, `encryptedData` and
/// `iv` are not looked at, as WeChat has put neither name nor identifier there since 2022.
struct AuthingMiniProgramRoutes: Sendable {
    let pools: PoolDirectory
    let token: TokenRoutes

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.post("connections/social/wechat-miniprogram/auth", use: auth)
        group.post("api/v3/signin-by-mobile", use: signInByMobile)
    }

    /// Version 2: the user object, with an ID token inside.
    @Sendable private func auth(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requireAuthing(of: context)
        do {
            let body = try await AuthingBody.read(request)
            let login = AuthingMiniProgramLogin(code: try body.text("code"))
            let tokenRequest = try await login.tokenRequest(request, pool: pool, issuer: token.issuer)
            let exchanged = try await token.exchange(tokenRequest, logger: context.logger)
            return AuthingEnvelope.version2(data: try await user(exchanged, tokenRequest))
        } catch let error as OAuthError {
            return AuthingEnvelope.version2(error)
        }
    }

    /// Version 3: the tokens.
    @Sendable private func signInByMobile(
        _ request: Request, context: ProviderRequestContext
    ) async throws -> Response {
        let pool = try pools.requireAuthing(of: context)
        do {
            let login = try AuthingMiniProgramLogin(version3: try await AuthingBody.read(request))
            let tokenRequest = try await login.tokenRequest(request, pool: pool, issuer: token.issuer)
            let exchanged = try await token.exchange(tokenRequest, logger: context.logger)
            let tokens = try await token.members(of: exchanged, for: tokenRequest)
            return AuthingEnvelope.version3(data: tokens, requestID: context.requestID)
        } catch let error as OAuthError {
            return AuthingEnvelope.version3(error, requestID: context.requestID)
        }
    }

    private func user(_ exchanged: ExchangedAppCode, _ request: TokenRequest) async throws -> JSONObject {
        let (application, pool, person) = (request.application, request.pool, exchanged.person)
        guard let user = exchanged.issued.live.user else { throw OAuthError(AppSignInFailure.blocked) }
        let subject = try token.issuer.subjects.subject(of: user.id, for: application, in: pool.id)
        let idToken = try token.issuer.idToken(
            .init(userID: user.id, sid: nil, acr: person.acr, authTime: person.authTime),
            grant: exchanged.issued.live.grant.id, application: application, pool: pool, nonce: nil,
            additional: AuthingClaims.additional(
                subject: subject, application: application.id, unionID: person.unionID?.rawValue))
        return SocialUser(
            user: user, subject: subject, pool: pool.id, authTime: person.authTime,
            openID: person.account.openID.rawValue, unionID: person.unionID?.rawValue, token: idToken,
            tokenExpiresAt: token.issuer.surroundings.now() + application.idTokenLifetime.inSeconds,
            registeredThroughWebPage: false
        ).object
    }
}

/// The login of a mini program in Authing's words.
private struct AuthingMiniProgramLogin {
    /// What `wx.login` gave.
    var code: String
    /// Which of several mini programs; nil where the application lists one.
    var connection: String?
    /// Separated by spaces.
    var scope = "openid profile"

    init(code: String) {
        self.code = code
    }

    /// - Throws: `OAuthError` for the logins that are not offered: those with a phone number in `encryptedData`.
    init(version3 body: AuthingBody) throws(OAuthError) {
        guard try body.text("connection") == "wechat_mini_program_code" else {
            throw OAuthError(.invalidRequest, "connection: only wechat_mini_program_code is offered")
        }
        code = try body.member("wechatMiniProgramCodePayload").text("code")
        // Spelt so by Authing.
        connection = try body.optionalText("extIdpConnidentifier")
        scope = try body.optionalMember("options")?.optionalText("scope") ?? scope
    }

    /// The token exchange that it is, after the application has been found and may do it.
    func tokenRequest(_ request: Request, pool: Pool, issuer: TokenIssuer) async throws -> TokenRequest {
        guard let contract = pool.compatibility.authing else { throw HTTPError(.notFound) }
        if let named = request.headers[.authingUserPoolID], named != pool.id.rawValue {
            throw OAuthError(.invalidClient, "x-authing-userpool-id is not this pool")
        }
        let id = request.headers[.authingAppID].map(ClientID.init(rawValue:)) ?? contract.application
        guard let application = id.flatMap(pool.application), application.authentication.isPublic else {
            // Its SDK has no way to authenticate.
            throw OAuthError(.invalidClient, "x-authing-app-id must name a public client of this pool")
        }
        guard application.grantTypes.contains(.tokenExchange) else {
            throw OAuthError(.unauthorizedClient, "this client may not exchange codes")
        }
        let form = PercentEncoding.query([
            ("subject_token", code), ("subject_token_type", AppCodeRequest.SubjectTokenType.miniProgramCode.rawValue),
            ("connection", connection), ("scope", scope),
        ])
        let tokenRequest = TokenRequest(
            form: try Parameters(parsing: form), application: application, pool: pool, issuer: issuer)
        guard try contract.connections.contains(AppCodeRequest(tokenRequest).connection.id) else {
            throw OAuthError(.unauthorizedClient, "the connection is not among those of this contract")
        }
        return tokenRequest
    }
}

extension HTTPField.Name {
    fileprivate static let authingAppID = authing("x-authing-app-id")
    fileprivate static let authingUserPoolID = authing("x-authing-userpool-id")

    private static func authing(_ name: String) -> Self {
        // Valid by construction; `date` is never reached.
        HTTPField.Name(name) ?? .date
    }
}
