import JWT

/// Reads one application. The keys are those of OpenID Connect Dynamic Client Registration, and our own token settings.
extension PoolParser {
    private static let metadataWithoutEffect = [
        "client_uri", "logo_uri", "policy_uri", "tos_uri", "contacts", "initiate_login_uri", "software_id",
        "software_version", "default_acr_values",
    ]

    private static let effective = [
        "client_id", "client_secret", "client_name", "token_endpoint_auth_method", "jwks", "jwks_uri", "redirect_uris",
        "post_logout_redirect_uris", "backchannel_logout_uri", "backchannel_logout_session_required", "connections",
        "grant_types", "response_types", "scope", "application_type", "first_party", "subject_type",
        "sector_identifier_uri", "id_token_signed_response_alg", "userinfo_signed_response_alg", "access_token_format",
        "access_token_signed_response_alg", "id_token_lifetime", "access_token_lifetime", "refresh_token_lifetime",
        "refresh_token_reuse_grace", "userinfo_accepts_id_token", "default_max_age", "require_auth_time", "profile",
    ]

    /// - Parameters:
    ///   - connections: the identifiers of the pool's connections, as written.
    ///   - apps: those of mini programs and mobile apps.
    func application(_ node: ConfigurationNode, among connections: Set<String>, apps: Set<String>) -> Application? {
        let members = node.members(allowed: Set(Self.metadataWithoutEffect).union(Self.effective))
        noteWithoutEffect(Self.metadataWithoutEffect, in: members)
        if let profile = members["profile"], let value = profile.text(), value != "basic" {
            profile.refuse("is not supported by this version", remedy: "write basic or remove the line")
        }
        if let types = members["response_types"], types.texts() != ["code"] {
            types.problem("only the code flow is supported", remedy: "write [code] or remove the line")
        }
        // Both are always so: `auth_time` stands in every ID token, `sid` in every logout token.
        _ = members["require_auth_time"]?.boolean()
        _ = members["backchannel_logout_session_required"]?.boolean()
        guard let idText = required("client_id", in: members, of: node) else { return nil }
        guard let id = ClientID(rawValue: idText) else {
            return refuse(
                members["client_id"], "can't be a client_id",
                "use up to 128 letters, digits and -_.~")
        }
        let grantTypes = members["grant_types"]?.elements().compactMap { $0.choice(Application.GrantType.self) }
        let kind = members["application_type"]?.choice(Application.Kind.self) ?? .web
        let redirectURIs = redirectURIs(members["redirect_uris"], kind: kind)
        let application = Application(
            id: id,
            name: members["client_name"]?.text() ?? idText,
            authentication: authentication(members),
            redirectURIs: redirectURIs,
            postLogoutRedirectURIs: self.redirectURIs(members["post_logout_redirect_uris"], kind: kind),
            connections: members["connections"].map { listed($0, among: connections) },
            grantTypes: grantTypes.map(Set.init) ?? [.authorizationCode, .refreshToken],
            kind: kind,
            isFirstParty: members["first_party"]?.boolean() ?? true,
            idTokenLifetime: members["id_token_lifetime"]?.duration() ?? .seconds(3600),
            accessTokenLifetime: members["access_token_lifetime"]?.duration() ?? .seconds(3600),
            refreshTokenLifetime: members["refresh_token_lifetime"]?.duration() ?? .seconds(30 * 86_400),
            refreshTokenReuseGrace: members["refresh_token_reuse_grace"]?.duration(allowsZero: true) ?? .seconds(10),
            userInfoAcceptsIDToken: members["userinfo_accepts_id_token"]?.boolean() ?? true,
            defaultMaxAge: members["default_max_age"]?.duration(allowsZero: true),
            idTokenAlgorithm: algorithm("id_token_signed_response_alg", in: members) ?? .rs256,
            userInfoAlgorithm: algorithm("userinfo_signed_response_alg", in: members),
            accessTokenFormat: members["access_token_format"]?.choice(Application.AccessTokenFormat.self) ?? .jwt,
            accessTokenAlgorithm: algorithm("access_token_signed_response_alg", in: members) ?? .rs256,
            subjectType: members["subject_type"]?.choice(Application.SubjectType.self) ?? .public,
            sector: sector(members, redirectURIs: redirectURIs) ?? "",
            ownScopes: members["scope"]?.text()?.split(separator: " ").map(String.init) ?? [],
            backChannelLogoutURI: members["backchannel_logout_uri"].flatMap(httpAddress))
        if application.grantTypes.contains(.clientCredentials), application.authentication.isPublic {
            members["grant_types"]?.problem(
                "client_credentials needs a client that can authenticate",
                remedy: "add client_secret, or jwks with token_endpoint_auth_method: private_key_jwt")
        }
        checkTokenExchange(application, members, apps: apps)
        return application
    }

