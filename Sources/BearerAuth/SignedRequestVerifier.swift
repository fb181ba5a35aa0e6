import JWT

/// Asks the provider who sent a signed request.
///
/// The key of a signature stays with the provider, and so does the memory of what was used: a back end sends it both
/// headers and the signed address. Kept here is only what can never let somebody in who should not be.
public struct SignedRequestVerifier: Sendable {
    /// Longer ones are none of the provider's.
    private static let longest = (token: 512, signature: 256, uri: 8 << 10)

    private let address: String
    private let http: any ProviderHTTP
    private let refusals: RefusalCache
    private let recent: RecentAnswers

    /// A verifier; nothing is asked before the first request.
    ///
    /// - Parameters:
    ///   - address: where the provider verifies, such as `https://id.example.com/login/verify`.
    ///   - capacity: how many used or refused signatures are remembered; about 100 bytes each.
    ///   - uptime: time since some moment in the past that never jumps; replaced by tests.
    public init(
        address: String, http: any ProviderHTTP, capacity: Int = 16_384,
        uptime: @escaping @Sendable () -> Duration = KeySetCache.continuousUptime
    ) {
        self.address = address
        self.http = http
        refusals = RefusalCache(capacity: max(1, capacity), lifetime: .seconds(660), uptime: uptime)
        recent = RecentAnswers(capacity: max(1, capacity), lifetime: .seconds(1), uptime: uptime)
    }

    /// Who sent a request; nil when token or signature do not hold, or the signature was used before.
    ///
    /// - Parameter uri: path and query of the request as the mini program signed them.
    /// - Throws: ``BearerAuthError/providerUnavailable``.
    public func verify(
        token: String, signature: String?, uri: String
    ) async throws(BearerAuthError) -> SignedRequestPrincipal? {
        guard token.utf8.count <= Self.longest.token, signature?.utf8.count ?? 0 <= Self.longest.signature,
            uri.utf8.count <= Self.longest.uri
        else { return nil }
        guard let signature else { return try await verify(unsigned: token, uri: uri) }
        let key = Self.key(token, signature, uri)
        guard await refusals.admit(key) else { return nil }
        do {
            return try await ask(token, signature, uri)
        } catch {
            await refusals.forget(key)
            throw error
        }
    }

    private func verify(unsigned token: String, uri: String) async throws(BearerAuthError) -> SignedRequestPrincipal? {
        let key = Self.key(token)
        if let known = await recent.answer(key) { return known }
        let answer = try await ask(token, nil, uri)
        await recent.keep(answer, for: key)
        return answer
    }

    private func ask(
        _ token: String, _ signature: String?, _ uri: String
    ) async throws(BearerAuthError) -> SignedRequestPrincipal? {
        var body: JSONObject = ["stoken": .string(token), "uri": .string(uri)]
        body["sig"] = signature.map { .string($0) }
        let bytes = try await http.post(.object(body), to: address)
        guard let answer = try? JSON.parse(bytes), let isActive = answer["active"]?.boolValue else {
            throw .providerUnavailable
        }
        guard isActive else { return nil }
        guard let principal = SignedRequestPrincipal(answer) else { throw .providerUnavailable }
        // An answer that rests on no signature is not the answer to a request that brought one.
        guard principal.isSigned || signature == nil else { return nil }
        return principal
    }

    /// Tokens are not kept, only their hash; the lengths keep one text from running into the next.
    private static func key(_ parts: String...) -> [UInt8] {
        SHA256.hash(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8)
    }
}
