import Hummingbird

/// Lets the tutorial's token reach what a mini program may ask about its person.
struct VerifyCallers: MiniProgramCallerAuthenticator {
    let sessions: ContractSessionStore

    func caller(_ request: Request, body: [UInt8], in pool: Pool) async throws -> MiniProgramCaller? {
        guard let contract = pool.compatibility.verify, let token = try? BearerToken.ofHeader(request),
            let session = try await sessions.find(token, of: .verify, in: pool.id),
            contract.allows(session.account, in: pool)
        else { return nil }
        return MiniProgramCaller(user: session.user, account: session.account)
    }
}
