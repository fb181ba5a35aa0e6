/// The identifier of an OAuth client, unique over all pools.
///
/// RFC 6749 section 2.2.
public struct ClientID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The identifier.
    public let rawValue: String

    /// Takes 1 to 128 letters, digits, `-`, `_`, `.` or `~`; nil when it has another shape.
    public init?(rawValue: String) {
        let marks = Set("-_.~".utf8)
        guard (1...128).contains(rawValue.utf8.count),
            rawValue.utf8.allSatisfy({ $0.isAlphanumeric || marks.contains($0) })
        else { return nil }
        self.rawValue = rawValue
    }

    /// The identifier.
    public var description: String { rawValue }
}

/// An OAuth client.
public struct Application: Sendable {
    /// How the client proves who it is; the proof is part of the case, so a secret can't be missing.
    public enum Authentication: Sendable {
        /// A public client: PKCE instead of a secret. RFC 7636.
        case none
        /// HTTP Basic. RFC 6749 section 2.3.1.
        case clientSecretBasic(Secret)
        /// The secret in the form. RFC 6749 section 2.3.1.
        case clientSecretPost(Secret)

        /// True for clients that can't keep a secret.
        public var isPublic: Bool {
            if case .none = self { true } else { false }
        }
    }

    /// The grants a client may use.
    public enum GrantType: String, Sendable, CaseIterable {
        /// RFC 6749 section 4.1.
        case authorizationCode = "authorization_code"
        /// RFC 6749 section 6.
        case refreshToken = "refresh_token"
    }

    /// Where the application runs.
    ///
    /// OpenID Connect Dynamic Client Registration section 2.
    public enum Kind: String, Sendable, CaseIterable {
        /// A web site.
        case web
        /// A program on a device, reached through loopback or a custom scheme.
        case native
    }

    /// The identifier.
    public var id: ClientID
    /// The name people see; the identifier when none is given.
    public var name: String
    /// How it authenticates.
    public var authentication: Authentication
    /// Where answers may go, compared byte for byte.
    public var redirectURIs: [String]
    /// Where people may go after signing out.
    public var postLogoutRedirectURIs: [String]
    /// The connections it may use; nil means every one of the pool, for browser sign-in only.
    public var connections: [ConnectionID]?
    /// The grants it may use.
    public var grantTypes: Set<GrantType>
    /// Web or native.
    public var kind: Kind
    /// True for the operator's own: no consent page.
    public var isFirstParty: Bool
    /// Life of an ID token.
    public var idTokenLifetime: Duration
    /// Life of an access token.
    public var accessTokenLifetime: Duration
    /// Life of a refresh token since it was issued; each rotation issues a new one.
    public var refreshTokenLifetime: Duration
    /// How long a refresh token just rotated may be repeated by a client whose answer was lost.
    public var refreshTokenReuseGrace: Duration
    /// Whether `/oidc/me` takes the ID token of a social sign-in as a Bearer.
    public var userInfoAcceptsIDToken: Bool
    /// Used as `max_age` when the request has none.
    public var defaultMaxAge: Duration?

    /// True where a person must press a button before the application gets anything: other people's applications,
    /// and native ones, whose loopback address or custom scheme any local program could listen on.
    public var needsConfirmation: Bool { !isFirstParty || kind == .native }

    /// Origins of the redirect URIs, for CORS.
    public var origins: Set<String> {
        Set(redirectURIs.compactMap { HTTPURL($0)?.origin })
    }
}
