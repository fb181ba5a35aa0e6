import Foundation
import HTTPTypes
import Hummingbird
import JWT
import Logging
import WeChat

/// The session of the mini-program tutorial: `jsCode` in, a random `token` out, and a profile that belongs to it.
///
/// Whatever is wrong, the answer to a login is 401 `{"error": "Validation failed"}`. Openid and session key stay here.
struct VerifyRoutes: ContractDoor {
    let signIn: MiniProgramSignIn
    let sessions: ContractSessionStore
    let subjects: SubjectIdentifiers

    func endpoints(_ compatibility: Compatibility) -> [ContractEndpoint] {
        guard let contract = compatibility.verify else { return [] }
        return [
            ContractEndpoint(.post, contract.path) { request, context, pool in
                try await verify(request, contract, pool, context)
            },
            ContractEndpoint(.get, contract.profilePath) { request, _, pool in
                try await profile(request, contract, pool)
            },
            ContractEndpoint(.post, contract.profilePath) { request, _, pool in
                try await update(request, contract, pool)
            },
        ]
    }

    // MARK: Login

    private static let failed = Response.json(["error": "Validation failed"], status: .unauthorized)

    private func verify(
        _ request: Request, _ contract: VerifyContract, _ pool: Pool, _ context: ProviderRequestContext
    ) async throws -> Response {
        guard let values = try? await ContractBody.read(request), let code = values["jsCode"],
            let connection = Self.connection(values["appId"], contract, pool)
        else { return Self.failed }
        let person: AppPerson
        do {
            person = try await signIn.signIn(LoginCode(code), at: connection, in: pool)
        } catch let failure as AppSignInFailure {
            failure.log(to: context.logger, connection: connection)
            return Self.failed
        }
        let token = sessions.surroundings.token()
        try await sessions.begin(
            token, of: person.account, by: .verify, key: nil, lifetime: contract.tokenLifetime, in: pool.id)
        return .json(["token": .string(token), "expires_in": .integer(Int64(contract.tokenLifetime.inSeconds))])
    }

    /// The mini program that the page names, or the only one there is.
    private static func connection(_ appID: String?, _ contract: VerifyContract, _ pool: Pool) -> Connection? {
        let connections = contract.connections.compactMap(pool.connection)
        guard let appID else { return connections.count == 1 ? connections.first : nil }
        return connections.first { $0.appID.rawValue == appID }
    }

    // MARK: Profile

    private func profile(_ request: Request, _ contract: VerifyContract, _ pool: Pool) async throws -> Response {
        .json(try description(of: try await user(request, contract, pool), contract, pool))
    }

    private func update(_ request: Request, _ contract: VerifyContract, _ pool: Pool) async throws -> Response {
        var user = try await user(request, contract, pool)
        let values: [String: String]
        do { values = try await ContractBody.read(request) } catch {
            throw OAuthError(.invalidRequest, error.text)
        }
        guard let typed = TypedProfile(nickname: values["nickname"], picture: values["avatar"]) else {
            throw OAuthError(
                .invalidRequest,
                "nickname must be 1 to 64 visible characters, avatar an https address, one of them there")
        }
        let (id, now) = (user.id, sessions.surroundings.now())
        try await sessions.database.transaction { transaction in
            try typed.store(of: id, in: pool.id, transaction: transaction, now: now)
        }
        user.nickname = typed.nickname ?? user.nickname
        user.picture = typed.picture ?? user.picture
        return .json(try description(of: user, contract, pool))
    }

    private func description(of user: User, _ contract: VerifyContract, _ pool: Pool) throws -> JSONObject {
        let application = contract.application.flatMap(pool.application)
        let subject = try application.map { try subjects.subject(of: user.id, for: $0, in: pool.id) }
        return [
            "id": .string(subject ?? user.id.rawValue), "nickname": user.nickname.map(JSON.string) ?? .null,
            "avatar": user.picture.map(JSON.string) ?? .null,
        ]
    }

    /// Whoever the Bearer token belongs to.
    ///
    /// RFC 6750 section 2.1; never from a form, since the profile's body has its own shape.
    private func user(_ request: Request, _ contract: VerifyContract, _ pool: Pool) async throws -> User {
        let token = try BearerToken.ofHeader(request)
        guard let session = try await sessions.find(token, of: .verify, in: pool.id),
            contract.allows(session.account, in: pool)
        else {
            throw OAuthError(
                .invalidToken, "the token is malformed, expired or ended", challenge: .bearer(namesError: true))
        }
        return session.user
    }
}
