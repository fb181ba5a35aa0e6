import Foundation
import Logging
import Yams

extension Configuration {
    /// Reads and checks a configuration file.
    ///
    /// - Parameters:
    ///   - path: the file; relative paths inside it are relative to its folder.
    ///   - environment: replaces `${NAME}`, overrides top keys by `WXIDP_<KEY>`, adds apps by `WX_APP_<AppID>`.
    /// - Throws: `ConfigurationError` with every problem found.
    public static func load(path: String, environment: [String: String]) throws(ConfigurationError) -> Configuration {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .single(path, "(file)", "cannot be read", remedy: "name an existing file with --config")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw .single(path, "(file)", "is not UTF-8 text", remedy: "save it as UTF-8")
        }
        let folder = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path
        return try parse(text, file: path, folder: folder, environment: environment)
    }

    /// Reads and checks a configuration text; see ``load(path:environment:)``.
    public static func parse(
        _ text: String, file: String, folder: String, environment: [String: String]
    ) throws(ConfigurationError) -> Configuration {
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw ConfigurationError.single(
                    file, "(file)", "is empty", remedy: "start from the documentation's example")
            }
            root = node
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw .syntax(error, file: file)
        }
        let problems = ConfigurationProblems(file: file, environment: environment)
        let parser = ConfigurationParser(problems: problems, folder: folder)
        let configuration = parser.configuration(ConfigurationNode(node: root, path: "", problems: problems))
        guard problems.list.isEmpty, let configuration else {
            throw ConfigurationError(problems: problems.list)
        }
        return configuration
    }
}

extension ConfigurationError {
    static func single(_ source: String, line: Int? = nil, _ key: String, _ message: String, remedy: String) -> Self {
        Self(problems: [.init(source: source, line: line, key: key, message: message, remedy: remedy)])
    }

    static func syntax(_ error: any Error, file: String) -> Self {
        let remedy = "correct the YAML: indentation with blanks, `key: value`, each key once"
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return single(file, line: mark.line, "(syntax)", problem, remedy: remedy)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let name = duplicates.map { "\($0)" }.first ?? "a key"
            return single(file, line: context.mark.line, name, "stands twice", remedy: "keep one of them")
        default:
            return single(file, line: 1, "(syntax)", "is not valid YAML", remedy: remedy)
        }
    }
}

/// Turns nodes into types; one function a level of the file.
struct ConfigurationParser {
    let problems: ConfigurationProblems
    let folder: String

    private static let topScalars: Set<String> = [
        "public_url", "listen", "ops_listen", "database", "master_key_file", "allow_http", "log_format", "log_level",
    ]

    func configuration(_ node: ConfigurationNode) -> Configuration? {
        var top = node.members(allowed: Self.topScalars.union(["tls", "trusted_proxies", "wechat", "pools"]))
        for key in Self.topScalars {
            let variable = "WXIDP_" + key.uppercased()
            guard let value = problems.environment[variable] else { continue }
            top[key] = ConfigurationNode(node: Node(value), path: variable, problems: problems, isFromEnvironment: true)
        }
        let allowsPlainHTTP = top["allow_http"]?.boolean() ?? false
        let publicAddress = publicURL(top["public_url"], in: node, allowsPlainHTTP: allowsPlainHTTP)
        let context = PoolParser(problems: problems, allowsPlainHTTP: allowsPlainHTTP)
        var pools = top["pools"].map { context.pools($0) } ?? []
        if top["pools"] == nil {
            node.problem(
                "`pools` is missing", remedy: "add a pool with at least an id, a connection and an application")
        }
        context.addMiniProgramsFromEnvironment(to: &pools)
        context.addCompatibility(to: &pools)
        context.checkAcrossPools(pools, node: top["pools"] ?? node)
        let publicListen = listen(top["listen"], default: ListenAddress(host: "127.0.0.1", port: 8080))
        let opsListen = listen(top["ops_listen"], default: ListenAddress(host: "127.0.0.1", port: 8081))
        let level = top["log_level"].flatMap { $0.choice(Logger.Level.self) }
        let database = database(top["database"])
        let masterKeyFile = absolute(top["master_key_file"]?.text() ?? "master.key")
        let logFormat = top["log_format"].flatMap { $0.choice(Configuration.LogFormat.self) }
        let tls = top["tls"].flatMap(tls)
        let trustedProxies = top["trusted_proxies"].map(networks)
        let wechat = wechat(top["wechat"], allowsPlainHTTP: allowsPlainHTTP)
        // Last, so that every other problem has been found.
        guard let publicAddress else { return nil }
        return Configuration(
            publicURL: publicAddress, listen: publicListen, opsListen: opsListen, database: database,
            masterKeyFile: masterKeyFile, logFormat: logFormat ?? .text, logLevel: level ?? .info, tls: tls,
            trustedProxies: trustedProxies ?? [], wechat: wechat, pools: pools,
            keysWithoutEffect: context.keysWithoutEffect)
    }

