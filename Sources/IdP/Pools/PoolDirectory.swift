import Hummingbird

/// Finds the pool a request is for: none in the path means the default pool.
struct PoolDirectory: Sendable {
    private let byID: [PoolID: Pool]
    private let originsByID: [PoolID: Set<String>]
    /// Domain proofs of every pool; they are served at the root of the host.
    let domainProofs: [String: String]

    init(_ pools: [Pool]) {
        byID = Dictionary(pools.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        originsByID = byID.mapValues { pool in
            pool.applications.reduce(into: []) { $0.formUnion($1.origins) }
        }
        domainProofs = Dictionary(
            pools.flatMap(\.connections).compactMap(\.domainProof).map { ($0.fileName, $0.content) },
            uniquingKeysWith: { first, _ in first })
    }

    subscript(id: PoolID) -> Pool? { byID[id] }

    func pool(of context: ProviderRequestContext) -> Pool? {
        guard let name = context.parameters.get("pool") else { return byID[.default] }
        // The default pool has one issuer, at the root; a second address for it would be a second issuer.
        guard let id = PoolID(rawValue: name), id != .default else { return nil }
        return byID[id]
    }

    func requirePool(of context: ProviderRequestContext) throws -> Pool {
        guard let pool = pool(of: context) else { throw HTTPError(.notFound) }
        return pool
    }

    /// Origins of the redirect URIs of a pool.
    func origins(_ pool: Pool) -> Set<String> {
        originsByID[pool.id] ?? []
    }
}
