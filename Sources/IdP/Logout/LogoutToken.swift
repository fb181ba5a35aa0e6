import Foundation
import JWT

extension TokenIssuer {
    /// How long a logout token may be used.
    ///
    /// OpenID Connect Back-Channel Logout section 2.4 recommends two minutes at most.
    static let logoutTokenLifetime: Duration = .seconds(120)

    /// A logout token: what an application is told by when a session has ended.
    ///
    /// OpenID Connect Back-Channel Logout section 2.4. It carries `sub` and `sid`, and no `nonce`, so that it can't pass
    /// as an ID token; it is signed as the application's ID tokens are.
    func logoutToken(_ notice: LogoutNotice, application: Application, pool: Pool) throws -> String {
        let issuedAt = Int64(surroundings.now().timeIntervalSince1970)
        let claims: JSONObject = [
            "iss": .string(issuer(pool)), "sub": .string(notice.subject), "aud": .string(application.id.rawValue),
            "iat": .integer(issuedAt), "exp": .integer(issuedAt + Int64(Self.logoutTokenLifetime.inSeconds)),
            "jti": .string(surroundings.token()), "sid": .string(notice.sid.rawValue),
            "events": ["http://schemas.openid.net/event/backchannel-logout": [:]],
        ]
        return try JWS.sign(
            JSON.object(claims).encoded(), type: .logout, with: keys[pool.id].signing(for: application.idTokenAlgorithm)
        )
    }
}
