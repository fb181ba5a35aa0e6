import Foundation

extension DeviceCodeStore {
    /// Spends an approved code of this client and issues what it stands for, in one transaction.
    ///
    /// RFC 8628 sections 3.4 and 3.5. One statement is the gate, so of any number of simultaneous questions one
    /// succeeds. An approved code is given out however soon the device asks; one that still waits tells it to slow down.
    func redeem(
        _ deviceCode: String, application: Application, in pool: PoolID, accessToken: @escaping AccessTokenDraft
    ) async throws -> Result<RedeemedDeviceCode, DeviceRefusal> {
        let now = surroundings.now()
        let refreshToken = surroundings.token()
        let grantID = GrantID(rawValue: surroundings.hexToken())
        let key: [SQLValue] = [
            .text(pool), .text(DeviceCodeHash(of: deviceCode)), .text(application.id), .date(now),
        ]
        return try await database.transaction { transaction in
            let spent = try transaction.query(
                """
                UPDATE device_codes SET status = 'redeemed'
                WHERE pool = $1 AND device_code_hash = $2 AND client_id = $3 AND status = 'approved' AND expires_at > $4
                RETURNING scope, user_id, sid, acr, auth_time
                """, key)
            guard let row = spent.first else { return .failure(try Self.refusal(key, transaction)) }
            let approval = try Approval(row)
            // Whoever has signed out since did not mean to leave a device signed in.
            let session = try transaction.query(
                "SELECT 1 AS one FROM sessions WHERE pool = $1 AND sid = $2", [.text(pool), .text(approval.sid)])
            guard !session.isEmpty else { return .failure(.denied) }
            if !application.isFirstParty {
                try RememberedConsents.remember(
                    approval.scopes, of: approval.userID, for: application.id, in: pool, transaction: transaction,
                    now: now)
            }
            let lifetime = max(application.accessTokenLifetime, application.idTokenLifetime)
            let grant = Grant(
                id: grantID, kind: .device, clientID: application.id, userID: approval.userID, sid: approval.sid,
                createdAt: now, expiresAt: now + lifetime.inSeconds)
            try GrantStore.insert(grant, in: pool, transaction: transaction)
            // Nobody, when the person was blocked after the decision.
            guard let live = try GrantStore.findLive(grantID, in: pool, transaction: transaction, now: now) else {
                return .failure(.denied)
            }
            let issued = try accessToken(live, approval.scopes, approval.acr, approval.authTime)
            try issued.store(in: pool, transaction: transaction)
            var redeemed = RedeemedDeviceCode(
                live: live, accessToken: issued, refreshToken: nil, acr: approval.acr, authTime: approval.authTime)
            if approval.scopes.contains("offline_access"), application.grantTypes.contains(.refreshToken) {
                try RefreshTokenStore.insert(
                    RefreshTokenRecord(
                        grantID: grantID, clientID: application.id, scopes: approval.scopes, acr: approval.acr,
                        authTime: approval.authTime),
                    hash: RefreshTokenHash(of: refreshToken), for: application, in: pool, transaction: transaction,
                    now: now)
                redeemed.refreshToken = refreshToken
            }
            return .success(redeemed)
        }
    }

    /// What the person's decision has left for the device.
    private struct Approval {
        var scopes: [String]
        var userID: UserID
        var sid: SessionID
        var acr: AuthenticationContext
        var authTime: Date

        init(_ row: Row) throws {
            scopes = try row.text("scope").split(separator: " ").map(String.init)
            userID = UserID(rawValue: try row.text("user_id"))
            sid = SessionID(rawValue: try row.text("sid"))
            guard let acr = AuthenticationContext(rawValue: try row.text("acr")) else {
                throw StorageError.column("acr")
            }
            self.acr = acr
            authTime = try row.date("auth_time")
        }
    }

    /// Why there is nothing, and the note of when the device asked.
    private static func refusal(_ key: [SQLValue], _ transaction: any Transaction) throws -> DeviceRefusal {
        let code = "WHERE pool = $1 AND device_code_hash = $2 AND client_id = $3"
        let waits = "\(code) AND status = 'pending' AND expires_at > $4"
        // Whole seconds are compared, so a device is at most one second too lenient with, never too strict.
        let hurried = try transaction.query(
            """
            UPDATE device_codes SET poll_interval = poll_interval + \(interval), polled_at = $4
            \(waits) AND polled_at + poll_interval > $4 RETURNING status
            """, key)
        if !hurried.isEmpty { return .tooFast }
        let waiting = try transaction.query(
            "UPDATE device_codes SET polled_at = $4 \(waits) RETURNING status", key)
        if !waiting.isEmpty { return .pending }
        let rows = try transaction.query(
            "SELECT status FROM device_codes \(code)", Array(key.prefix(3)))
        switch try rows.first.flatMap({ DeviceCodeStatus(rawValue: try $0.text("status")) }) {
        case .denied: return .denied
        case .pending, .approved: return .expired
        case .redeemed, nil: return .notRedeemable
        }
    }
}
