import WeChat

/// A request to exchange the code of a mini program or of a mobile app for tokens, checked before the code is spent.
///
/// RFC 8693 section 2.1.
struct AppCodeRequest: Sendable {
    /// What a subject token may be.
    enum SubjectTokenType: String, Sendable, CaseIterable {
        /// What `wx.login` gave.
        case miniProgramCode = "urn:wxidp:params:oauth:token-type:miniprogram-code"
        /// What WeChat's SDK gave a mobile app.
        case mobileCode = "urn:wxidp:params:oauth:token-type:mobile-code"

        var connectionKind: Connection.Kind {
            switch self {
            case .miniProgramCode: .miniProgram
            case .mobileCode: .mobileApp
            }
        }
    }

    /// What is issued, whatever else comes along (RFC 8693 section 3).
    static let issuedTokenType = "urn:ietf:params:oauth:token-type:access_token"
    private static let longestNonce = 2048

    let code: AuthorizationCode
    let connection: Connection
    let scopes: [String]
    let resources: [String]
    /// Comes back in the ID token.
    let nonce: String?

    /// - Throws: `OAuthError` for whatever can't be granted; nobody has been asked then.
    init(_ request: TokenRequest) throws {
        let (form, application) = (request.form, request.application)
        guard application.isFirstParty else {
            throw OAuthError(.unauthorizedClient, "people can't be asked for consent here, so only first parties")
        }
        guard try form.optional("actor_token") == nil, try form.optional("actor_token_type") == nil else {
            throw OAuthError(.invalidRequest, "actor_token is not supported")
        }
        guard try form.optional("requested_token_type") ?? Self.issuedTokenType == Self.issuedTokenType else {
            throw OAuthError(.invalidRequest, "only an access token can be requested")
        }
        guard form.all("audience").isEmpty else {
            throw OAuthError(.invalidTarget, "name the target by resource, not by audience")
        }
        let code = try form.require("subject_token")
        guard let type = SubjectTokenType(rawValue: try form.require("subject_token_type")) else {
            throw OAuthError(.invalidRequest, "this subject_token_type is not supported")
        }
        connection = try Self.connection(
            type.connectionKind, named: try form.optional("connection"), of: application, in: request.pool)
        let asked = Set((try form.optional("scope") ?? "").split(separator: " ").map(String.init))
        scopes = UserClaims.scopes.filter(asked.contains)
        resources = try request.requestedResources()
        nonce = try form.optional("nonce")
        guard nonce?.utf8.count ?? 0 <= Self.longestNonce else {
            throw OAuthError(.invalidRequest, "nonce is too long")
        }
        self.code = AuthorizationCode(code)
    }

    /// The app whose code it is: one that the application lists by itself, since here absent never means all.
    private static func connection(
        _ kind: Connection.Kind, named name: String?, of application: Application, in pool: Pool
    ) throws(OAuthError) -> Connection {
        let listed = (application.connections ?? []).compactMap(pool.connection).filter { $0.kind == kind }
        guard !listed.isEmpty else {
            throw OAuthError(.unauthorizedClient, "this client lists no connection of that kind")
        }
        guard let name else {
            guard listed.count == 1 else {
                throw OAuthError(.invalidRequest, "connection is missing, as this client lists several")
            }
            return listed[0]
        }
        guard let connection = listed.first(where: { $0.id.rawValue == name }) else {
            throw OAuthError(.invalidRequest, "connection is not one of that kind which this client lists")
        }
        return connection
    }
}
