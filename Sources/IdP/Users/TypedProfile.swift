import Foundation
import WeChat

/// A name and a picture that people typed or chose themselves, as mini programs ask since 2022; nobody has checked them.
///
/// A name is cleaned of blanks around it; what can't be shown safely is refused, not repaired.
struct TypedProfile: Sendable {
    /// Characters, as people count them.
    static let longestNickname = 64
    static let longestAddress = 1024

    var nickname: String?
    var picture: String?

    /// Nil for a name that is blank, too long or has control characters, for an address that is not plain https, and when
    /// there is neither.
    init?(nickname: String?, picture: String?) {
        guard nickname != nil || picture != nil else { return nil }
        if let nickname {
            let name = nickname.trimmingCharacters(in: .whitespacesAndNewlines)
            guard Self.isName(name) else { return nil }
            self.nickname = name
        }
        if let picture {
            guard picture.utf8.count <= Self.longestAddress, let url = HTTPURL(picture), url.scheme == .https,
                url.fragment == nil
            else { return nil }
            self.picture = picture
        }
    }

    private static func isName(_ name: String) -> Bool {
        let isBlank = name.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
                || scalar.properties.generalCategory == .format
        }
        let turnsText: ClosedRange<UInt32> = 0x202A...0x202E
        let isolates: ClosedRange<UInt32> = 0x2066...0x2069
        return !isBlank && name.count <= longestNickname && name.utf8.count <= longestNickname * 8
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.properties.generalCategory != .control && !turnsText.contains(scalar.value)
                    && !isolates.contains(scalar.value)
            }
    }

    /// Keeps what was typed; what was not stays as it is.
    func store(of user: UserID, in pool: PoolID, transaction: any Transaction, now: Date) throws {
        try transaction.query(
            """
            UPDATE users SET nickname = COALESCE($3, nickname), picture = COALESCE($4, picture), updated_at = $5,
                profile_asked_at = COALESCE(profile_asked_at, $5)
            WHERE pool = $1 AND id = $2 AND blocked = 0
            """,
            [.text(pool), .text(user), .text(nickname), .text(picture), .date(now)])
    }
}
