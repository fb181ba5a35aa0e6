import Foundation

/// Answers an authorization request with a code.
///
/// RFC 6749 section 4.1.2.
struct CodeAnswerer: SignInAnswerer {
    let pools: PoolDirectory
    let issuer: TokenIssuer
    let surroundings: Surroundings

    func answer(_ request: SignInRequest, session: Session, user: User) async throws -> PreparedAnswer {
        let code = surroundings.token()
        let now = surroundings.now()
        let expiry = now + AuthorizationCodeStore.lifetime.inSeconds
        let application = pools[request.pool]?.application(request.clientID)
        // As long as any token issued under it may live.
        let lifetime = max(application?.accessTokenLifetime ?? .zero, application?.idTokenLifetime ?? .zero)
        let grant = Grant(
            id: GrantID(rawValue: surroundings.hexToken()), kind: .code, clientID: request.clientID, userID: user.id,
            sid: session.id, claims: request.claims ?? RequestedClaims(), resources: request.resources ?? [],
            createdAt: now, expiresAt: expiry + lifetime.inSeconds)
        let record = AuthorizationCodeRecord(
            grantID: grant.id, clientID: request.clientID, redirectURI: request.redirectURI,
            codeChallenge: request.codeChallenge, nonce: request.nonce, scopes: request.scopes,
            // Whoever confirmed was recognised as well, so a confirmed session is also as good as a silent one.
            acr: request.onlyContext == .silent ? .silent : session.acr,
            authTime: session.authTime, expiresAt: expiry)
        return PreparedAnswer(delivery: try target(request).answer(code: code), codeHash: CodeHash(of: code)) {
            transaction in
            try SessionStore.requireLive(session, transaction: transaction)
            try GrantStore.insert(grant, in: request.pool, transaction: transaction)
            try AuthorizationCodeStore.insert(
                record, hash: CodeHash(of: code), in: request.pool, transaction: transaction)
        }
    }

    func refusal(_ request: SignInRequest, error: OAuthError) throws -> AnswerDelivery {
        try target(request).answer(error)
    }

    private func target(_ request: SignInRequest) throws -> AuthorizeTarget {
        guard let pool = pools[request.pool] else { throw PageFailure(.startAgain, cause: "the pool was removed") }
        return AuthorizeTarget(
            redirectURI: request.redirectURI, state: request.state, responseMode: request.responseMode,
            issuer: issuer.issuer(pool))
    }
}
