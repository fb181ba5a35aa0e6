import JWT

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
        /// A JWT signed with the client's private key. RFC 7523 section 2.2, OpenID Connect Core section 9.
        case privateKeyJWT(ClientKeys)

        /// True for clients that can't keep a secret.
        public var isPublic: Bool {
            if case .none = self { true } else { false }
        }
    }

    /// Where a client's public keys come from.
    public enum ClientKeys: Sendable {
        /// From the configuration.
        case fixed(JWKSet)
        /// From this address, fetched when needed.
        case address(String)
    }

    /// What an access token looks like.
    public enum AccessTokenFormat: String, Sendable, CaseIterable {
        /// A JWT that every back end can verify. RFC 9068.
        case jwt
        /// A random string that only this provider understands.
        case opaque
    }

    /// Whether all applications of a pool see the same `sub`.
    ///
    /// OpenID Connect Core section 8.
    public enum SubjectType: String, Sendable, CaseIterable {
        /// One `sub` for all.
        case `public`
        /// Another `sub` for each sector.
        case pairwise
    }

    /// The grants a client may use.
    public enum GrantType: String, Sendable, CaseIterable {
        /// RFC 6749 section 4.1.
        case authorizationCode = "authorization_code"
        /// RFC 6749 section 6.
        case refreshToken = "refresh_token"
        /// RFC 6749 section 4.4.
        case clientCredentials = "client_credentials"
        /// RFC 8628.
        case deviceCode = "urn:ietf:params:oauth:grant-type:device_code"
        /// RFC 8693: the code of a mini program or of a mobile app for tokens.
        case tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
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
    /// True for the operator's own: no consent page, unless it is native.
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
    /// How ID tokens are signed.
    public var idTokenAlgorithm: SignatureAlgorithm = .rs256
    /// How userinfo is signed; nil answers plain JSON.
    public var userInfoAlgorithm: SignatureAlgorithm?
    /// What access tokens look like.
    public var accessTokenFormat: AccessTokenFormat = .jwt
    /// How JWT access tokens are signed.
    public var accessTokenAlgorithm: SignatureAlgorithm = .rs256
    /// Whether its `sub` is its own.
    public var subjectType: SubjectType = .public
    /// The host that pairwise subjects are made for.
    public var sector: String = ""
    /// The scopes it may ask for on its own behalf, by client credentials.
    public var ownScopes: [String] = []
    /// Where it is told that a person has signed out.
    public var backChannelLogoutURI: String?

    /// The algorithms that the pool's keys must offer for it.
    public var algorithms: Set<SignatureAlgorithm> {
        Set([idTokenAlgorithm, accessTokenAlgorithm, userInfoAlgorithm].compactMap { $0 })
    }

    /// True where a person must press a button at least once before the application gets anything: other people's
    /// applications, and native ones, whose loopback address or custom scheme any local program could listen on.
    public var needsConfirmation: Bool { !isFirstParty || kind == .native }

    /// True for an address that is registered, byte for byte.
    ///
    /// A native application listens on whatever port it gets, so on the literal loopback addresses the port, and nothing
    /// else, may differ (RFC 8252 section 7.3).
    func allows(redirectURI text: String) -> Bool {
        if redirectURIs.contains(where: { $0.utf8.elementsEqual(text.utf8) }) { return true }
        guard kind == .native, let url = HTTPURL(text), url.isLoopbackAddress else { return false }
        return redirectURIs.lazy.compactMap(HTTPURL.init).contains { registered in
            registered.isLoopbackAddress && registered.scheme == url.scheme && registered.host == url.host
                && registered.path == url.path && registered.query == url.query && url.fragment == nil
        }
    }

    /// Origins of the redirect URIs, for CORS.
    public var origins: Set<String> {
        Set(redirectURIs.compactMap { HTTPURL($0)?.origin })
    }
}
