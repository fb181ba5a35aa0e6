import Foundation

/// What people have allowed other people's applications.
struct RememberedConsents: Sendable {
    let database: any Database

    /// What a person has allowed an application, see ``SignInRequest/consentItems``; nil when they were never asked.
    func items(allowedBy user: UserID, to client: ClientID, in pool: PoolID) async throws -> Set<String>? {
        let rows = try await database.query(
            "SELECT scope FROM consents WHERE pool = $1 AND user_id = $2 AND client_id = $3",
            [.text(pool), .text(user), .text(client)])
        return try rows.first.map { Set(try $0.text("scope").split(separator: " ").map(String.init)) }
    }

    /// Adds to what a person has allowed.
    static func remember(
        _ scopes: [String], of user: UserID, for client: ClientID, in pool: PoolID, transaction: any Transaction,
        now: Date
    ) throws {
        let known = try transaction.query(
            "SELECT scope FROM consents WHERE pool = $1 AND user_id = $2 AND client_id = $3",
            [.text(pool), .text(user), .text(client)])
        let before = try known.first?.text("scope").split(separator: " ").map(String.init) ?? []
        let all = before + scopes.filter { !before.contains($0) }
        try transaction.query(
            """
            INSERT INTO consents (pool, user_id, client_id, scope, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
            ON CONFLICT (pool, user_id, client_id) DO UPDATE SET scope = excluded.scope, updated_at = excluded.updated_at
            """,
            [.text(pool), .text(user), .text(client), .text(all.joined(separator: " ")), .date(now)])
    }
}
