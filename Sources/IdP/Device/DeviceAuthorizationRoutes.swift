import HTTPTypes
import Hummingbird
import JWT

/// `/oidc/device/auth`, where a device gets its codes.
///
/// RFC 8628 sections 3.1 and 3.2.
struct DeviceAuthorizationRoutes: Sendable {
    /// Pairs of codes that public clients at one address may get within ``AttemptLimiter/window``: every live code makes
    /// guessing one a little easier.
    static let limit = 100

    let pools: PoolDirectory
    let clients: ClientAuthenticator
    let devices: DeviceCodeStore
    let issuer: TokenIssuer
    let limiter: AttemptLimiter
    let trustedProxies: [IPNetwork]

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.post("oidc/device/auth", use: authorize)
    }

    @Sendable private func authorize(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let form = try await FormBody.read(request)
        let application = try await clients.client(request, form: form, in: pool)
        guard application.grantTypes.contains(.deviceCode) else {
            throw OAuthError(.unauthorizedClient, "this client may not use the device flow")
        }
        guard !pool.signInConnections(of: application).isEmpty else {
            throw OAuthError(
                .serverError, "this application has no official account or website app to sign in with")
        }
        let asked = Set((try form.optional("scope") ?? "").split(separator: " ").map(String.init))
        if application.authentication.isPublic {
            let address = context.clientAddress(request, trusting: trustedProxies)
            guard limiter.take("device codes \(pool.id) \(address)", limit: Self.limit) else {
                var response = OAuthError(.temporarilyUnavailable, "too many device codes from this address").response
                response.status = .tooManyRequests
                return response
            }
        }
        let codes = try await devices.begin(
            application, scopes: UserClaims.scopes.filter(asked.contains), in: pool.id)
        let page = issuer.issuer(pool) + "/device"
        return .json([
            "device_code": .string(codes.deviceCode), "user_code": .string(codes.userCode.display),
            "verification_uri": .string(page),
            "verification_uri_complete": .string("\(page)?user_code=\(codes.userCode.display)"),
            "expires_in": .integer(Int64(DeviceCodeStore.lifetime.inSeconds)),
            "interval": .integer(Int64(DeviceCodeStore.interval)),
        ])
    }
}
