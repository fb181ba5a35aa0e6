import Logging

/// Everything the operator decides, parsed once into types.
///
/// The file's keys are in docs/operating.md.
public struct Configuration: Sendable {
    /// The one address this service is known under; issuers, links and cookies are built from it, never from a header.
    public var publicURL: HTTPURL
    /// Where the public listener binds.
    public var listen: ListenAddress
    /// Where health checks are answered; never reachable from outside.
    public var opsListen: ListenAddress
    /// The file of the embedded database.
    public var database: DatabaseLocation
    /// The file that holds the key which seals every stored secret.
    public var masterKeyFile: String
    /// Text for people, JSON for machines.
    public var logFormat: LogFormat
    /// The least level that is logged.
    public var logLevel: Logger.Level
    /// Certificate and key files, when this process speaks TLS itself.
    public var tls: TLSFiles?
    /// Networks whose `X-Forwarded-For` is believed.
    public var trustedProxies: [IPNetwork]
    /// How WeChat is reached.
    public var wechat: WeChatSettings
    /// The user pools; identifiers are unique.
    public var pools: [Pool]
    /// Keys that were read but that this version does not act on; the program says so at its start.
    public var keysWithoutEffect: [String]

    /// `text` or `json`.
    public enum LogFormat: String, Sendable, CaseIterable {
        /// One readable line.
        case text
        /// One JSON object a line.
        case json
    }

    /// Paths of a PEM certificate chain and its private key.
    public struct TLSFiles: Sendable {
        /// The certificate chain, leaf first.
        public var certificate: String
        /// The private key.
        public var key: String
    }

    /// Addresses and time limits of WeChat.
    public struct WeChatSettings: Sendable {
        /// Where people are sent (`https://open.weixin.qq.com`).
        public var openURL: String
        /// Where the provider calls (`https://api.weixin.qq.com`).
        public var apiURL: String
        /// A second address to try when the first can't be reached.
        public var backupAPIURL: String?
        /// Longest time to connect.
        public var connectTimeout: Duration
        /// Longest time for one call in all.
        public var timeout: Duration

        /// True where people are sent to something other than WeChat itself, such as the simulator.
        public var isSimulated: Bool { openURL != "https://open.weixin.qq.com" }
    }

    /// Where data lives.
    public enum DatabaseLocation: Sendable, Equatable {
        /// A file of the embedded database, absolute.
        case sqlite(path: String)
    }

    /// True when people reach this service over TLS, so that cookies are `Secure` and carry `__Host-`.
    public var isSecure: Bool { publicURL.scheme == .https }

    /// The pool that is served at the root of the host: the one named `default`.
    public var defaultPool: Pool? { pools.first { $0.id == .default } }
}

/// A host and a port to bind to.
public struct ListenAddress: Sendable, Equatable {
    /// A name or an address, without brackets.
    public var host: String
    /// 0 lets the system choose.
    public var port: Int

    /// Makes an address from its parts.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:8080`, `[::1]:8080` or `:8080`; nil when it is none of these.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(digits: text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        self.init(host: host.isEmpty ? "0.0.0.0" : host, port: port)
    }
}