    private func publicURL(_ node: ConfigurationNode?, in top: ConfigurationNode, allowsPlainHTTP: Bool) -> HTTPURL? {
        guard let node else {
            top.problem(
                "`public_url` is missing", remedy: "write the address people use, such as https://id.example.com")
            return nil
        }
        guard let text = node.text() else { return nil }
        let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard let url = HTTPURL(trimmed), url.path.isEmpty, url.query == nil, url.fragment == nil else {
            node.refuse(
                "is not an origin",
                remedy: "write scheme and host in lower case, nothing behind: https://id.example.com")
            return nil
        }
        if url.scheme == .http, !url.isLoopback, !allowsPlainHTTP {
            node.problem(
                "http without TLS on an address that is not loopback", remedy: "use https, or set allow_http: true")
            return nil
        }
        return url
    }

    private func listen(_ node: ConfigurationNode?, default fallback: ListenAddress) -> ListenAddress {
        guard let node, let text = node.text() else { return fallback }
        guard let address = ListenAddress(text) else {
            node.refuse("is not an address to listen on", remedy: "write host:port, such as 127.0.0.1:8080")
            return fallback
        }
        return address
    }

    private func database(_ node: ConfigurationNode?) -> Configuration.DatabaseLocation {
        guard let node else { return .sqlite(path: absolute("wxidp.sqlite")) }
        guard let text = node.text() else { return .sqlite(path: "") }
        if text.hasPrefix("sqlite:"), text.count > 7 {
            return .sqlite(path: absolute(String(text.dropFirst(7))))
        }
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            // The value may hold a password, so it is not repeated.
            node.problem("PostgreSQL is not part of this version", remedy: "write sqlite:FILE")
        } else {
            node.problem("not a database address", remedy: "write sqlite:FILE")
        }
        return .sqlite(path: "")
    }

    private func tls(_ node: ConfigurationNode) -> Configuration.TLSFiles? {
        let members = node.members(allowed: ["certificate", "key"])
        guard let certificate = members["certificate"]?.text(), let key = members["key"]?.text() else {
            node.problem("needs both `certificate` and `key`", remedy: "name two PEM files")
            return nil
        }
        for (name, path) in [("certificate", certificate), ("key", key)]
        where !FileManager.default.isReadableFile(atPath: absolute(path)) {
            members[name]?.refuse("cannot be read", remedy: "name a PEM file this user may read")
        }
        return .init(certificate: absolute(certificate), key: absolute(key))
    }

    private func networks(_ node: ConfigurationNode) -> [IPNetwork] {
        node.elements().compactMap { element in
            guard let text = element.text() else { return nil }
            let network = IPNetwork(text)
            if network == nil {
                element.refuse("is not a network", remedy: "write an address or a range such as 10.0.0.0/8")
            }
            return network
        }
    }

    private func wechat(_ node: ConfigurationNode?, allowsPlainHTTP: Bool) -> Configuration.WeChatSettings {
        let members =
            node?.members(allowed: ["open_url", "api_url", "backup_api_url", "connect_timeout", "timeout"]) ?? [:]
        func address(_ key: String) -> String? {
            guard let node = members[key], let text = node.text() else { return nil }
            let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
            guard let url = HTTPURL(trimmed), url.query == nil, url.fragment == nil else {
                node.refuse("is not an address", remedy: "write an absolute http or https address")
                return nil
            }
            if url.scheme == .http, !url.isLoopback, !allowsPlainHTTP {
                node.problem("secrets would travel without TLS", remedy: "use https, or set allow_http: true")
                return nil
            }
            return trimmed
        }
        return .init(
            openURL: address("open_url") ?? "https://open.weixin.qq.com",
            apiURL: address("api_url") ?? "https://api.weixin.qq.com",
            backupAPIURL: address("backup_api_url"),
            connectTimeout: members["connect_timeout"]?.duration() ?? .seconds(2),
            timeout: members["timeout"]?.duration() ?? .seconds(5)
        )
    }

    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : folder + "/" + path
    }
}
