import JWT

/// The public keys of one issuer, found through its discovery document and kept for a while.
///
/// One question at a time, whoever waits gets its answer. A key that the set lacks, as after a rotation, makes it be
/// read again, though not often; while the provider does not answer, an old set is used for a bounded time.
public actor KeySetCache {
    private struct Known {
        var set: JWKSet
        var readAt: Duration
    }

    private let issuer: String
    private let http: any ProviderHTTP
    private let policy: KeySetPolicy
    private let uptime: @Sendable () -> Duration
    private var known: Known?
    private var askedAt: Duration?
    private var lastFailed = false
    private var underWay: Task<JWKSet?, Never>?

    /// Keys of an issuer; nothing is asked before the first token.
    ///
    /// - Parameters:
    ///   - issuer: as tokens name it, such as `https://id.example.com/oidc`.
    ///   - uptime: time since some moment in the past that never jumps; replaced by tests.
    public init(
        issuer: String, http: any ProviderHTTP, policy: KeySetPolicy = KeySetPolicy(),
        uptime: @escaping @Sendable () -> Duration = KeySetCache.continuousUptime
    ) {
        self.issuer = issuer
        self.http = http
        self.policy = policy
        self.uptime = uptime
    }

    private static let start = ContinuousClock.now
    /// Time since the first call, by the continuous clock.
    public static let continuousUptime: @Sendable () -> Duration = { ContinuousClock.now - start }

    /// A set to verify a token with that names this key; the key may be missing in it, when the provider says so.
    ///
    /// - Throws: ``BearerAuthError/providerUnavailable`` when it can't be known whether there is such a key.
    func keys(for kid: KeyID?) async throws(BearerAuthError) -> JWKSet {
        if let known, uptime() - known.readAt < policy.freshFor, holds(kid, known.set) { return known.set }
        if underWay == nil, let askedAt, uptime() - askedAt < pause { return try fallback(kid) }
        guard let fresh = await read() else { return try fallback(kid) }
        return fresh
    }

    private func holds(_ kid: KeyID?, _ set: JWKSet) -> Bool {
        kid.map { set[$0] != nil } ?? true
    }

    private var pause: Duration { lastFailed ? policy.retryPause : policy.unknownKeyPause }

    /// What is known although it was not confirmed just now.
    private func fallback(_ kid: KeyID?) throws(BearerAuthError) -> JWKSet {
        guard let known, uptime() - known.readAt < policy.staleFor, !lastFailed || holds(kid, known.set) else {
            throw .providerUnavailable
        }
        return known.set
    }

    private func read() async -> JWKSet? {
        if let underWay { return await underWay.value }
        askedAt = uptime()
        let task = Task { [issuer, http] in await Self.read(issuer, http) }
        underWay = task
        let set = await task.value
        underWay = nil
        lastFailed = set == nil
        if let set { known = Known(set: set, readAt: uptime()) }
        return set
    }

    /// OpenID Connect Discovery section 4.3: the document must name the issuer it was asked of.
    private static func read(_ issuer: String, _ http: any ProviderHTTP) async -> JWKSet? {
        guard let document = try? await http.get(issuer + "/.well-known/openid-configuration"),
            let discovery = try? JSON.parse(document), discovery["issuer"]?.stringValue == issuer,
            let address = discovery["jwks_uri"]?.stringValue, isAsSafe(address, as: issuer),
            let bytes = try? await http.get(address)
        else { return nil }
        return try? JWKSet(parsing: bytes)
    }

    /// Keys of an issuer with TLS come over TLS.
    private static func isAsSafe(_ address: String, as issuer: String) -> Bool {
        address.hasPrefix("https://") || (issuer.hasPrefix("http://") && address.hasPrefix("http://"))
    }
}
