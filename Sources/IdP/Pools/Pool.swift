import Foundation

/// The name of a pool, `[a-z0-9-]{1,32}`; part of issuers and cookie names.
public struct PoolID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let rawValue: String

    /// Takes a name; nil when it has another shape.
    public init?(rawValue: String) {
        guard (1...32).contains(rawValue.utf8.count),
            rawValue.utf8.allSatisfy({ $0.isLowerAlphanumeric || $0 == UInt8(ascii: "-") })
        else { return nil }
        self.rawValue = rawValue
    }

    private init(known: String) {
        rawValue = known
    }

    /// The pool at the root of the host.
    public static let `default` = Self(known: "default")

    /// The name.
    public var description: String { rawValue }
}

/// A user pool: one issuer, one user base, its own keys.
///
/// Nothing made in one pool is worth anything in another.
public struct Pool: Sendable {
    /// The pool's name.
    public var id: PoolID
    /// What people read on its pages.
    public var name: String
    /// The WeChat apps people may sign in through.
    public var connections: [Connection]
    /// The OAuth clients.
    public var applications: [Application]
    /// The application that starts without an `app_id` belong to.
    public var defaultApplication: ClientID?
    /// How long a browser stays signed in.
    public var sessionLifetime: Duration
    /// How long a key signs before its successor does.
    public var keyRotation: Duration = Self.defaultKeyRotation
    /// Whether a proven telephone number may join two accounts where the client asks for it.
    public var linksByPhone = false
    /// The contracts of replaced systems that it keeps.
    public var compatibility: Compatibility = .none

    /// 30 days.
    public static let defaultKeyRotation: Duration = .seconds(30 * 86_400)

    /// The path all of the pool's addresses begin with: empty for the default pool.
    public var pathPrefix: String { id == .default ? "" : "/pools/\(id)" }

    /// Finds an application.
    public func application(_ id: ClientID) -> Application? {
        applications.first { $0.id == id }
    }

    /// Finds a connection.
    public func connection(_ identifier: ConnectionID) -> Connection? {
        connections.first { $0.id == identifier }
    }

    /// Finds a connection by a segment of a path, where its colons may be encoded.
    func connection(named segment: String) -> Connection? {
        ConnectionID(rawValue: segment.removingPercentEncoding ?? segment).flatMap(connection)
    }

    /// The connections that a browser sign-in of this application may use, in the order in which it lists them.
    public func connections(of application: Application) -> [Connection] {
        guard let allowed = application.connections else { return connections }
        return allowed.compactMap(connection)
    }

    /// The WeChat app through which people sign in for an application: its first official account.
    func officialAccount(of application: Application) -> Connection? {
        connections(of: application).first { $0.kind == .officialAccount }
    }

    /// The WeChat apps through which a browser may sign in for an application: official accounts and website apps.
    func signInConnections(of application: Application) -> [Connection] {
        connections(of: application).filter { $0.kind == .officialAccount || $0.kind == .website }
    }

    /// The applications that may sign in through this connection.
    public func applications(using connection: Connection) -> [Application] {
        applications.filter { $0.connections?.contains(connection.id) ?? true }
    }
}
