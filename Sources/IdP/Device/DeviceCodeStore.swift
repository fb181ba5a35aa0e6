import Foundation

/// Device codes and their user codes, stored by hash.
///
/// RFC 8628.
struct DeviceCodeStore: Sendable {
    /// Time for a person to take out a phone and decide.
    static let lifetime: Duration = .seconds(600)
    /// How long a device waits between two questions; also what is added for asking too soon.
    static let interval = 5

    let database: any Database
    let sealer: Sealer
    let surroundings: Surroundings

    // MARK: The device asks

    /// Stores a pair of codes for a device.
    ///
    /// - Throws: `OAuthError.server_error` when no free user code was found, which chance does not bring about.
    func begin(
        _ application: Application, scopes: [String], in pool: PoolID
    ) async throws -> (deviceCode: String, userCode: UserCode) {
        let deviceCode = surroundings.token()
        let expiry = surroundings.now() + Self.lifetime.inSeconds
        for _ in 0..<5 {
            let userCode = UserCode(drawing: surroundings)
            let hash = try userCode.hash(with: sealer, in: pool)
            let isNew = try await database.transaction { transaction in
                try !transaction.query(
                    """
                    INSERT INTO device_codes
                        (pool, device_code_hash, user_code_hash, client_id, scope, status, poll_interval, expires_at)
                    VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7)
                    ON CONFLICT (pool, user_code_hash) DO NOTHING RETURNING device_code_hash
                    """,
                    [
                        .text(pool), .text(DeviceCodeHash(of: deviceCode)), .text(hash), .text(application.id),
                        .text(scopes.joined(separator: " ")), .integer(Int64(Self.interval)), .date(expiry),
                    ]
                ).isEmpty
            }
            if isNew { return (deviceCode, userCode) }
        }
        throw OAuthError(.serverError, "no user code is free")
    }

    // MARK: The person decides

    /// The device that shows this code and still waits.
    func pending(_ userCode: UserCode, in pool: PoolID) async throws -> PendingDevice? {
        try await database.query(
            """
            SELECT client_id, scope FROM device_codes
            WHERE pool = $1 AND user_code_hash = $2 AND status = 'pending' AND expires_at > $3
            """,
            [.text(pool), .text(try userCode.hash(with: sealer, in: pool)), .date(surroundings.now())]
        ).first.map { try PendingDevice($0) }
    }

    /// Lets the device in as the person of this session.
    ///
    /// - Returns: false when it no longer waits: of several decisions the first one counts.
    func approve(_ userCode: UserCode, as session: Session, in pool: PoolID) async throws -> Bool {
        try await decide(
            userCode, .approved, in: pool,
            by: [.text(session.userID), .text(session.id), .text(session.acr), .date(session.authTime)])
    }

    /// Turns the device away; false when it no longer waits.
    func deny(_ userCode: UserCode, in pool: PoolID) async throws -> Bool {
        try await decide(userCode, .denied, in: pool, by: [.null, .null, .null, .null])
    }

    private func decide(
        _ userCode: UserCode, _ status: DeviceCodeStatus, in pool: PoolID, by person: [SQLValue]
    ) async throws -> Bool {
        let hash = try userCode.hash(with: sealer, in: pool)
        let now = surroundings.now()
        return try await database.transaction { transaction in
            try !transaction.query(
                """
                UPDATE device_codes SET status = $4, user_id = $5, sid = $6, acr = $7, auth_time = $8
                WHERE pool = $1 AND user_code_hash = $2 AND status = 'pending' AND expires_at > $3
                RETURNING device_code_hash
                """,
                [.text(pool), .text(hash), .date(now), .text(status)] + person
            ).isEmpty
        }
    }
}
