import Foundation
import JWT

/// The subject identifier of a person: ours, random, opaque.
///
/// OpenID Connect Core section 8.
struct UserID: RawRepresentable, Hashable, Sendable {
    let rawValue: String
}

/// A person in a pool.
struct User: Sendable {
    var id: UserID
    /// As WeChat gave it, cleaned; nil when there is none worth showing.
    var nickname: String?
    /// An https address; it may die when the person changes the picture.
    var picture: String?
    var email: String?
    var isEmailVerified: Bool
    /// E.164, `+8613800000000`.
    var phoneNumber: String?
    var isPhoneNumberVerified: Bool
    /// The address claim as OpenID Connect Core section 5.1.1 shapes it.
    var address: JSONObject?
    var roles: [String]
    /// When the person was asked for a profile and answered either way; asked once only.
    var profileAskedAt: Date?
    var isBlocked: Bool
    var signIns: Int
    var lastSignInAt: Date?
    var createdAt: Date
    var updatedAt: Date

    var hasProfile: Bool { nickname != nil || picture != nil }

    init(_ row: Row) throws(StorageError) {
        id = UserID(rawValue: try row.text("id"))
        nickname = try row.optionalText("nickname")
        picture = try row.optionalText("picture")
        email = try row.optionalText("email")
        isEmailVerified = try row.bool("email_verified")
        phoneNumber = try row.optionalText("phone_number")
        isPhoneNumberVerified = try row.bool("phone_number_verified")
        address = try row.optionalText("address").flatMap { try? JSON.parse(Array($0.utf8)).objectValue }
        roles = try row.optionalText("roles")?.split(separator: " ").map(String.init) ?? []
        profileAskedAt = try row.optionalDate("profile_asked_at")
        isBlocked = try row.bool("blocked")
        signIns = Int(try row.integer("sign_ins"))
        lastSignInAt = try row.optionalDate("last_sign_in_at")
        createdAt = try row.date("created_at")
        updatedAt = try row.date("updated_at")
    }

    static let columns =
        "id, nickname, picture, email, email_verified, phone_number, phone_number_verified, address, roles, "
        + "profile_asked_at, blocked, sign_ins, last_sign_in_at, created_at, updated_at"
}

/// Reads and writes people.
///
/// What changes a person happens inside the caller's transaction.
struct UserStore: Sendable {
    let database: any Database

    func find(_ id: UserID, in pool: PoolID) async throws(StorageError) -> User? {
        let rows = try await database.query(
            "SELECT \(User.columns) FROM users WHERE pool = $1 AND id = $2", [.text(pool), .text(id)])
        return try rows.first.map { row throws(StorageError) in try User(row) }
    }

    /// Notes that the person has answered the question for a profile.
    func markProfileAsked(_ id: UserID, in pool: PoolID, at now: Date) async throws {
        try await database.transaction { transaction in
            try transaction.query(
                "UPDATE users SET profile_asked_at = $3 WHERE pool = $1 AND id = $2",
                [.text(pool), .text(id), .date(now)])
        }
    }
}
