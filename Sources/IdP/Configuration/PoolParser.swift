import Foundation
import WeChat

/// Reads pools, connections and applications.
///
/// Gathers on the way which known keys this version does not act on.
final class PoolParser {
    let problems: ConfigurationProblems
    let allowsPlainHTTP: Bool
    private(set) var keysWithoutEffect: [String] = []
    private var compatibilityNodes: [PoolID: ConfigurationNode] = [:]

    init(problems: ConfigurationProblems, allowsPlainHTTP: Bool) {
        self.problems = problems
        self.allowsPlainHTTP = allowsPlainHTTP
    }

    func pools(_ node: ConfigurationNode) -> [Pool] {
        let elements = node.elements()
        if elements.isEmpty {
            node.problem("no pool", remedy: "add one with an id, connections and applications")
        }
        return elements.compactMap(pool)
    }

    private func pool(_ node: ConfigurationNode) -> Pool? {
        let members = node.members(
            allowed: [
                "id", "name", "connections", "applications", "default_application", "session_lifetime", "key_rotation",
                "link_by_phone", "compatibility",
            ])
        guard let idText = required("id", in: members, of: node) else { return nil }
        guard let id = PoolID(rawValue: idText) else {
            return refuse(members["id"], "can't name a pool", "use up to 32 of a-z, 0-9 and -")
        }
        let connectionNodes = members["connections"]?.elements() ?? []
        // The names as written, so that a connection with a problem of its own is not reported missing as well.
        let names = Set(connectionNodes.compactMap { $0.glance("identifier") })
        let apps = Set(
            connectionNodes.filter { ["mini_program", "mobile_app"].contains($0.glance("kind")) }
                .compactMap { $0.glance("identifier") })
        let applications =
            members["applications"]?.elements().compactMap { application($0, among: names, apps: apps) } ?? []
        compatibilityNodes[id] = members["compatibility"]
        return Pool(
            id: id,
            name: members["name"]?.text() ?? idText,
            connections: connections(connectionNodes),
            applications: applications,
            defaultApplication: members["default_application"].flatMap { defaultApplication($0, among: applications) }
                ?? (applications.count == 1 ? applications.first?.id : nil),
            sessionLifetime: members["session_lifetime"]?.duration() ?? .seconds(86_400),
            keyRotation: members["key_rotation"].flatMap(keyRotation) ?? Pool.defaultKeyRotation,
            linksByPhone: members["link_by_phone"]?.boolean() ?? false
        )
    }

    private func keyRotation(_ node: ConfigurationNode) -> Duration? {
        guard let rotation = node.duration() else { return nil }
        guard rotation >= KeyPolicy.publication else {
            node.problem(
                "is shorter than the time a key is published before it signs", remedy: "write 24h or more, such as 30d")
            return nil
        }
        return rotation
    }

    private func defaultApplication(_ node: ConfigurationNode, among applications: [Application]) -> ClientID? {
        guard let text = node.text() else { return nil }
        guard let application = applications.first(where: { $0.id.rawValue == text }) else {
            node.refuse("is not an application of this pool", remedy: "name one of its client_id values")
            return nil
        }
        return application.id
    }

    // MARK: Connections

    private func connections(_ nodes: [ConfigurationNode]) -> [Connection] {
        var connections: [ConnectionID: Connection] = [:]
        return nodes.compactMap { node in
            guard let connection = connection(node) else { return nil }
            guard connections.updateValue(connection, forKey: connection.id) == nil else {
                node.problem(
                    "a second connection named `\(connection.id)`", remedy: "give each its own identifier")
                return nil
            }
            return connection
        }
    }

    private func connection(_ node: ConfigurationNode) -> Connection? {
        let members = node.members(
            allowed: [
                "identifier", "kind", "app_id", "app_secret", "open_platform", "callback_url", "txt_filename",
                "txt_content", "scope", "message_token", "encoding_aes_key", "legacy_query_response",
            ])
        let identifier = required("identifier", in: members, of: node).flatMap { text in
            ConnectionID(rawValue: text)
                ?? refuse(
                    members["identifier"], "can't name a connection",
                    "use letters, digits and -_.:")
        }
        let appID = required("app_id", in: members, of: node)
        let appSecret = required("app_secret", in: members, of: node)
        let kind = members["kind"]?.choice(Connection.Kind.self)
        if members["kind"] == nil {
            node.problem("`kind` is missing", remedy: "write kind: official_account")
        }
        if let appID, !appID.utf8.allSatisfy(\.isAlphanumeric) || appID.utf8.count > 64 {
            members["app_id"]?.refuse(
                "is not an AppID",
                remedy: "copy it from WeChat's console: wx and 16 characters")
        }
        guard let identifier, let appID, let appSecret, let kind else { return nil }
        return Connection(
            id: identifier, kind: kind, appID: AppID(rawValue: appID), appSecret: AppSecret(appSecret),
            openPlatform: members["open_platform"]?.text(),
            callbackURL: callback(members["callback_url"], kind: kind, of: node),
            domainProof: domainProof(members),
            scope: members["scope"]?.choice(Connection.Scope.self) ?? .auto,
            legacyQueryResponse: members["legacy_query_response"]?.boolean() ?? false,
            messages: messages(members)
        )
    }

