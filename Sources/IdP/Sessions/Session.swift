import Foundation
import WeChat

/// How a person was recognised; the `acr` claim.
///
/// OpenID Connect Core section 2.
enum AuthenticationContext: String, Sendable, Codable, CaseIterable {
    /// WeChat said who it is, and nothing was shown.
    case silent = "urn:wxidp:acr:silent"
    /// The person pressed a button and, unless WeChat spared it, agreed at WeChat.
    case confirmed = "urn:wxidp:acr:confirmed"
}

/// The public identifier of a session; the `sid` claim.
struct SessionID: RawRepresentable, Hashable, Sendable {
    let rawValue: String
}

/// A browser that is signed in.
struct Session: Sendable {
    var pool: PoolID
    var id: SessionID
    var userID: UserID
    /// The identity that the browser signed in with, to notice a change of account inside WeChat.
    var appID: AppID
    var openID: OpenID
    var acr: AuthenticationContext
    /// The moment of the exchange with WeChat.
    var authTime: Date
    /// When WeChat last said that it is still the same person.
    var confirmedAt: Date
    var expiresAt: Date

    init(_ row: Row, pool: PoolID) throws(StorageError) {
        self.pool = pool
        id = SessionID(rawValue: try row.text("sid"))
        userID = UserID(rawValue: try row.text("user_id"))
        appID = AppID(rawValue: try row.text("app_id"))
        openID = OpenID(rawValue: try row.text("openid"))
        guard let acr = AuthenticationContext(rawValue: try row.text("acr")) else { throw .column("acr") }
        self.acr = acr
        authTime = try row.date("auth_time")
        confirmedAt = try row.date("confirmed_at")
        expiresAt = try row.date("expires_at")
    }

    fileprivate static let columns =
        "s.sid, s.user_id, s.app_id, s.openid, s.acr, s.auth_time, s.confirmed_at, s.expires_at"
}

/// Reads and writes sessions.
///
/// A session is found by the hash of its cookie, and only while its user is active.
struct SessionStore: Sendable {
    let database: any Database
    let surroundings: Surroundings

    func find(secret: String, in pool: PoolID) async throws(StorageError) -> Session? {
        try await find("s.secret_hash", .text(SessionSecretHash(of: secret)), in: pool)
    }

    func find(_ id: SessionID, in pool: PoolID) async throws(StorageError) -> Session? {
        try await find("s.sid", .text(id), in: pool)
    }

    private func find(_ column: String, _ value: SQLValue, in pool: PoolID) async throws(StorageError) -> Session? {
        let rows = try await database.query(
            """
            SELECT \(Session.columns) FROM sessions AS s JOIN users AS u ON u.pool = s.pool AND u.id = s.user_id
            WHERE s.pool = $1 AND \(column) = $2 AND s.expires_at > $3 AND u.blocked = 0
            """,
            [.text(pool), value, .date(surroundings.now())])
        return try rows.first.map { row throws(StorageError) in try Session(row, pool: pool) }
    }

    /// Every session of a person.
    static func all(of user: UserID, in pool: PoolID, transaction: any Transaction) throws -> [Session] {
        try transaction.query(
            "SELECT \(Session.columns) FROM sessions AS s WHERE s.pool = $1 AND s.user_id = $2 ORDER BY s.sid",
            [.text(pool), .text(user)]
        ).map { try Session($0, pool: pool) }
    }

    /// Makes sure that a session is still there when something is issued from it: it may have ended a moment ago.
    static func requireLive(_ session: Session, transaction: any Transaction) throws {
        let rows = try transaction.query(
            "SELECT 1 AS one FROM sessions WHERE pool = $1 AND sid = $2", [.text(session.pool), .text(session.id)])
        guard !rows.isEmpty else { throw PageFailure(.startAgain, cause: "the session has just ended") }
    }

    /// What a sign-in establishes.
    struct Establishment: Sendable {
        var userID: UserID
        var appID: AppID
        var openID: OpenID
        var acr: AuthenticationContext
        var lifetime: Duration
    }

    /// Signs a browser in.
    ///
    /// The same person keeps the session's `sid`, under a new cookie; anyone else's session ends.
    func establish(
        _ new: Establishment, replacing old: Session?, secret: String, newID: SessionID, in pool: PoolID,
        transaction: any Transaction, now: Date
    ) throws -> SessionID {
        let id = old.flatMap { $0.userID == new.userID ? $0.id : nil } ?? newID
        if let old {
            try transaction.query("DELETE FROM sessions WHERE pool = $1 AND sid = $2", [.text(pool), .text(old.id)])
        }
        try transaction.query(
            """
            INSERT INTO sessions (pool, sid, secret_hash, user_id, app_id, openid, acr, auth_time, confirmed_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
            """,
            [
                .text(pool), .text(id), .text(SessionSecretHash(of: secret)), .text(new.userID), .text(new.appID),
                .text(new.openID), .text(new.acr), .date(now), .date(now + new.lifetime.inSeconds),
            ])
        try transaction.query(
            "UPDATE users SET sign_ins = sign_ins + 1, last_sign_in_at = $3 WHERE pool = $1 AND id = $2",
            [.text(pool), .text(new.userID), .date(now)])
        return id
    }

    /// Notes that WeChat has just named the same person again.
    func confirm(_ session: Session, transaction: any Transaction, now: Date) throws {
        try transaction.query(
            "UPDATE sessions SET confirmed_at = $3 WHERE pool = $1 AND sid = $2",
            [.text(session.pool), .text(session.id), .date(now)])
    }
}
