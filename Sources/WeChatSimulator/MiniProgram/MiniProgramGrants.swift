import Foundation

/// What mini programs hold: codes of `wx.login`, codes of the phone button, and one session key for each person.
struct MiniProgramGrants: Sendable {
    struct LoginCode: Sendable {
        let appID: String
        let person: Person
        let sessionKey: SessionKey
        let expiresAt: Date
        var isUsed = false
    }

    struct PhoneCode: Sendable {
        let appID: String
        let userID: String
        let expiresAt: Date
        var isUsed = false
    }

    var logins = Recent<String, LoginCode>()
    var phones = Recent<String, PhoneCode>()
    /// The newest key of a person, by person and app.
    var sessionKeys: [Grants.Pair: SessionKey] = [:]
}

/// A mini program's session key: 16 bytes, handed out as base64.
struct SessionKey: Sendable, Hashable {
    let bytes: [UInt8]

    /// Draws one.
    init(_ next: () -> UInt64) { bytes = RandomText.bytes(16, next) }

    /// Reads one; nil unless it is the base64 of 16 bytes.
    init?(text: String) {
        guard let data = Data(base64Encoded: text), data.count == 16 else { return nil }
        bytes = Array(data)
    }

    /// The base64 text, which signatures are made with.
    var text: String { Data(bytes).base64EncodedString() }
}