    /// Codes of a mini program or of a mobile app belong to the applications that list it, and to no others.
    private func checkTokenExchange(
        _ application: Application, _ members: [String: ConfigurationNode], apps: Set<String>
    ) {
        guard application.grantTypes.contains(.tokenExchange) else { return }
        if !application.isFirstParty {
            members["grant_types"]?.problem(
                "token exchange is for the operator's own applications, as nobody can be asked for consent there",
                remedy: "remove it, or first_party: false")
        }
        if !(application.connections ?? []).contains(where: { apps.contains($0.rawValue) }) {
            members["grant_types"]?.problem(
                "token exchange needs to know whose codes it takes",
                remedy: "list a mini_program or mobile_app connection in this application's connections")
        }
    }

    private func algorithm(_ key: String, in members: [String: ConfigurationNode]) -> SignatureAlgorithm? {
        members[key]?.choice(SignatureAlgorithm.self)
    }

    /// The host that pairwise subjects are made for: that of `sector_identifier_uri`, else the only one of the redirect
    /// URIs.
    ///
    /// OpenID Connect Core section 8.1. The document at `sector_identifier_uri` is not fetched: the operator, not a
    /// stranger, registers applications here.
    private func sector(_ members: [String: ConfigurationNode], redirectURIs: [String]) -> String? {
        if let node = members["sector_identifier_uri"] {
            return httpAddress(node).flatMap { HTTPURL($0)?.host }
        }
        let hosts = Set(redirectURIs.compactMap { HTTPURL($0)?.host })
        if members["subject_type"]?.choice(Application.SubjectType.self) == .pairwise, hosts.count != 1 {
            members["subject_type"]?.problem(
                "pairwise subjects need one host", remedy: "use one host in redirect_uris, or add sector_identifier_uri"
            )
        }
        return hosts.count == 1 ? hosts.first : nil
    }

    func httpAddress(_ node: ConfigurationNode) -> String? {
        guard let text = node.text() else { return nil }
        guard let url = HTTPURL(text), url.fragment == nil else {
            return refuse(node, "is not an address", "write an absolute https address without a fragment")
        }
        guard url.scheme == .https || url.isLoopback || allowsPlainHTTP else {
            return refuse(node, "is not protected by TLS", "use https, or set allow_http: true for a test network")
        }
        return text
    }

    private func listed(_ node: ConfigurationNode, among connections: Set<String>) -> [ConnectionID] {
        var listed: [ConnectionID] = []
        for element in node.elements() {
            guard let text = element.text() else { continue }
            guard connections.contains(text), let identifier = ConnectionID(rawValue: text) else {
                element.refuse("is not a connection of this pool", remedy: "correct the name or add the connection")
                continue
            }
            guard !listed.contains(identifier) else {
                element.refuse("stands twice", remedy: "keep one of them")
                continue
            }
            listed.append(identifier)
        }
        return listed
    }

    private func redirectURIs(_ node: ConfigurationNode?, kind: Application.Kind) -> [String] {
        guard let node else { return [] }
        return node.elements().compactMap { element in
            guard let text = element.text() else { return nil }
            if let problem = RedirectURI.problem(with: text, kind: kind, allowsPlainHTTP: allowsPlainHTTP) {
                return refuse(element, problem.predicate, problem.remedy)
            }
            return text
        }
    }
}
