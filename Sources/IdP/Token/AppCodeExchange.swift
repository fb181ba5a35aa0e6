import Foundation
import HTTPTypes
import Hummingbird
import JWT
import Logging

/// Exchanges the code of a mini program or of a mobile app for tokens.
///
/// RFC 8693, as DESIGN 5.4 narrows it: the code is all a subject token can be, and the person it names is signed in.
struct AppCodeExchange: Sendable {
    let miniPrograms: MiniProgramSignIn
    let mobileApps: MobileAppSignIn
    let grants: AppGrants

    func person(_ request: AppCodeRequest, in pool: Pool) async throws -> AppPerson {
        request.connection.kind == .miniProgram
            ? try await miniPrograms.signIn(request.code, at: request.connection, in: pool)
            : try await mobileApps.signIn(request.code, at: request.connection, in: pool)
    }
}

extension TokenRoutes {
    /// RFC 8693 section 2.
    func exchangeAppCode(_ tokenRequest: TokenRequest, logger: Logger) async throws -> Response {
        let exchanged = try await exchange(tokenRequest, logger: logger)
        return Self.response(try await members(of: exchanged, for: tokenRequest))
    }

    /// The person behind the code, and what was stored for them; not worded yet.
    func exchange(_ tokenRequest: TokenRequest, logger: Logger) async throws -> ExchangedAppCode {
        let request = try AppCodeRequest(tokenRequest)
        let draft = try tokenRequest.accessTokenDraft()
        let person: AppPerson
        do {
            person = try await appCodes.person(request, in: tokenRequest.pool)
        } catch let failure as AppSignInFailure {
            failure.log(to: logger, connection: request.connection)
            throw OAuthError(failure)
        }
        let issued = try await appCodes.grants.issue(
            to: tokenRequest.application, in: tokenRequest.pool.id, for: person, scopes: request.scopes,
            resources: request.resources, accessToken: draft)
        guard let issued else { throw OAuthError(AppSignInFailure.blocked) }
        return ExchangedAppCode(person: person, nonce: request.nonce, issued: issued)
    }

    /// What the client is told of an exchange.
    func members(of exchanged: ExchangedAppCode, for tokenRequest: TokenRequest) async throws -> JSONObject {
        try await members(
            tokenRequest, exchanged.issued.live, exchanged.issued.accessToken,
            idToken: .init(
                acr: exchanged.person.acr, authTime: exchanged.person.authTime, nonce: exchanged.nonce),
            refreshToken: exchanged.issued.refreshToken, issuedTokenType: AppCodeRequest.issuedTokenType)
    }
}

/// An app's code that was exchanged.
struct ExchangedAppCode: Sendable {
    var person: AppPerson
    /// Comes back in the ID token.
    var nonce: String?
    var issued: AppGrants.Issued
}

/// Stores what a person's code was exchanged for.
struct AppGrants: Sendable {
    let database: any Database
    let surroundings: Surroundings

    /// What was stored, and the live grant it belongs to.
    struct Issued: Sendable {
        var live: LiveGrant
        var accessToken: IssuedAccessToken
        var refreshToken: String?
    }

    /// A grant of this person with its tokens; nil when the person was blocked, or joined to another, a moment ago.
    func issue(
        to application: Application, in pool: PoolID, for person: AppPerson, scopes: [String],
        resources: [String], accessToken: @escaping AccessTokenDraft
    ) async throws -> Issued? {
        let (now, refreshToken) = (surroundings.now(), surroundings.token())
        let lifetime = max(application.accessTokenLifetime, application.idTokenLifetime)
        let grant = Grant(
            id: GrantID(rawValue: surroundings.hexToken()), kind: .app, clientID: application.id,
            userID: person.userID, sid: nil, resources: resources, account: person.account, createdAt: now,
            expiresAt: now + lifetime.inSeconds)
        return try await database.transaction { transaction in
            try GrantStore.insert(grant, in: pool, transaction: transaction)
            guard let live = try GrantStore.findLive(grant.id, in: pool, transaction: transaction, now: now) else {
                return nil
            }
            let token = try accessToken(live, scopes, person.acr, person.authTime)
            try token.store(in: pool, transaction: transaction)
            guard scopes.contains("offline_access"), application.grantTypes.contains(.refreshToken) else {
                return Issued(live: live, accessToken: token, refreshToken: nil)
            }
            try RefreshTokenStore.insert(
                RefreshTokenRecord(
                    grantID: grant.id, clientID: application.id, scopes: scopes, acr: person.acr,
                    authTime: person.authTime),
                hash: RefreshTokenHash(of: refreshToken), for: application, in: pool, transaction: transaction, now: now
            )
            return Issued(live: live, accessToken: token, refreshToken: refreshToken)
        }
    }
}
