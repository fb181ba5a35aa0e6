import JWT

/// What is stored in place of a secret value: its SHA-256 as base64url.
///
/// The values are random with 128 bits or more, so a plain hash can't be turned back. `Subject` keeps a hash of one
/// kind from being compared with another's.
struct SecretHash<Subject>: RawRepresentable, Hashable, Sendable {
    let rawValue: String

    init(rawValue: String) {
        self.rawValue = rawValue
    }

    init(of value: String) {
        rawValue = Base64URL.encode(SHA256.hash(Array(value.utf8)))
    }

    /// Compares in a time that does not depend on where the two differ.
    func isEqual(to other: Self) -> Bool {
        ConstantTime.equals(Array(rawValue.utf8), Array(other.rawValue.utf8))
    }
}

/// The hash of an authorization code.
typealias CodeHash = SecretHash<AuthorizationCodeStore>
/// The hash of an opaque access token.
typealias AccessTokenHash = SecretHash<OpaqueTokenStore>
/// The hash of a refresh token.
typealias RefreshTokenHash = SecretHash<RefreshTokenStore>
/// The hash of a `state` sent to WeChat.
typealias StateHash = SecretHash<WeChatRound>
/// The hash of a code that WeChat handed out.
typealias WeChatCodeHash = SecretHash<WeChatGateway>
/// The hash of the value that names a pending sign-in in our own links.
typealias HandleHash = SecretHash<SignIn>
/// The hash of the cookie that binds a sign-in to its browser.
typealias BindingHash = SecretHash<BrowserBinding>
/// The hash of a session cookie.
typealias SessionSecretHash = SecretHash<Session>
/// The hash of a ticket that a desktop shows as a QR code.
typealias ScanTicketHash = SecretHash<ScanTicket>
/// The hash of the cookie of the browser that shows it.
typealias ScanSecretHash = SecretHash<ScanDesk>
