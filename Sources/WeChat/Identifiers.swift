/// The id of an account or app at WeChat: `wx` and 16 lower-case hexadecimal digits.
///
/// Not a secret: it stands in every authorize URL.
public struct AppID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The text as WeChat writes it.
    public let rawValue: String

    /// Takes the text as it is.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The text itself.
    public var description: String { rawValue }
}

/// A person's id under one AppID: about 28 characters `A-Za-z0-9_-`, beginning with `o`.
///
/// Case-sensitive; the same person has another one under every other AppID. It names a person, so keep it out of logs.
public struct OpenID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The text as WeChat writes it.
    public let rawValue: String

    /// Takes the text as it is.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The text itself.
    public var description: String { rawValue }
}

/// A person's id under one open-platform account, shared by all apps that are bound to it.
///
/// Case-sensitive. Absent for accounts bound to none, for `snsapi_base` and for test accounts.
public struct UnionID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The text as WeChat writes it.
    public let rawValue: String

    /// Takes the text as it is.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The text itself.
    public var description: String { rawValue }
}
