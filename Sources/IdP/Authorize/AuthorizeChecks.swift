import JWT

/// An authorization request on its way from parameters to a ``SignInRequest``: the checks, read top to bottom.
///
/// Up to the redirect URI a failure is a page, because nobody may be sent to an address that is not proven. From there on
/// it is a redirect with the RFC's error and the request's `state`. RFC 6749 section 4.1.2.1.
struct AuthorizeChecks {
    static let door = SignInRequest.Door(rawValue: "authorize")
    /// Longest `state` and `nonce` that are carried through.
    static let longestValue = 2048

    let pool: Pool
    let tokens: TokenIssuer
    let parameters: Parameters

    func run() throws(AuthorizeFailure) -> SignInRequest {
        let application = try client()
        let target = try self.target(application)
        try grant(application, target)
        try unsupported(target)
        try responseType(target)
        let scopes = try self.scopes(target)
        let challenge = try codeChallenge(application, target)
        let prompts = try self.prompts(target)
        let maxAge = try self.maxAge(application, target)
        let nonce = try value("nonce", target)
        try length(nonce, target)
        // It stands in the ID token, where each would be written as six characters.
        guard nonce?.unicodeScalars.allSatisfy({ $0.value >= 0x20 }) ?? true else {
            throw .redirect(OAuthError(.invalidRequest, "nonce holds control characters"), to: target)
        }
        try single(["display", "login_hint", "claims_locales", "acr_values"], target)
        let locales = try value("ui_locales", target)
        let (claims, demands) = try self.claims(target)
        let hinted = try hintedSubject(application, target)
        if let subject = demands.subject, let hinted, subject != hinted {
            throw .redirect(OAuthError(.invalidRequest, "claims and id_token_hint name different people"), to: target)
        }
        let contexts = try essentialContexts(demands, target)
        let resources = try self.resources(target)
        let connection = try self.connection(application, target)
        return SignInRequest(
            door: Self.door, pool: pool.id, clientID: application.id, connection: connection.id,
            redirectURI: target.redirectURI, responseMode: target.responseMode, state: target.state, scopes: scopes,
            nonce: nonce, codeChallenge: challenge, prompts: prompts, maxAge: maxAge,
            language: locales.flatMap { Language(list: $0) }, expectedSubject: hinted ?? demands.subject,
            demandsConfirmation: contexts.map { !$0.contains(.silent) },
            onlyContext: contexts.flatMap { $0.count == 1 ? $0.first : nil }, claims: claims, resources: resources)
    }

    // MARK: Failures by page

    private func client() throws(AuthorizeFailure) -> Application {
        let text: String?
        do { text = try parameters["client_id"] } catch { throw .page(.badRequest, cause: "client_id is repeated") }
        guard let id = text.flatMap({ ClientID(rawValue: $0) }), let application = pool.application(id) else {
            throw .page(.unknownClient, cause: "client_id is missing or unknown")
        }
        return application
    }

    private func target(_ application: Application) throws(AuthorizeFailure) -> AuthorizeTarget {
        let uri: String?
        do { uri = try parameters["redirect_uri"] } catch {
            throw .page(.badRequest, cause: "redirect_uri is repeated")
        }
        guard let uri, application.allows(redirectURI: uri) else {
            throw .page(.redirectNotAllowed, cause: "redirect_uri of \(application.id) is missing or not registered")
        }
        var target = AuthorizeTarget(redirectURI: uri, state: nil, responseMode: .query, issuer: tokens.issuer(pool))
        let state = try value("state", target)
        try length(state, target)
        target.state = state
        guard let mode = try value("response_mode", target) else { return target }
        guard let known = SignInRequest.ResponseMode(rawValue: mode) else {
            throw .redirect(OAuthError(.invalidRequest, "this response_mode is not supported"), to: target)
        }
        target.responseMode = known
        return target
    }

    // MARK: Failures by redirect

    private func grant(_ application: Application, _ target: AuthorizeTarget) throws(AuthorizeFailure) {
        guard application.grantTypes.contains(.authorizationCode) else {
            throw .redirect(OAuthError(.unauthorizedClient, "this client may not use the code flow"), to: target)
        }
    }

    private func unsupported(_ target: AuthorizeTarget) throws(AuthorizeFailure) {
        let errors: [(String, OAuthError.Code)] = [
            ("request", .requestNotSupported), ("request_uri", .requestURINotSupported),
            ("registration", .registrationNotSupported),
        ]
        for (name, code) in errors where try value(name, target) != nil {
            throw .redirect(OAuthError(code, "\(name) is not supported"), to: target)
        }
    }

    private func responseType(_ target: AuthorizeTarget) throws(AuthorizeFailure) {
        switch try value("response_type", target) {
        case "code": return
        case nil: throw .redirect(OAuthError(.invalidRequest, "response_type is missing"), to: target)
        default:
            throw .redirect(OAuthError(.unsupportedResponseType, "only response_type=code is supported"), to: target)
        }
    }

    /// The scopes that mean something here, each once.
    ///
    /// Without `openid` it is plain OAuth: no ID token.
    private func scopes(_ target: AuthorizeTarget) throws(AuthorizeFailure) -> [String] {
        let asked = Set((try value("scope", target) ?? "").split(separator: " ").map(String.init))
        return UserClaims.scopes.filter(asked.contains)
    }

