import Foundation

extension RefreshTokenStore {
    /// What came of revoking something that may be a refresh token.
    enum Revocation: Sendable {
        /// Its grant has ended, and every token under it.
        case revoked
        /// It belongs to another client; nothing was done.
        case otherClient
        /// No refresh token, or one that was deleted since.
        case unknown
    }

    /// Ends the grant of a refresh token of this client, whether it was used before or not.
    ///
    /// RFC 7009 section 2.1. A used one ends it too: a client whose answer was lost has no other.
    func revokeFamily(of token: String, client: ClientID, in pool: PoolID) async throws -> Revocation {
        let now = surroundings.now()
        let hash = RefreshTokenHash(of: token)
        return try await database.transaction { transaction in
            let rows = try transaction.query(
                "SELECT grant_id, client_id FROM refresh_tokens WHERE pool = $1 AND token_hash = $2",
                [.text(pool), .text(hash)])
            guard let row = rows.first else { return .unknown }
            guard try row.text("client_id") == client.rawValue else { return .otherClient }
            try GrantStore.revoke(
                GrantID(rawValue: try row.text("grant_id")), in: pool, transaction: transaction, now: now)
            return .revoked
        }
    }
}
