import Foundation
import JWT

/// What introspection says about a token that holds.
///
/// RFC 7662 section 2.2. `token_type` is that of RFC 6749 section 5.1 and therefore stands at access tokens only;
/// `token_use`, our own member, keeps a resource server from taking another kind of token for one.
struct TokenDescription: Sendable {
    let pool: Pool
    let issuer: TokenIssuer

    func members(of token: LiveToken) throws -> JSONObject {
        switch token {
        case .access(let access, _): members(of: access)
        case .refresh(let refresh, let live): try members(of: refresh, live)
        case .id(let claims, let live): members(of: claims, live)
        }
    }

    func members(of access: AccessToken) -> JSONObject {
        var members: JSONObject = [
            "active": true, "token_type": "Bearer", "token_use": "access_token",
            "iss": .string(issuer.issuer(pool)), "client_id": .string(access.clientID.rawValue),
            "scope": .string(access.scopes.joined(separator: " ")), "jti": .string(access.tokenID),
            "aud": Self.audience(access.audience), "iat": Self.time(access.issuedAt),
            "exp": Self.time(access.expiresAt),
        ]
        members["sub"] = access.subject.map { .string($0) }
        members["acr"] = access.acr.map { .string($0) }
        members["auth_time"] = access.authTime.map(Self.time)
        return members
    }

    private func members(of refresh: LiveRefreshToken, _ live: LiveGrant) throws -> JSONObject {
        var members: JSONObject = [
            "active": true, "token_use": "refresh_token", "iss": .string(issuer.issuer(pool)),
            "client_id": .string(refresh.clientID.rawValue),
            "scope": .string(refresh.scopes.joined(separator: " ")), "exp": Self.time(refresh.expiresAt),
        ]
        if let application = pool.application(refresh.clientID) {
            members["sub"] = .string(try issuer.subject(of: live, for: application, in: pool))
        }
        return members
    }

    /// The claims about the token, not those about the person.
    private func members(of claims: RegisteredClaims, _ live: LiveGrant) -> JSONObject {
        var members: JSONObject = [
            "active": true, "token_use": "id_token", "client_id": .string(live.grant.clientID.rawValue),
        ]
        for name in ["iss", "sub", "aud", "exp", "iat", "jti", "acr", "auth_time", "sid"] {
            members[name] = claims[name]
        }
        return members
    }

    private static func time(_ date: Date) -> JSON { .integer(Int64(date.timeIntervalSince1970)) }

    private static func audience(_ audience: [String]) -> JSON {
        audience.count == 1 ? .string(audience[0]) : .array(audience.map { .string($0) })
    }
}
