/// The contracts of replaced systems that a pool keeps; nil where one is off.
///
/// The configuration's `compatibility:`. Paths begin at the pool's root.
public struct Compatibility: Sendable {
    /// The login of `wx_login_middleware` and its signed requests.
    public var wxLogin: WxLoginContract?
    /// The mini-program tutorial's session, and the profile that goes with it.
    public var verify: VerifyContract?
    /// The sample back end of `wechat-backend-auth`.
    public var codeLogin: CodeLoginContract?
    /// What Authing's SDKs call besides the stable surface.
    public var authing: AuthingContract?

    /// Nothing but what is always there.
    public static let none = Self()
}

/// `compatibility.wx_login`: a mini program's login, answered with `openid`, `stoken` and `skey`.
public struct WxLoginContract: Sendable {
    /// Where it logs in; `/verify` and `/logout` stand below it.
    public var path = ContractPath.login
    /// The mini programs that may use it.
    public var connections: [ConnectionID]
    /// Whose `sub` it tells; nil means the one that all applications with public subjects see.
    public var application: ClientID?
    /// How long a login session lives.
    public var tokenLifetime: Duration = .seconds(7 * 86_400)
    /// Whether a request needs a signature beside the token.
    public var requiresSignature = true
    /// How old a signature may be.
    public var signatureLifetime: Duration = .seconds(600)
}

/// `compatibility.verify`: a mini program's login, answered with a random token.
public struct VerifyContract: Sendable {
    /// Where it logs in.
    public var path = ContractPath.verify
    /// The mini programs that may use it.
    public var connections: [ConnectionID]
    /// Whose `sub` the profile tells; nil means the one that all applications with public subjects see.
    public var application: ClientID?
    /// How long a token lives.
    public var tokenLifetime: Duration = .seconds(7 * 86_400)

    /// Where the person's profile is read and written: `profile` beside ``path``.
    public var profilePath: ContractPath { path.sibling("profile") }
}

/// `compatibility.code_login`: a mobile app's code through a back end that authenticates itself.
public struct CodeLoginContract: Sendable {
    /// Where it logs in.
    public var path = ContractPath.codeLogin
    /// The mobile apps whose codes it takes.
    public var connections: [ConnectionID]
    /// The application that authenticates, and for which tokens are issued.
    public var application: ClientID
}

/// `compatibility.authing`: addresses that Authing's own SDKs fix, so there is no path to choose.
public struct AuthingContract: Sendable {
    /// The connections it may use.
    public var connections: [ConnectionID]
    /// The application of a request that names none.
    public var application: ClientID?
}

/// A path that an operator may choose for a contract.
public struct ContractPath: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The path, beginning with a slash.
    public let rawValue: String

    /// First segments, or pairs of them, that are the provider's own.
    private static let reserved = [
        "oidc", "connections", "oauth", "pools", "console", "api/v1", ".well-known", "wxmp-sdk.js",
    ]

    /// Takes one or more segments of letters, digits, `-`, `_`, `.` and `~` behind slashes, 128 bytes at most; nil for
    /// another shape, and for paths below which the provider's own addresses are.
    public init?(rawValue: String) {
        let segments = rawValue.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        let marks = Set("-_.~".utf8)
        guard rawValue.hasPrefix("/"), rawValue.utf8.count <= 128, !segments.isEmpty,
            segments.allSatisfy({ segment in
                !segment.isEmpty && !segment.allSatisfy { $0 == UInt8(ascii: ".") }
                    && segment.allSatisfy { $0.isAlphanumeric || marks.contains($0) }
            }), !Self.reserved.contains(where: { rawValue == "/\($0)" || rawValue.hasPrefix("/\($0)/") })
        else { return nil }
        self.rawValue = rawValue
    }

    private init(known: String) {
        rawValue = known
    }

    /// `/login`.
    public static let login = Self(known: "/login")
    /// `/v1/verify`.
    public static let verify = Self(known: "/v1/verify")
    /// `/api/auth/login`.
    public static let codeLogin = Self(known: "/api/auth/login")

    /// The path.
    public var description: String { rawValue }

    /// A path below this one.
    func child(_ name: String) -> Self { Self(known: "\(rawValue)/\(name)") }

    /// The path with another last segment.
    func sibling(_ name: String) -> Self {
        let parent = rawValue.lastIndex(of: "/").map { rawValue[..<$0] } ?? ""
        return Self(known: "\(parent)/\(name)")
    }
}
