import Foundation

/// What an authorization code stands for.
struct AuthorizationCodeRecord: Sendable {
    var grantID: GrantID
    var clientID: ClientID
    var redirectURI: String
    var codeChallenge: String?
    var nonce: String?
    var scopes: [String]
    var acr: AuthenticationContext
    var authTime: Date
    var expiresAt: Date
}

/// Authorization codes, stored by hash.
///
/// RFC 6749 section 4.1.2.
struct AuthorizationCodeStore: Sendable {
    /// A code is fetched at once or not at all.
    static let lifetime: Duration = .seconds(60)

    let database: any Database
    let surroundings: Surroundings

    static func insert(
        _ record: AuthorizationCodeRecord, hash: CodeHash, in pool: PoolID, transaction: any Transaction
    ) throws {
        try transaction.query(
            """
            INSERT INTO authorization_codes
                (pool, code_hash, grant_id, client_id, redirect_uri, code_challenge, nonce, scope, acr, auth_time, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                .text(pool), .text(hash), .text(record.grantID), .text(record.clientID), .text(record.redirectURI),
                .text(record.codeChallenge), .text(record.nonce), .text(record.scopes.joined(separator: " ")),
                .text(record.acr), .date(record.authTime), .date(record.expiresAt),
            ])
    }

    func isUnspent(_ hash: CodeHash, in pool: PoolID) async throws(StorageError) -> Bool {
        let rows = try await database.query(
            """
            SELECT 1 AS one FROM authorization_codes
            WHERE pool = $1 AND code_hash = $2 AND consumed_at IS NULL AND expires_at > $3
            """,
            [.text(pool), .text(hash), .date(surroundings.now())])
        return !rows.isEmpty
    }

    /// Spends a code of this client and issues what it stands for, in one transaction.
    ///
    /// One statement is the gate, so of any number of simultaneous uses one succeeds; a code that was presented wrongly
    /// once is spent as well. A code that was spent before has been seen by somebody else; everything issued for it is
    /// revoked (RFC 6749 section 4.1.2).
    func redeem(
        _ presented: PresentedCode, application: Application, in pool: PoolID, accessToken: @escaping AccessTokenDraft
    ) async throws -> Result<RedeemedCode, CodeRefusal> {
        let now = surroundings.now()
        let refreshToken = surroundings.token()
        return try await database.transaction { transaction in
            guard let record = try Self.spend(presented, application.id, pool, now, transaction) else {
                return .failure(.notRedeemable)
            }
            guard record.expiresAt > now else { return .failure(.notRedeemable) }
            guard record.redirectURI.utf8.elementsEqual(presented.redirectURI.utf8) else {
                return .failure(.otherRedirectURI)
            }
            guard PKCE.isSatisfied(challenge: record.codeChallenge, verifier: presented.verifier) else {
                return .failure(.wrongVerifier)
            }
            guard let live = try GrantStore.findLive(record.grantID, in: pool, transaction: transaction, now: now)
            else { return .failure(.notRedeemable) }
            let issued = try accessToken(live, record.scopes, record.acr, record.authTime)
            try issued.store(in: pool, transaction: transaction)
            guard record.scopes.contains("offline_access"), application.grantTypes.contains(.refreshToken) else {
                return .success(RedeemedCode(record: record, live: live, accessToken: issued, refreshToken: nil))
            }
            try RefreshTokenStore.insert(
                RefreshTokenRecord(record), hash: RefreshTokenHash(of: refreshToken), for: application, in: pool,
                transaction: transaction, now: now)
            return .success(
                RedeemedCode(record: record, live: live, accessToken: issued, refreshToken: refreshToken))
        }
    }

    private static func spend(
        _ presented: PresentedCode, _ clientID: ClientID, _ pool: PoolID, _ now: Date, _ transaction: any Transaction
    ) throws -> AuthorizationCodeRecord? {
        let key: [SQLValue] = [.text(pool), .text(CodeHash(of: presented.code)), .text(clientID)]
        let spent = try transaction.query(
            """
            UPDATE authorization_codes SET consumed_at = $4
            WHERE pool = $1 AND code_hash = $2 AND client_id = $3 AND consumed_at IS NULL
            RETURNING grant_id, redirect_uri, code_challenge, nonce, scope, acr, auth_time, expires_at
            """, key + [.date(now)])
        if let row = spent.first {
            return try AuthorizationCodeRecord(row, clientID: clientID)
        }
        let earlier = try transaction.query(
            "SELECT grant_id FROM authorization_codes WHERE pool = $1 AND code_hash = $2 AND client_id = $3", key)
        if let row = earlier.first {
            try GrantStore.revoke(
                GrantID(rawValue: try row.text("grant_id")), in: pool, transaction: transaction, now: now)
        }
        return nil
    }
}

/// A code as a client presents it, with what must fit.
struct PresentedCode: Sendable {
    var code: String
    var redirectURI: String
    var verifier: String?
}

/// What a code was exchanged for.
struct RedeemedCode: Sendable {
    var record: AuthorizationCodeRecord
    var live: LiveGrant
    var accessToken: IssuedAccessToken
    var refreshToken: String?
}

/// Why a code was not exchanged.
enum CodeRefusal: Error {
    case notRedeemable, otherRedirectURI, wrongVerifier
}

extension AuthorizationCodeRecord {
    init(_ row: Row, clientID: ClientID) throws(StorageError) {
        grantID = GrantID(rawValue: try row.text("grant_id"))
        self.clientID = clientID
        redirectURI = try row.text("redirect_uri")
        codeChallenge = try row.optionalText("code_challenge")
        nonce = try row.optionalText("nonce")
        scopes = try row.text("scope").split(separator: " ").map(String.init)
        guard let acr = AuthenticationContext(rawValue: try row.text("acr")) else { throw .column("acr") }
        self.acr = acr
        authTime = try row.date("auth_time")
        expiresAt = try row.date("expires_at")
    }
}
