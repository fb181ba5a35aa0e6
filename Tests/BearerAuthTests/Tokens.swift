import BearerAuth
import Foundation
import JWT

/// A provider's tokens, and a back end that checks them.
struct TokenStand {
    static let audience = "https://api.example.com/"

    let provider = FakeProvider()
    let time = TestTime()
    let key: SigningKey

    init() throws {
        key = try SigningKey.generate(.es256)
        provider.publish(key)
    }

    func cache(_ policy: KeySetPolicy = KeySetPolicy()) -> KeySetCache {
        let time = time
        return KeySetCache(issuer: FakeProvider.issuer, http: provider, policy: policy, uptime: { time.uptime })
    }

    func verifier(
        _ kind: BearerTokenVerifier.Kind = .accessToken, keys: KeySetCache? = nil
    ) -> BearerTokenVerifier {
        let time = time
        return BearerTokenVerifier(
            issuer: FakeProvider.issuer, audience: Self.audience, kind: kind, keys: keys ?? cache(),
            now: { time.now })
    }

    /// A good access token, changed where a test says so.
    func token(
        _ changes: [String: JSON?] = [:], type: TokenType? = .accessToken, by key: SigningKey? = nil
    ) throws -> String {
        let now = Int64(time.now.timeIntervalSince1970)
        var claims: JSONObject = [
            "iss": .string(FakeProvider.issuer), "sub": "person", "aud": .string(Self.audience),
            "exp": .integer(now + 600), "iat": .integer(now), "jti": "g.1", "client_id": "web",
            "scope": "openid orders:read",
        ]
        for (name, value) in changes { claims[name] = value }
        return try JWS.sign(JSON.object(claims).encoded(), type: type, with: key ?? self.key)
    }
}

/// Why a token was refused; nil when it was not.
func refusal(_ work: () async throws -> some Sendable) async -> BearerAuthError? {
    do {
        _ = try await work()
        return nil
    } catch {
        return error as? BearerAuthError
    }
}
