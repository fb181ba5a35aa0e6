import JWT

/// Anti-forgery values for the forms of people who are signed in.
///
/// Each is an HMAC of what the form does and of the session that may do it, so nothing is stored, and no other site can
/// know it.
struct FormTokens: Sendable {
    /// The hidden field it travels in.
    static let field = "token"

    /// What a form does; a token for one is worth nothing to the other.
    enum Purpose: String, Sendable {
        case logout
        case consents
        case scan
    }

    private let key: [UInt8]

    init(sealer: Sealer) throws(JWTError) {
        key = try sealer.derivedKey("form tokens")
    }

    func token(_ purpose: Purpose, for session: Session) -> String {
        let message = "\(purpose.rawValue)\n\(session.pool)\n\(session.id.rawValue)"
        return Base64URL.encode(HMACSHA256.authenticate(message.utf8, key: key))
    }

    func isValid(_ token: String?, _ purpose: Purpose, for session: Session) -> Bool {
        token.map { ConstantTime.equals(Array($0.utf8), Array(self.token(purpose, for: session).utf8)) } ?? false
    }
}
