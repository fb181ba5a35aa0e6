import Foundation
import JWT

/// A token of any kind that holds: genuine, in time, not revoked, its grant alive, its user active, its client registered.
enum LiveToken: Sendable {
    case access(AccessToken, LiveGrant)
    case refresh(LiveRefreshToken, LiveGrant)
    case id(RegisteredClaims, LiveGrant)
}

/// A refresh token that would be taken now.
struct LiveRefreshToken: Sendable {
    var clientID: ClientID
    var scopes: [String]
    var expiresAt: Date
}

/// Recognises tokens of every kind by themselves; nobody has to say which kind it is.
struct TokenInspector: Sendable {
    let accessTokens: AccessTokenReader

    private var issuer: TokenIssuer { accessTokens.issuer }
    private var grants: GrantStore { accessTokens.grants }

    /// The token behind a string; nil for anything that does not hold at this pool.
    func inspect(_ token: String, in pool: Pool) async throws -> LiveToken? {
        if let (access, live) = try await accessTokens.live(token, in: pool) {
            return .access(access, live)
        }
        if let (claims, live) = try await idToken(token, in: pool) {
            return .id(claims, live)
        }
        return try await refreshToken(token, in: pool)
    }

    /// An ID token whose grant was not revoked.
    func idToken(_ token: String, in pool: Pool) async throws -> (RegisteredClaims, LiveGrant)? {
        guard let claims = try? issuer.verified(token, type: .jwt, pool: pool),
            let grantID = claims.jwtID.flatMap(GrantID.init(tokenID:)),
            let live = try await grants.findLive(grantID, token: claims.jwtID, in: pool.id),
            claims.audience == [live.grant.clientID.rawValue],
            let application = pool.application(live.grant.clientID),
            claims.subject == (try issuer.subject(of: live, for: application, in: pool))
        else { return nil }
        return (claims, live)
    }

    private func refreshToken(_ token: String, in pool: Pool) async throws -> LiveToken? {
        let rows = try await grants.database.query(
            """
            SELECT grant_id, client_id, scope, expires_at FROM refresh_tokens
            WHERE pool = $1 AND token_hash = $2 AND rotated_at IS NULL AND expires_at > $3
            """,
            [.text(pool.id), .text(RefreshTokenHash(of: token)), .date(issuer.surroundings.now())])
        guard let row = rows.first, let clientID = ClientID(rawValue: try row.text("client_id")),
            let live = try await grants.findLive(GrantID(rawValue: try row.text("grant_id")), in: pool.id),
            live.grant.clientID == clientID, pool.application(clientID) != nil
        else { return nil }
        let refresh = LiveRefreshToken(
            clientID: clientID, scopes: try row.text("scope").split(separator: " ").map(String.init),
            expiresAt: try row.date("expires_at"))
        return .refresh(refresh, live)
    }
}
