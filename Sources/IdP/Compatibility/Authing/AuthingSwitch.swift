import HTTPTypes
import Hummingbird

extension PoolDirectory {
    /// The pool of a request to a path of Authing's that is served only where the operator wants it.
    ///
    /// - Throws: 404 in every other pool.
    func requireAuthing(of context: ProviderRequestContext) throws -> Pool {
        let pool = try requirePool(of: context)
        guard pool.compatibility.authing != nil else { throw HTTPError(.notFound) }
        return pool
    }
}
