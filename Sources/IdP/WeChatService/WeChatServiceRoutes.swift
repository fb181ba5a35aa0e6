import Foundation
import HTTPTypes
import Hummingbird
import JWT
import WeChat

/// `/api/v1/wechat/{identifier}/…`: WeChat for the operator's other programs and pages.
struct WeChatServiceRoutes: Sendable {
    /// What a program's own token must allow.
    static let scope = "wechat:access_token"

    let pools: PoolDirectory
    let accessTokens: AccessTokenReader
    let issuer: TokenIssuer
    let accountTokens: AccountTokens
    let tickets: JSAPITickets

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.post("api/v1/wechat/:identifier/access-token", use: accessToken)
    }

    /// The part that pages of other origins call.
    func mountForPages(on group: RouterGroup<ProviderRequestContext>) {
        group.allowPreflight(of: "api/v1/wechat/:identifier/jssdk-config")
        group.get("api/v1/wechat/:identifier/jssdk-config", use: jssdkConfig)
    }

    // MARK: The shared access token

    @Sendable private func accessToken(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let application = try await caller(try await BearerToken.read(request), pool)
        guard let connection = context.parameters.get("identifier").flatMap(pool.connection(named:)) else {
            throw HTTPError(.notFound)
        }
        guard application.connections?.contains(connection.id) ?? false else {
            throw OAuthError(
                .insufficientScope, "the application's connections do not list this one",
                challenge: .bearer(namesError: true))
        }
        guard connection.hasAccountToken else {
            throw OAuthError(.invalidRequest, "WeChat gives no token to this kind of app")
        }
        do throws(AccountTokenFailure) {
            let credential = try await accountTokens.current(connection)
            let left = credential.validUntil.timeIntervalSince(issuer.surroundings.now())
            return .json([
                "access_token": .string(credential.value.exposeSecret()), "expires_in": .integer(Int64(max(left, 0))),
            ])
        } catch {
            return try answer(to: error)
        }
    }

    /// The program that asks, by a token that it holds for itself and not for a person.
    private func caller(_ token: String, _ pool: Pool) async throws -> Application {
        guard let (token, live) = try await accessTokens.live(token, in: pool), live.grant.kind == .client,
            token.audience.contains(issuer.issuer(pool)), let application = pool.application(token.clientID)
        else {
            throw OAuthError(
                .invalidToken, "no client-credentials token of this provider, or expired or revoked",
                challenge: .bearer(namesError: true))
        }
        guard token.scopes.contains(Self.scope), application.ownScopes.contains(Self.scope) else {
            throw OAuthError(
                .insufficientScope, "the token has no scope \(Self.scope)", challenge: .bearer(namesError: true))
        }
        return application
    }

    // MARK: JS-SDK

    @Sendable private func jssdkConfig(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let query: Parameters
        do { query = try Parameters(parsing: request.uri.query ?? "") } catch { throw OAuthError(error) }
        let application = try query.optional("app_id").flatMap(ClientID.init).flatMap(pool.application)
        guard let segment = context.parameters.get("identifier"),
            let connection = pool.officialAccount(named: segment, of: application)
        else { throw HTTPError(.notFound) }
        guard let page = SignedPage(try query.require("url")) else {
            throw OAuthError(.invalidRequest, "url must be the absolute address of a page, 2048 bytes at most")
        }
        guard pool.offersJSSDK(of: connection, to: page.origin) else {
            var response = OAuthError(.accessDenied, "no sign-in through this connection returns to that host").response
            response.status = .forbidden
            return response
        }
        do throws(AccountTokenFailure) {
            let surroundings = issuer.surroundings
            let signed = JSSDKSignature(
                page: page.text, ticket: try await tickets.ticket(connection, in: pool.id),
                nonce: surroundings.hexToken(), timestamp: Int64(surroundings.now().timeIntervalSince1970))
            return .json([
                "appId": .string(connection.appID.rawValue), "timestamp": .integer(signed.timestamp),
                "nonceStr": .string(signed.nonce), "signature": .string(signed.signature),
            ])
        } catch {
            return try answer(to: error)
        }
    }

    // MARK: Both

    /// 502 for what WeChat refuses until somebody acts, 503 for what passes by itself; the number says which.
    private func answer(to failure: AccountTokenFailure) throws -> Response {
        if case .storage(let error) = failure { throw error }
        let needsOperator = failure.weChatError?.kind == .tenant
        var object: JSONObject = [
            "error": .string(OAuthError.Code.temporarilyUnavailable.rawValue),
            "error_description": needsOperator
                ? "WeChat refuses this app; the log of the provider says why" : "WeChat gives no answer now",
        ]
        if let code = failure.code { object["wechat_errcode"] = .integer(Int64(code.number)) }
        var response = Response.json(object, status: needsOperator ? .badGateway : .serviceUnavailable)
        if case .resting(_, let until) = failure {
            let seconds = max(1, until.timeIntervalSince(issuer.surroundings.now()))
            response.headers[.retryAfter] = String(Int(seconds.rounded(.up)))
        }
        return response
    }
}

extension Connection {
    /// Whether WeChat gives the app a token of its own; it does not to website and mobile apps.
    var hasAccountToken: Bool { kind == .officialAccount || kind == .miniProgram }
}
