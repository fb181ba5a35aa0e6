import HTTPTypes
import Hummingbird

/// The addresses of a contract in one pool, as its configuration has them.
protocol ContractDoor: Sendable {
    /// Method and path of everything that a contract answers; empty where it is off.
    func endpoints(_ compatibility: Compatibility) -> [ContractEndpoint]
}

/// One address of a contract.
struct ContractEndpoint: Sendable {
    typealias Handler = @Sendable (Request, ProviderRequestContext, Pool) async throws -> Response

    let method: HTTPRequest.Method
    let path: ContractPath
    let handler: Handler

    init(_ method: HTTPRequest.Method, _ path: ContractPath, handler: @escaping Handler) {
        self.method = method
        self.path = path
        self.handler = handler
    }
}

/// Routes whose paths an operator may choose, in each pool another one.
///
/// The router knows one table for all pools, so every path that is used anywhere, and every default one, is a route; what
/// it means is looked up by the pool of the request.
struct ContractRoutes: Sendable {
    private struct Key: Hashable {
        var method: HTTPRequest.Method
        var path: ContractPath
    }

    private let pools: PoolDirectory
    private let handlers: [PoolID: [Key: ContractEndpoint.Handler]]
    private let keys: Set<Key>

    init(pools: PoolDirectory, configured: [Pool], doors: [any ContractDoor]) {
        self.pools = pools
        handlers = Dictionary(
            configured.map { pool in
                let endpoints = doors.flatMap { $0.endpoints(pool.compatibility) }
                return (
                    pool.id,
                    Dictionary(
                        endpoints.map { (Key(method: $0.method, path: $0.path), $0.handler) },
                        uniquingKeysWith: { first, _ in first })
                )
            }, uniquingKeysWith: { first, _ in first })
        let everywhere = doors.flatMap { $0.endpoints(.everything) }.map { Key(method: $0.method, path: $0.path) }
        keys = handlers.values.reduce(into: Set(everywhere)) { $0.formUnion($1.keys) }
    }

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        for key in keys {
            group.on(RouterPath(key.path.rawValue), method: key.method) { request, context in
                let pool = try pools.requirePool(of: context)
                // The router takes a slash behind a path for nothing; these contracts do not.
                guard let handler = handlers[pool.id]?[key], request.uri.path.hasSuffix(key.path.rawValue) else {
                    throw HTTPError(.notFound)
                }
                return try await handler(request, context, pool)
            }
        }
    }
}

extension Compatibility {
    /// Every contract at its default path, with nothing to sign in through.
    fileprivate static let everything = Self(
        wxLogin: WxLoginContract(connections: []), verify: VerifyContract(connections: []),
        codeLogin: ClientID(rawValue: "-").map { CodeLoginContract(connections: [], application: $0) })
}
