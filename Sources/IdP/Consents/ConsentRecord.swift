import Foundation

/// An application that a person has allowed, with what.
struct ConsentRecord: Sendable {
    var clientID: ClientID
    var scopes: [String]
}

extension RememberedConsents {
    /// Everything that a person has allowed, oldest first.
    func all(of user: UserID, in pool: PoolID) async throws -> [ConsentRecord] {
        let rows = try await database.query(
            "SELECT client_id, scope FROM consents WHERE pool = $1 AND user_id = $2 ORDER BY created_at, client_id",
            [.text(pool), .text(user)])
        return try rows.map { row in
            guard let clientID = ClientID(rawValue: try row.text("client_id")) else {
                throw StorageError.column("client_id")
            }
            return ConsentRecord(
                clientID: clientID, scopes: try row.text("scope").split(separator: " ").map(String.init))
        }
    }

    /// Takes back what a person has allowed an application, and ends every token that it holds for them.
    func withdraw(from client: ClientID, by user: UserID, in pool: PoolID, now: Date) async throws {
        let key: [SQLValue] = [.text(pool), .text(user), .text(client)]
        try await database.transaction { transaction in
            let withdrawn = try transaction.query(
                "DELETE FROM consents WHERE pool = $1 AND user_id = $2 AND client_id = $3 RETURNING client_id", key)
            guard !withdrawn.isEmpty else { return }
            try transaction.query(
                """
                UPDATE grants SET revoked_at = $4
                WHERE pool = $1 AND user_id = $2 AND client_id = $3 AND revoked_at IS NULL
                """,
                key + [.date(now)])
        }
    }
}