    private func callback(_ node: ConfigurationNode?, kind: Connection.Kind, of parent: ConfigurationNode)
        -> CallbackURL
    {
        guard let node else {
            if kind == .officialAccount || kind == .website {
                parent.problem(
                    "`callback_url` is missing",
                    remedy: "write the address of your page, or \"#\" when each application's redirect_uris decide")
            }
            return .applicationDecides
        }
        guard let text = node.text() else { return .applicationDecides }
        guard let callback = CallbackURL(text) else {
            node.refuse(
                "is not a callback address",
                remedy:
                    "write an absolute address, `#`, or a pattern whose `*` stands for whole host labels: https://*.example.com/*"
            )
            return .applicationDecides
        }
        let plain = text.replacingOccurrences(of: "*", with: "x")
        if callback != .applicationDecides, let url = HTTPURL(plain), url.scheme == .http, !url.isLoopback,
            !allowsPlainHTTP
        {
            node.refuse(
                "is not protected by TLS",
                remedy: "use https, or set allow_http: true for a test network")
        }
        return callback
    }

    private func domainProof(_ members: [String: ConfigurationNode]) -> DomainProof? {
        switch (members["txt_filename"], members["txt_content"]) {
        case (nil, nil):
            return nil
        case (let name?, let content?):
            guard let fileName = name.text(), let text = content.text() else { return nil }
            guard DomainProof.isFileName(fileName) else {
                return refuse(
                    name, "can't be served", "write the name WeChat's console shows: MP_verify_….txt")
            }
            guard DomainProof.isContent(text) else {
                return refuse(
                    content, "is not a proof text", "paste the file's content: up to 128 letters, digits, - and _")
            }
            return DomainProof(fileName: fileName, content: text)
        case (let present?, nil), (nil, let present?):
            present.problem("txt_filename and txt_content belong together", remedy: "write both or none")
            return nil
        }
    }

    private func messages(_ members: [String: ConfigurationNode]) -> MessageSettings? {
        guard let tokenNode = members["message_token"] else {
            members["encoding_aes_key"]?.problem(
                "encoding_aes_key without message_token", remedy: "copy both from WeChat's console: 消息推送, 服务器配置")
            return nil
        }
        guard let token = tokenNode.text() else { return nil }
        guard (3...32).contains(token.utf8.count), token.utf8.allSatisfy(\.isAlphanumeric) else {
            return refuse(tokenNode, "is not a Token", "write the 3 to 32 letters and digits that WeChat's console has")
        }
        guard let keyNode = members["encoding_aes_key"] else {
            return MessageSettings(token: Secret(token), encodingKey: nil)
        }
        guard let key = keyNode.text() else { return nil }
        guard let encodingKey = MessageKey(key) else {
            return refuse(
                keyNode, "is not an EncodingAESKey", "copy the 43 letters and digits that WeChat's console shows")
        }
        return MessageSettings(token: Secret(token), encodingKey: encodingKey)
    }

    /// Adds `WX_APP_<AppID>=<AppSecret>` as mini programs of the default pool.
    func addMiniProgramsFromEnvironment(to pools: inout [Pool]) {
        let variables = problems.environment.filter { $0.key.hasPrefix("WX_APP_") }.sorted { $0.key < $1.key }
        let index = pools.firstIndex { $0.id == .default }
        for (name, secret) in variables {
            guard let index else {
                problems.add(
                    line: nil, key: name, "there is no pool `default` to hold this app",
                    remedy: "name a pool `default`, or remove the variable")
                continue
            }
            let appID = String(name.dropFirst("WX_APP_".count))
            guard let identifier = ConnectionID(rawValue: appID), !secret.isEmpty else {
                problems.add(line: nil, key: name, "not an app", remedy: "write WX_APP_<AppID>=<AppSecret>")
                continue
            }
            guard !pools[index].connections.contains(where: { $0.id == identifier }) else {
                problems.add(
                    line: nil, key: name, "the file has a connection `\(appID)` already", remedy: "keep one of the two")
                continue
            }
            pools[index].connections.append(
                Connection(
                    id: identifier, kind: .miniProgram, appID: AppID(rawValue: appID), appSecret: AppSecret(secret),
                    openPlatform: nil, callbackURL: .applicationDecides, domainProof: nil, scope: .auto,
                    legacyQueryResponse: false))
        }
    }

    /// Reads the contracts of each pool, whose connections are complete now.
    func addCompatibility(to pools: inout [Pool]) {
        for index in pools.indices {
            pools[index].compatibility = compatibility(compatibilityNodes[pools[index].id], of: pools[index])
        }
    }

    // MARK: Across pools

    func checkAcrossPools(_ pools: [Pool], node: ConfigurationNode) {
        for (id, group) in Dictionary(grouping: pools, by: \.id) where group.count > 1 {
            node.problem("two pools are named `\(id)`", remedy: "give each its own id")
        }
        for (id, group) in Dictionary(grouping: pools.flatMap(\.applications), by: \.id) where group.count > 1 {
            node.problem("client_id `\(id)` stands twice", remedy: "a client_id is unique over all pools")
        }
        let proofs = Set(pools.flatMap(\.connections).compactMap(\.domainProof))
        for (name, group) in Dictionary(grouping: proofs, by: \.fileName) where group.count > 1 {
            node.problem(
                "two connections claim the proof file `\(name)` with different contents",
                remedy: "keep the one that WeChat's console shows for this account")
        }
    }

    // MARK: Helpers

    func noteWithoutEffect(_ keys: [String], in members: [String: ConfigurationNode]) {
        for key in keys {
            if let member = members[key] { keysWithoutEffect.append(member.path) }
        }
    }

    func required(_ key: String, in members: [String: ConfigurationNode], of node: ConfigurationNode) -> String? {
        guard let member = members[key] else {
            node.problem("`\(key)` is missing", remedy: "add it")
            return nil
        }
        return member.text()
    }

    func refuse<Value>(_ node: ConfigurationNode?, _ predicate: String, _ remedy: String) -> Value? {
        node?.refuse(predicate, remedy: remedy)
        return nil
    }
}
