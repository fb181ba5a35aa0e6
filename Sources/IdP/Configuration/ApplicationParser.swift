/// Reads one application. The keys are those of OpenID Connect Dynamic Client Registration, and our own token settings.
extension PoolParser {
    private static let metadataWithoutEffect = [
        "client_uri", "logo_uri", "policy_uri", "tos_uri", "contacts", "scope", "initiate_login_uri", "jwks",
        "jwks_uri",
        "software_id", "software_version", "require_auth_time", "default_acr_values", "backchannel_logout_uri",
        "backchannel_logout_session_required", "post_logout_redirect_uris",
    ]

    /// Keys whose only supported value here is the default; another value must not be ignored in silence.
    private static let fixedValues = [
        "subject_type": "public", "id_token_signed_response_alg": "RS256", "access_token_format": "jwt",
        "access_token_signed_response_alg": "RS256", "profile": "basic",
    ]

    /// - Parameter connections: the identifiers of the pool's connections, as written.
    func application(_ node: ConfigurationNode, among connections: Set<String>) -> Application? {
        let members = node.members(
            allowed: Set(Self.metadataWithoutEffect).union(Self.fixedValues.keys).union([
                "client_id", "client_secret", "client_name", "token_endpoint_auth_method", "redirect_uris",
                "connections",
                "grant_types", "response_types", "application_type", "first_party", "id_token_lifetime",
                "access_token_lifetime", "refresh_token_lifetime", "refresh_token_reuse_grace",
                "userinfo_accepts_id_token", "default_max_age",
            ]))
        noteWithoutEffect(Self.metadataWithoutEffect, in: members)
        for (key, only) in Self.fixedValues {
            guard let member = members[key], let value = member.text(), value != only else { continue }
            member.refuse("is not supported by this version", remedy: "write \(only) or remove the line")
        }
        if let types = members["response_types"], types.texts() != ["code"] {
            types.problem("only the code flow is supported", remedy: "write [code] or remove the line")
        }
        guard let idText = required("client_id", in: members, of: node) else { return nil }
        guard let id = ClientID(rawValue: idText) else {
            return refuse(
                members["client_id"], "can't be a client_id",
                "use up to 128 letters, digits and -_.~")
        }
        let grantTypes = members["grant_types"]?.elements().compactMap { $0.choice(Application.GrantType.self) }
        let kind = members["application_type"]?.choice(Application.Kind.self) ?? .web
        return Application(
            id: id,
            name: members["client_name"]?.text() ?? idText,
            authentication: authentication(members),
            redirectURIs: redirectURIs(members["redirect_uris"], kind: kind),
            postLogoutRedirectURIs: redirectURIs(members["post_logout_redirect_uris"], kind: kind),
            connections: members["connections"].map { listed($0, among: connections) },
            grantTypes: grantTypes.map(Set.init) ?? [.authorizationCode, .refreshToken],
            kind: kind,
            isFirstParty: members["first_party"]?.boolean() ?? true,
            idTokenLifetime: members["id_token_lifetime"]?.duration() ?? .seconds(3600),
            accessTokenLifetime: members["access_token_lifetime"]?.duration() ?? .seconds(3600),
            refreshTokenLifetime: members["refresh_token_lifetime"]?.duration() ?? .seconds(30 * 86_400),
            refreshTokenReuseGrace: members["refresh_token_reuse_grace"]?.duration(allowsZero: true) ?? .seconds(10),
            userInfoAcceptsIDToken: members["userinfo_accepts_id_token"]?.boolean() ?? true,
            defaultMaxAge: members["default_max_age"]?.duration(allowsZero: true)
        )
    }

    private func authentication(_ members: [String: ConfigurationNode]) -> Application.Authentication {
        let method = members["token_endpoint_auth_method"]?.text()
        // A secret that is named but can't be read has its own problem; it must not turn the client public as well.
        guard let secretNode = members["client_secret"] else {
            if let method, method != "none" {
                members["token_endpoint_auth_method"]?.refuse(
                    "needs a client_secret", remedy: "add client_secret: ${NAME}, or write none")
            }
            return .none
        }
        let secret = Secret(secretNode.text() ?? "")
        switch method {
        case nil, "client_secret_basic":
            return .clientSecretBasic(secret)
        case "client_secret_post":
            return .clientSecretPost(secret)
        case "none":
            secretNode.problem("a public client has no secret", remedy: "remove client_secret or the method `none`")
            return .none
        case .some:
            members["token_endpoint_auth_method"]?.refuse(
                "is not supported by this version",
                remedy: "write client_secret_basic, client_secret_post or none")
            return .none
        }
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
