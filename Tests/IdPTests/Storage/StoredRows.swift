import Foundation
import JWT
import WeChat

@testable import IdP

/// One row of everything that a sign-in stores, made by the stores themselves.
struct StoredRows: Sendable {
    let database: any IdP.Database
    var surroundings = Surroundings(
        now: { Date(timeIntervalSince1970: 1_700_000_000) }, randomBytes: { SecureRandom.bytes($0) })

    static let cookie = "sessioncookie-0123456789abcdefghijklmnopqrs"
    static let binding = "bindingcookie-0123456789abcdefghijklmnopqrs"
    static let code = "authorizationcode-0123456789abcdefghijklmno"
    static let refreshToken = "refreshtoken-0123456789abcdefghijklmnopqrst"

    var now: Date { surroundings.now() }

    /// An access token that stands for nothing but its grant.
    static let accessToken: AccessTokenDraft = { live, scopes, _, _ in
        IssuedAccessToken(
            token: AccessToken(
                tokenID: "\(live.grant.id.rawValue).x", grantID: live.grant.id, clientID: live.grant.clientID,
                subject: nil,
                scopes: scopes, audience: ["https://a.example.com"], acr: nil, authTime: nil,
                issuedAt: live.grant.createdAt, expiresAt: live.grant.expiresAt),
            opaque: nil)
    }

    func sealer() throws -> Sealer { try Sealer(masterKey: [UInt8](repeating: 7, count: 32)) }

    /// Person, session, sign-in, trip, grant, code, refresh token; answers every secret that was handed out.
    @discardableResult
    func insertEverything(pool: PoolID = .default, lifetime: Duration = .seconds(3600)) async throws -> [String] {
        guard let client = ClientID(rawValue: "web"), let connection = ConnectionID(rawValue: "mp") else { return [] }
        let user = UserID(rawValue: "person")
        let sid = SessionID(rawValue: "sid-1")
        let grant = GrantID(rawValue: "grant-1")
        let expiry = now + lifetime.inSeconds
        let (surroundings, database, now) = (surroundings, database, now)
        let application = Application.forTests(client)
        let shortLived = Application.forTests(client, refreshTokenLifetime: lifetime)
        let sessions = SessionStore(database: database, surroundings: surroundings)
        try await database.transaction { transaction in
            try transaction.query(
                "INSERT INTO users (pool, id, nickname, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
                [.text(pool), .text(user), .text("小明👩‍👩‍👧‍👦"), .date(now)])
            _ = try sessions.establish(
                .init(
                    userID: user, appID: AppID(rawValue: "wx1"), openID: OpenID(rawValue: "o1"), acr: .silent,
                    lifetime: lifetime),
                replacing: nil, secret: Self.cookie, newID: sid, in: pool, transaction: transaction, now: now)
            try GrantStore.insert(
                Grant(
                    id: grant, kind: .code, clientID: client, userID: user, sid: sid, createdAt: now, expiresAt: expiry),
                in: pool, transaction: transaction)
            try AuthorizationCodeStore.insert(
                AuthorizationCodeRecord(
                    grantID: grant, clientID: client, redirectURI: "https://a.example.com/", codeChallenge: nil,
                    nonce: nil, scopes: ["openid"], acr: .silent, authTime: now, expiresAt: expiry),
                hash: CodeHash(of: Self.code), in: pool, transaction: transaction)
            try RefreshTokenStore.insert(
                RefreshTokenRecord(
                    grantID: grant, clientID: client, scopes: ["openid"], acr: .silent, authTime: now),
                hash: RefreshTokenHash(of: Self.refreshToken), for: shortLived, in: pool, transaction: transaction,
                now: now)
        }
        let signIns = SignInStore(database: database, sealer: try sealer(), surroundings: surroundings)
        let request = SignInRequest(
            door: AuthorizeChecks.door, pool: pool, clientID: client, connection: connection,
            redirectURI: "https://a.example.com/", responseMode: .query, state: "app-state", scopes: ["openid"],
            nonce: nil, codeChallenge: nil, prompts: [], maxAge: nil, language: nil)
        let handle = try await signIns.begin(request, binding: Self.binding, restarts: 0, insisted: false)
        let state = try await signIns.beginRound(of: handle, connection: connection, purpose: .silent)
        _ = try await signIns.answer(
            HandleHash(of: handle),
            with: PreparedAnswer(
                delivery: .redirect("https://a.example.com/?code=\(Self.code)"), codeHash: CodeHash(of: Self.code),
                persist: { _ in }))
        let tokens = RefreshTokenStore(database: database, sealer: try sealer(), surroundings: surroundings)
        let rotation = try await tokens.rotate(
            Self.refreshToken, asked: nil, application: application, in: pool,
            accessToken: Self.accessToken
        ).get()
        return [Self.cookie, Self.binding, Self.code, Self.refreshToken, handle, state, rotation.successor]
    }
}

extension Application {
    /// A public web client with the defaults of the configuration file.
    static func forTests(_ id: ClientID, refreshTokenLifetime: Duration = .seconds(30 * 86_400)) -> Application {
        Application(
            id: id, name: id.rawValue, authentication: .none, redirectURIs: ["https://a.example.com/"],
            postLogoutRedirectURIs: [], connections: nil, grantTypes: [.authorizationCode, .refreshToken], kind: .web,
            isFirstParty: true, idTokenLifetime: .seconds(3600),
            accessTokenLifetime: min(.seconds(3600), refreshTokenLifetime),
            refreshTokenLifetime: refreshTokenLifetime, refreshTokenReuseGrace: .seconds(10),
            userInfoAcceptsIDToken: true, defaultMaxAge: nil)
    }
}
