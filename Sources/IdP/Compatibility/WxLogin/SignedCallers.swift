import Hummingbird

/// Lets a mini program's signed requests reach what it may ask about its person.
struct SignedCallers: MiniProgramCallerAuthenticator {
    let verifier: SignedRequestVerifier

    func caller(_ request: Request, body: [UInt8], in pool: Pool) async throws -> MiniProgramCaller? {
        guard let contract = pool.compatibility.wxLogin, let headers = SignedHeaders(request) else { return nil }
        let verified = try await verifier.verify(
            token: headers.token, signature: headers.signature, uri: headers.uri, contract: contract, in: pool)
        return verified.map { MiniProgramCaller(user: $0.session.user, account: $0.session.account) }
    }
}
