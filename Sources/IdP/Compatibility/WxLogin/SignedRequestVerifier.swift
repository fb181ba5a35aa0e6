import Foundation
import JWT

/// Tells who sent a request with `WX-LOGIN-STOKEN` and `WX-LOGIN-SIG`.
///
/// Malformed, unknown and expired tokens, and signatures that do not fit, are too old or were used before, get one answer
/// after the same work: a reason would help only somebody who guesses.
struct SignedRequestVerifier: Sendable {
    let sessions: ContractSessionStore

    /// A session, and whether a signature proved it or the token alone did.
    struct Verified: Sendable {
        var session: ContractSession
        var isSigned: Bool
    }

    /// The session behind a token and a signature; nil when they do not hold.
    ///
    /// - Parameter uri: the target of the request, as the person's app signed it.
    func verify(
        token: String, signature: String?, uri: String, contract: WxLoginContract, in pool: Pool
    ) async throws -> Verified? {
        let session = try await sessions.find(token, of: .wxLogin, in: pool.id)
        let signed = signature.map { SignedRequest($0) ?? .decoy }
        let fits = (signed ?? .decoy).isValid(for: uri, key: session?.key ?? Secret(""))
        guard let session, contract.allows(session.account, in: pool) else { return nil }
        guard let signed else {
            return contract.requiresSignature ? nil : Verified(session: session, isSigned: false)
        }
        let now = sessions.surroundings.now()
        guard fits, session.key != nil, let stamp = signed.stamp(at: now, lifetime: contract.signatureLifetime),
            try await isFirstUse(stamp, of: session, lifetime: contract.signatureLifetime, in: pool.id)
        else { return nil }
        return Verified(session: session, isSigned: true)
    }

    /// One statement is the gate, so of any number of repetitions one succeeds, on whatever node.
    private func isFirstUse(
        _ stamp: (milliseconds: UInt64, nonce: UInt64), of session: ContractSession, lifetime: Duration, in pool: PoolID
    ) async throws -> Bool {
        let forgotten = Date(timeIntervalSince1970: Double(stamp.milliseconds) / 1000) + lifetime.inSeconds + 2
        return try await sessions.database.transaction { transaction in
            try !transaction.query(
                """
                INSERT INTO used_signatures (pool, token_hash, signed_at, nonce, expires_at) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (pool, token_hash, signed_at, nonce) DO NOTHING RETURNING nonce
                """,
                [
                    .text(pool), .text(session.hash), .text("\(stamp.milliseconds)"), .text("\(stamp.nonce)"),
                    .date(forgotten),
                ]
            ).isEmpty
        }
    }
}
