/// A text that must not reach a log: printed, dumped, reflected or encoded, it is `<redacted>`.
///
/// `Role` keeps an ``AppSecret`` from being passed where an ``AccessToken`` belongs; it holds no value.
public struct RedactedText<Role>: Sendable {
    private let text: String

    /// Takes the text as it is.
    public init(_ text: String) { self.text = text }

    /// The text itself, for the one place that sends or stores it.
    public func exposeSecret() -> String { text }

    /// Whether there is no text at all.
    public var isEmpty: Bool { text.isEmpty }
}

extension RedactedText: Equatable {
    /// Compares byte for byte, in a time that depends on the lengths only.
    public static func == (left: Self, right: Self) -> Bool {
        guard left.text.utf8.count == right.text.utf8.count else { return false }
        return zip(left.text.utf8, right.text.utf8).reduce(into: UInt8(0)) { $0 |= $1.0 ^ $1.1 } == 0
    }
}

extension RedactedText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable, Encodable {
    /// Always `<redacted>`.
    public var description: String { "<redacted>" }

    /// Always `<redacted>`.
    public var debugDescription: String { description }

    /// A mirror without children, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }

    /// Writes `<redacted>`: a secret inside an encoded log record stays secret.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What a ``RedactedText`` may be; never instantiated.
public enum RedactedRole {
    /// See ``AppSecret``.
    public enum AppSecret {}
    /// See ``AuthorizationCode``.
    public enum AuthorizationCode {}
    /// See ``AccessToken``.
    public enum AccessToken {}
    /// See ``RefreshToken``.
    public enum RefreshToken {}
    /// See ``RequestURL``.
    public enum RequestURL {}
    /// See ``RequestBody``.
    public enum RequestBody {}
    /// See ``SessionKey``.
    public enum SessionKey {}
    /// See ``AccountToken``.
    public enum AccountToken {}
    /// See ``JSAPITicket``.
    public enum JSAPITicket {}
}

/// The secret of an ``AppID``: 32 lower-case hexadecimal digits.
public typealias AppSecret = RedactedText<RedactedRole.AppSecret>

/// What the callback's `code` parameter holds: single use, five minutes (website and mobile apps ten).
public typealias AuthorizationCode = RedactedText<RedactedRole.AuthorizationCode>

/// The `/sns` access token of one person, 7200 seconds; unrelated to the token of `/cgi-bin`.
public typealias AccessToken = RedactedText<RedactedRole.AccessToken>

/// The `/sns` refresh token of one person, 30 days from the consent, not extended by use.
public typealias RefreshToken = RedactedText<RedactedRole.RefreshToken>

/// What `wx.login` gave a mini program: single use, five minutes.
public typealias LoginCode = AuthorizationCode

/// The key that WeChat shares with a mini program's server for one person: base64 of 16 bytes.
///
/// It never leaves the server. Source: code2Session.
public typealias SessionKey = RedactedText<RedactedRole.SessionKey>

/// The `/cgi-bin` access token of an app (接口调用凭据), 7200 seconds; one for all servers of the app.
public typealias AccountToken = RedactedText<RedactedRole.AccountToken>

/// The ticket that JS-SDK signatures are made with (jsapi_ticket), 7200 seconds; one for all servers of the app.
public typealias JSAPITicket = RedactedText<RedactedRole.JSAPITicket>

/// The JSON text of one call.
public typealias RequestBody = RedactedText<RedactedRole.RequestBody>

/// The address of one call, which holds the app's secret, a code or a token.
public typealias RequestURL = RedactedText<RedactedRole.RequestURL>
