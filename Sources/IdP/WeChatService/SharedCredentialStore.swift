import Foundation
import JWT
import WeChat

/// The rows of `wechat_credentials`: what all nodes share, and who may ask WeChat for the next one.
struct SharedCredentialStore: Sendable {
    /// Longer than any fetch; should its holder die, another takes over then.
    static let leaseLength: TimeInterval = 30
    /// Replaced this long before its end, or at half of a short life; WeChat's stable token stays the same until then.
    static let margin: TimeInterval = 300

    let database: any Database
    let sealer: Sealer
    let surroundings: Surroundings

    /// One row as it was read.
    struct State: Sendable {
        var credential: SharedCredential?
        var generation: Int64
        var failureCode: ErrorCode?
        var nextAttemptAt: Date
        var forces: ForceAllowance
    }

    /// The right to ask WeChat, until a time.
    struct Lease: Sendable {
        fileprivate let holder: String
        let state: State
    }

    func state(_ key: SharedCredentialKey) async throws -> State? {
        let sql = "SELECT \(Self.columns) FROM wechat_credentials WHERE app_id = $1 AND kind = $2 AND secret_hash = $3"
        return try await database.query(sql, key.arguments).first.map { try state($0, key) }
    }

    /// Takes the lease; nil when another holds it, when somebody has stored a newer value than `generation`, and while
    /// the last failure rests.
    func lease(_ key: SharedCredentialKey, at generation: Int64) async throws -> Lease? {
        let (now, holder) = (surroundings.now(), surroundings.hexToken())
        let rows = try await database.transaction { transaction in
            try transaction.query(
                """
                INSERT INTO wechat_credentials
                    (app_id, kind, secret_hash, generation, refresh_at, valid_until, leased_until, failures,
                    next_attempt_at, force_count, expires_at)
                VALUES ($1, $2, $3, 0, 0, 0, 0, 0, 0, 0, $4) ON CONFLICT (app_id, kind, secret_hash) DO NOTHING
                """,
                key.arguments + [.date(now + 86_400)])
            return try transaction.query(
                """
                UPDATE wechat_credentials SET lease = $4, leased_until = $5, expires_at = $6
                WHERE app_id = $1 AND kind = $2 AND secret_hash = $3 AND generation = $7 AND leased_until <= $8
                    AND next_attempt_at <= $8
                RETURNING \(Self.columns)
                """,
                key.arguments + [
                    .text(holder), .date(now + Self.leaseLength), .date(now + 86_400), .integer(generation), .date(now),
                ])
        }
        return try rows.first.map { Lease(holder: holder, state: try state($0, key)) }
    }

    /// Stores what the holder of the lease was given, and gives the lease back; nil when the lease was lost meanwhile.
    func store(
        _ value: Secret, lifetime: Duration, forces: ForceAllowance, key: SharedCredentialKey, lease: Lease
    ) async throws -> SharedCredential? {
        let now = surroundings.now()
        let validUntil = now + lifetime.inSeconds
        let refreshAt = validUntil - min(Self.margin, lifetime.inSeconds / 2)
        let sealed = try sealer.seal(value.exposeSecret(), context: key.context)
        let rows = try await update(
            """
            value_sealed = $5, generation = generation + 1, valid_until = $6, failures = 0, failure_code = NULL,
                next_attempt_at = 0, force_day = $7, force_count = $8, forced_at = $9, expires_at = $10,
                refresh_at = $11
            """,
            [
                .blob(sealed), .date(validUntil), forces.dayBegan.map { .date($0) } ?? .null,
                .integer(Int64(forces.count)), forces.last.map { .date($0) } ?? .null, .date(validUntil + 86_400),
                .date(refreshAt),
            ], key, lease)
        return try rows.first.map {
            SharedCredential(
                value: value, generation: try $0.integer("generation"), refreshAt: refreshAt, validUntil: validUntil)
        }
    }

    /// Records that WeChat gave nothing, and gives the lease back; the value there is stays.
    ///
    /// - Returns: when the next attempt is due.
    @discardableResult
    func storeFailure(
        _ code: ErrorCode?, forces: ForceAllowance, key: SharedCredentialKey, lease: Lease
    ) async throws -> Date {
        let rows = try await database.query(
            "SELECT failures FROM wechat_credentials WHERE app_id = $1 AND kind = $2 AND secret_hash = $3",
            key.arguments)
        let failures = try rows.first?.integer("failures") ?? 0
        let next = surroundings.now() + Self.rest(after: failures, code)
        _ = try await update(
            "failures = failures + 1, failure_code = $5, next_attempt_at = $6, force_day = $7, force_count = $8, forced_at = $9",
            [
                code.map { .integer(Int64($0.number)) } ?? .null, .date(next),
                forces.dayBegan.map { .date($0) } ?? .null, .integer(Int64(forces.count)),
                forces.last.map { .date($0) } ?? .null,
            ], key, lease)
        return next
    }

    /// How long nobody asks WeChat after a failure.
    ///
    /// A minute where only the operator or the next day can help (DESIGN 5.4, 45009), else one second, doubled up to 32.
    static func rest(after failures: Int64, _ code: ErrorCode?) -> TimeInterval {
        let needsSomebody = code.map { $0.kind(in: .accountToken) == .tenant || $0.retry != .never } ?? false
        if needsSomebody, code != .systemBusy, code != .systemError { return 60 }
        return Double(1 << min(failures, 5))
    }

    // MARK: Rows

    private static let columns =
        "value_sealed, generation, refresh_at, valid_until, failure_code, next_attempt_at, force_day, force_count, forced_at"

    private func update(
        _ assignments: String, _ values: [SQLValue], _ key: SharedCredentialKey, _ lease: Lease
    ) async throws -> [Row] {
        try await database.transaction { transaction in
            try transaction.query(
                """
                UPDATE wechat_credentials SET lease = NULL, leased_until = 0, \(assignments)
                WHERE app_id = $1 AND kind = $2 AND secret_hash = $3 AND lease = $4 RETURNING generation
                """,
                key.arguments + [.text(lease.holder)] + values)
        }
    }

    private func state(_ row: Row, _ key: SharedCredentialKey) throws -> State {
        let generation = try row.integer("generation")
        let (refreshAt, validUntil) = (try row.date("refresh_at"), try row.date("valid_until"))
        let credential = try row.optionalBlob("value_sealed").map { sealed in
            SharedCredential(
                value: Secret(try sealer.open(sealed, context: key.context)), generation: generation,
                refreshAt: refreshAt, validUntil: validUntil)
        }
        return State(
            credential: credential, generation: generation,
            failureCode: try row.optionalInteger("failure_code").map { ErrorCode(number: Int($0)) },
            nextAttemptAt: try row.date("next_attempt_at"),
            forces: ForceAllowance(
                dayBegan: try row.optionalDate("force_day"), count: Int(try row.integer("force_count")),
                last: try row.optionalDate("forced_at")))
    }
}
