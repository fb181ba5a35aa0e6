/// Reads `compatibility:`.
///
/// After everything else of the pool, since a contract is on by default where the pool has a connection for it, and the
/// environment may bring one.
extension PoolParser {
    func compatibility(_ node: ConfigurationNode?, of pool: Pool) -> Compatibility {
        let members = node?.members(allowed: ["wx_login", "verify", "code_login", "authing"]) ?? [:]
        let compatibility = Compatibility(
            wxLogin: wxLogin(members["wx_login"], of: pool), verify: verify(members["verify"], of: pool),
            codeLogin: members["code_login"].flatMap { codeLogin($0, of: pool) },
            authing: members["authing"].flatMap { authing($0, of: pool) })
        if let node { checkPaths(compatibility, of: pool, node: node) }
        return compatibility
    }

    private static let common: Set<String> = ["enabled", "path", "connections", "application"]

    private func wxLogin(_ node: ConfigurationNode?, of pool: Pool) -> WxLoginContract? {
        let keys = Self.common.union(["token_lifetime", "auth_sig", "sig_valid_secs"])
        let part = ContractPart(node, keys: keys, kind: .miniProgram, of: pool)
        guard part.isEnabled(byDefault: true) else { return nil }
        var contract = WxLoginContract(connections: part.connections, application: part.application)
        contract.path = part.path ?? contract.path
        contract.tokenLifetime = part.members["token_lifetime"]?.duration() ?? contract.tokenLifetime
        contract.requiresSignature = part.members["auth_sig"]?.boolean() ?? contract.requiresSignature
        contract.signatureLifetime = part.members["sig_valid_secs"]?.duration() ?? contract.signatureLifetime
        return contract
    }

    private func verify(_ node: ConfigurationNode?, of pool: Pool) -> VerifyContract? {
        let part = ContractPart(node, keys: Self.common.union(["token_lifetime"]), kind: .miniProgram, of: pool)
        guard part.isEnabled(byDefault: true) else { return nil }
        var contract = VerifyContract(connections: part.connections, application: part.application)
        contract.path = part.path ?? contract.path
        contract.tokenLifetime = part.members["token_lifetime"]?.duration() ?? contract.tokenLifetime
        return contract
    }

    private func codeLogin(_ node: ConfigurationNode, of pool: Pool) -> CodeLoginContract? {
        let part = ContractPart(node, keys: Self.common, kind: .mobileApp, of: pool)
        guard part.isEnabled(byDefault: false) else { return nil }
        guard let id = part.application ?? pool.defaultApplication, let application = pool.application(id) else {
            if part.members["application"] == nil {
                node.problem("`application` is missing", remedy: "name the client_id that tokens are issued for")
            }
            return nil
        }
        guard !application.authentication.isPublic else {
            (part.members["application"] ?? node).problem(
                "`\(id)` is a public client, but this contract needs one that authenticates",
                remedy: "name an application with a client_secret or jwks")
            return nil
        }
        var contract = CodeLoginContract(connections: part.connections, application: id)
        contract.path = part.path ?? contract.path
        return contract
    }

    private func authing(_ node: ConfigurationNode, of pool: Pool) -> AuthingContract? {
        let part = ContractPart(node, keys: Self.common, kind: nil, of: pool)
        guard part.isEnabled(byDefault: false) else { return nil }
        return AuthingContract(connections: part.connections, application: part.application)
    }

    /// No two contracts of a pool at one address, and none where a domain proof is served.
    private func checkPaths(_ compatibility: Compatibility, of pool: Pool, node: ConfigurationNode) {
        let paths =
            (compatibility.wxLogin.map { [$0.path, $0.path.child("verify"), $0.path.child("logout")] } ?? [])
            + (compatibility.verify.map { [$0.path, $0.profilePath] } ?? [])
            + (compatibility.codeLogin.map { [$0.path] } ?? [])
        let proofs = Set(pool.connections.compactMap(\.domainProof).map { "/\($0.fileName)" })
        for (path, group) in Dictionary(grouping: paths, by: \.self) {
            if group.count > 1 {
                node.problem("two contracts would answer at the same address", remedy: "give each a `path` of its own")
            }
            if proofs.contains(path.rawValue) {
                node.problem(
                    "a contract would answer where a domain proof is served", remedy: "give it another `path`")
            }
        }
    }
}

/// What the contracts have in common.
private struct ContractPart {
    let members: [String: ConfigurationNode]
    let path: ContractPath?
    let connections: [ConnectionID]
    let application: ClientID?

    /// - Parameter kind: the connections it is about; nil for those of every kind, with fixed paths.
    init(_ node: ConfigurationNode?, keys: Set<String>, kind: Connection.Kind?, of pool: Pool) {
        members = node?.members(allowed: keys) ?? [:]
        path = members["path"].flatMap { kind == nil ? Self.noPath($0) : Self.path($0) }
        let usable = pool.connections.filter { kind == nil || $0.kind == kind }
        connections = members["connections"].map { Self.connections($0, among: usable, kind) } ?? usable.map(\.id)
        application = members["application"].flatMap { node in
            guard let text = node.text() else { return nil }
            guard let application = pool.applications.first(where: { $0.id.rawValue == text }) else {
                node.refuse("is not an application of this pool", remedy: "name one of its client_id values")
                return nil
            }
            return application.id
        }
    }

    /// As the file says; else by default, where there is a connection for it.
    func isEnabled(byDefault fallback: Bool) -> Bool {
        members["enabled"]?.boolean() ?? (fallback && !connections.isEmpty)
    }

    private static func path(_ node: ConfigurationNode) -> ContractPath? {
        guard let text = node.text() else { return nil }
        guard let path = ContractPath(rawValue: text) else {
            node.refuse(
                "can't be a contract's path",
                remedy: "write a path such as /login, and none of the provider's own such as /oidc or /api/v1")
            return nil
        }
        return path
    }

    private static func noPath(_ node: ConfigurationNode) -> ContractPath? {
        if let text = node.text(), text != "/" {
            node.refuse("can't be chosen: Authing's SDKs fix the addresses", remedy: "write / or remove the line")
        }
        return nil
    }

    private static func connections(
        _ node: ConfigurationNode, among usable: [Connection], _ kind: Connection.Kind?
    ) -> [ConnectionID] {
        node.elements().compactMap { element in
            guard let text = element.text() else { return nil }
            guard let connection = usable.first(where: { $0.id.rawValue == text }) else {
                element.refuse(
                    "is not a connection\(kind.map { " of kind \($0.rawValue)" } ?? "") of this pool",
                    remedy: usable.isEmpty
                        ? "add one to the pool first"
                        : "name one of their identifiers")
                return nil
            }
            return connection.id
        }
    }
}
