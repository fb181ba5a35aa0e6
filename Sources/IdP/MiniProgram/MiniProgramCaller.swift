import HTTPTypes
import Hummingbird

/// The person on whose behalf a mini program calls.
struct MiniProgramCaller: Sendable {
    /// Active: a blocked person calls nothing.
    var user: User
    /// As whom they came, at this mini program.
    var account: WeChatAccount
}

/// One way in which a mini program says whose session it has.
protocol MiniProgramCallerAuthenticator: Sendable {
    /// Who is calling; nil when the request carries nothing of this kind, or nothing of this kind that holds.
    ///
    /// - Parameter body: the body as it came.
    func caller(_ request: Request, body: [UInt8], in pool: Pool) async throws -> MiniProgramCaller?
}

/// Access tokens that were issued for a mini program's code.
///
/// RFC 6750 section 2.1. The token is for this provider, not for a resource server, and its person came through a mini
/// program: a token from a browser sign-in names nobody there.
struct BearerCallers: MiniProgramCallerAuthenticator {
    let tokens: AccessTokenReader
    let issuer: TokenIssuer

    func caller(_ request: Request, body: [UInt8], in pool: Pool) async throws -> MiniProgramCaller? {
        guard request.headers[.authorization]?.lowercased().hasPrefix("bearer ") ?? false else { return nil }
        guard let (token, live) = try await tokens.live(try await BearerToken.read(request), in: pool),
            token.audience.contains(issuer.issuer(pool)), let user = live.user, let account = live.grant.account
        else { return nil }
        return MiniProgramCaller(user: user, account: account)
    }
}
