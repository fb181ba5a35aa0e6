import Foundation

/// Ends a session with everything that hangs on it.
///
/// Every grant of the session is revoked, and with it the tokens issued under it, except for those whose application holds
/// a live refresh token: that was asked for by `offline_access`, to act while nobody is signed in (OpenID Connect
/// Back-Channel Logout section 2.7). A notice is stored for every application that wants to be told.
struct SessionEnding: Sendable {
    let subjects: SubjectIdentifiers
    let surroundings: Surroundings

    /// What a transaction must not draw itself, as it may run on another thread; enough for any number of sessions.
    struct Draw: Sendable {
        fileprivate let id: String

        /// One of several for one transaction.
        func numbered(_ index: Int) -> Draw { Draw(id: "\(id).\(index)") }
    }

    func draw() -> Draw { Draw(id: surroundings.hexToken()) }

    /// Ends a session; the notices it stored, for ``LogoutNotifier/announce(_:)`` once the transaction has succeeded.
    ///
    /// A session that another request has ended meanwhile gives none.
    func end(
        _ session: Session, of pool: Pool, draw: Draw, transaction: any Transaction, now: Date
    ) throws -> [LogoutNotice] {
        let key: [SQLValue] = [.text(session.pool), .text(session.id)]
        let ended = try transaction.query("DELETE FROM sessions WHERE pool = $1 AND sid = $2 RETURNING sid", key)
        guard !ended.isEmpty else { return [] }
        let notices = try notices(session, pool, draw, key, transaction)
        for notice in notices {
            try LogoutNoticeStore.insert(notice, transaction: transaction, now: now)
        }
        try transaction.query(
            """
            UPDATE grants SET revoked_at = $3
            WHERE pool = $1 AND sid = $2 AND revoked_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM refresh_tokens AS r
                WHERE r.pool = grants.pool AND r.grant_id = grants.id AND r.rotated_at IS NULL AND r.expires_at > $3)
            """,
            key + [.date(now)])
        return notices
    }

    private func notices(
        _ session: Session, _ pool: Pool, _ draw: Draw, _ key: [SQLValue], _ transaction: any Transaction
    ) throws -> [LogoutNotice] {
        let rows = try transaction.query(
            "SELECT DISTINCT client_id FROM grants WHERE pool = $1 AND sid = $2 ORDER BY client_id", key)
        return try rows.enumerated().compactMap { index, row in
            guard let clientID = ClientID(rawValue: try row.text("client_id")),
                let application = pool.application(clientID), application.backChannelLogoutURI != nil
            else { return nil }
            return LogoutNotice(
                pool: pool.id, id: "\(draw.id).\(session.id.rawValue).\(index)", clientID: clientID,
                subject: try subjects.subject(of: session.userID, for: application, in: pool.id), sid: session.id,
                attempts: 1)
        }
    }
}