    /// PKCE: taken from all, required of public clients, S256 only.
    ///
    /// RFC 7636, RFC 9700 section 2.1.1.
    private func codeChallenge(
        _ application: Application, _ target: AuthorizeTarget
    ) throws(AuthorizeFailure) -> String? {
        let challenge = try value("code_challenge", target)
        let method = try value("code_challenge_method", target)
        guard let challenge else {
            guard method == nil, !application.authentication.isPublic else {
                throw .redirect(OAuthError(.invalidRequest, "code_challenge is required"), to: target)
            }
            return nil
        }
        // An absent method would mean `plain` (RFC 7636 section 4.3), which proves nothing to who saw the request.
        guard method == "S256" else {
            throw .redirect(OAuthError(.invalidRequest, "code_challenge_method must be S256"), to: target)
        }
        guard PKCE.isChallenge(challenge) else {
            throw .redirect(OAuthError(.invalidRequest, "code_challenge is not a SHA-256 in base64url"), to: target)
        }
        return challenge
    }

    private func prompts(_ target: AuthorizeTarget) throws(AuthorizeFailure) -> Set<SignInRequest.Prompt> {
        var prompts: Set<SignInRequest.Prompt> = []
        for word in (try value("prompt", target) ?? "").split(separator: " ") {
            guard let prompt = SignInRequest.Prompt(rawValue: String(word)) else {
                throw .redirect(OAuthError(.invalidRequest, "unknown prompt"), to: target)
            }
            prompts.insert(prompt)
        }
        guard !prompts.contains(.none) || prompts.count == 1 else {
            throw .redirect(OAuthError(.invalidRequest, "prompt=none stands alone"), to: target)
        }
        return prompts
    }

    private func maxAge(_ application: Application, _ target: AuthorizeTarget) throws(AuthorizeFailure) -> Int? {
        guard let text = try value("max_age", target) else {
            return application.defaultMaxAge.map { Int($0.inSeconds) }
        }
        guard text.utf8.count <= 10, text.utf8.allSatisfy(\.isDigit), let seconds = Int(text) else {
            throw .redirect(OAuthError(.invalidRequest, "max_age must be a number of seconds"), to: target)
        }
        return seconds
    }

    /// The parameter `claims`.
    ///
    /// OpenID Connect Core section 5.5.
    private func claims(
        _ target: AuthorizeTarget
    ) throws(AuthorizeFailure) -> (RequestedClaims, RequestedClaims.Demands) {
        guard let text = try value("claims", target) else { return (RequestedClaims(), .init()) }
        guard text.utf8.count <= Self.longestValue, let parsed = RequestedClaims.parse(text) else {
            throw .redirect(OAuthError(.invalidRequest, "claims is not the object that it must be"), to: target)
        }
        return parsed
    }

    /// The authentication contexts of which one is essential; nil when any will do.
    private func essentialContexts(
        _ demands: RequestedClaims.Demands, _ target: AuthorizeTarget
    ) throws(AuthorizeFailure) -> Set<AuthenticationContext>? {
        guard let names = demands.essentialContexts, !names.isEmpty else { return nil }
        let contexts = Set(names.compactMap(AuthenticationContext.init(rawValue:)))
        guard !contexts.isEmpty else {
            throw .redirect(
                OAuthError(.unmetAuthenticationRequirements, "none of the essential acr values exists here"), to: target
            )
        }
        return contexts
    }

    /// The person an ID token of ours names; only they may be answered for.
    ///
    /// OpenID Connect Core section 3.1.2.1; also an expired token, and one whose key has been retired.
    private func hintedSubject(
        _ application: Application, _ target: AuthorizeTarget
    ) throws(AuthorizeFailure) -> String? {
        guard let hint = try value("id_token_hint", target) else { return nil }
        guard let claims = tokens.hint(hint, pool: pool), claims.audience == [application.id.rawValue],
            let subject = claims.subject
        else {
            throw .redirect(
                OAuthError(.invalidRequest, "id_token_hint is not an ID token of this application"), to: target)
        }
        return subject
    }

    /// RFC 8707 section 2.1.
    private func resources(_ target: AuthorizeTarget) throws(AuthorizeFailure) -> [String] {
        let resources = ResourceIndicator.unique(parameters.all("resource"))
        guard resources.allSatisfy(ResourceIndicator.isValid), resources.count <= ResourceIndicator.limit else {
            throw .redirect(
                OAuthError(.invalidTarget, "resource must be an absolute URI without a fragment"), to: target)
        }
        return resources
    }

    /// Parameters that are accepted and change nothing, but must not be repeated.
    private func single(_ names: [String], _ target: AuthorizeTarget) throws(AuthorizeFailure) {
        for name in names { _ = try value(name, target) }
    }

    /// A WeChat app to sign in through; the browser decides which of them it will be.
    private func connection(_ application: Application, _ target: AuthorizeTarget) throws(AuthorizeFailure)
        -> Connection
    {
        guard let connection = pool.signInConnections(of: application).first else {
            throw .redirect(
                OAuthError(.serverError, "this application has no official account or website app to sign in with"),
                to: target)
        }
        return connection
    }

    private func length(_ value: String?, _ target: AuthorizeTarget) throws(AuthorizeFailure) {
        guard (value?.utf8.count ?? 0) <= Self.longestValue else {
            throw .redirect(OAuthError(.invalidRequest, "state or nonce is too long"), to: target)
        }
    }

    private func value(_ name: String, _ target: AuthorizeTarget) throws(AuthorizeFailure) -> String? {
        do { return try parameters[name] } catch { throw .redirect(OAuthError(error), to: target) }
    }
}
