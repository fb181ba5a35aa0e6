/// What an application asks the end-session endpoint for, judged.
///
/// OpenID Connect RP-Initiated Logout sections 2 and 3.
struct LogoutRequest: Sendable {
    /// The parameters that mean something here; `logout_hint` is taken and not needed, as one person is signed in at most.
    static let parameters = [
        "id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales",
    ]
    /// Longest `state` that is carried through.
    private static let longestState = 2048

    /// Who asks, as far as it is known.
    private(set) var application: Application?
    /// An ID token of ours that came along.
    private(set) var hint: LogoutHint?
    /// The registered address that the browser goes to afterwards, byte for byte.
    private(set) var redirectURI: String?
    private(set) var state: String?
    private(set) var language: Language?
    /// What is wrong with it; then there is neither hint nor address, so nothing ends unasked and nobody is redirected.
    private(set) var problem: String?

    /// - Throws: `Parameters.Failure` when a parameter is repeated.
    init(_ parameters: Parameters, pool: Pool, issuer: TokenIssuer) throws(Parameters.Failure) {
        for name in Self.parameters { _ = try parameters[name] }
        language = try parameters["ui_locales"].flatMap { Language(list: $0) }
        let state = try parameters["state"]
        let uri = try parameters["post_logout_redirect_uri"]
        problem = judge(
            hint: try parameters["id_token_hint"], clientID: try parameters["client_id"], pool: pool, issuer: issuer)
        if problem == nil { problem = judge(redirectURI: uri, state: state) }
        if problem != nil { hint = nil }
    }

    private mutating func judge(hint token: String?, clientID: String?, pool: Pool, issuer: TokenIssuer) -> String? {
        if let token {
            guard let hint = LogoutHint(token, pool: pool, issuer: issuer) else { return "id_token_hint is not ours" }
            self.hint = hint
            application = hint.application
        }
        guard let clientID else { return nil }
        guard let named = ClientID(rawValue: clientID).flatMap(pool.application) else { return "unknown client_id" }
        guard application == nil || application?.id == named.id else { return "client_id is not that of id_token_hint" }
        application = named
        return nil
    }

    private mutating func judge(redirectURI uri: String?, state: String?) -> String? {
        // Without a client nothing proves the address; the person is signed out and stays here.
        guard let uri, let application else { return nil }
        guard application.postLogoutRedirectURIs.contains(where: { $0.utf8.elementsEqual(uri.utf8) }) else {
            return "post_logout_redirect_uri of \(application.id) is not registered"
        }
        guard state?.utf8.count ?? 0 <= Self.longestState else { return "state is too long" }
        redirectURI = uri
        self.state = state
        return nil
    }

    /// Where the browser goes once nobody is signed in; nil means our own page.
    var location: String? {
        guard let redirectURI else { return nil }
        guard let state else { return redirectURI }
        return redirectURI + (redirectURI.contains("?") ? "&" : "?") + PercentEncoding.query([("state", state)])
    }
}
