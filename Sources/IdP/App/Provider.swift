import Foundation
import HTTPTypes
import Hummingbird
import Logging
import WeChat

/// The provider, wired: from a configuration and what comes from outside to routes.
///
/// The only place where parts meet. Everything with an effect outside (database, WeChat, time, chance, log) comes in
/// through `init`, so that every flow runs in-process in a test.
public struct Provider: Sendable {
    /// What it was configured with.
    public let configuration: Configuration
    private let database: any Database
    private let logger: Logger
    private let pools: PoolDirectory
    let surroundings: Surroundings
    let keys: KeyRing
    private let sealer: Sealer
    private let transport: any WeChatTransport
    private let outbound: any OutboundHTTP

    /// Loads keys, makes those that are missing, and checks that the master key is the database's.
    ///
    /// - Throws: an error whose description tells the operator what to do.
    public init(
        configuration: Configuration, database: any Database, transport: any WeChatTransport,
        outbound: any OutboundHTTP = NoOutboundHTTP(), surroundings: Surroundings = .system, logger: Logger
    ) async throws {
        self.configuration = configuration
        self.database = database
        self.transport = GuardedTransport(
            base: transport, breaker: HostBreaker(now: surroundings.now, logger: logger))
        self.outbound = outbound
        self.surroundings = surroundings
        self.logger = logger
        pools = PoolDirectory(configuration.pools)
        let isMarked = try await !database.query("SELECT only FROM master_key", []).isEmpty
        let masterKey = try MasterKey.load(
            path: configuration.masterKeyFile, mayCreate: !isMarked, surroundings: surroundings)
        if MasterKey.isReadableByOthers(path: configuration.masterKeyFile) {
            logger.warning(
                "the master key can be read by other users; chmod 600 it",
                metadata: ["file": "\(configuration.masterKeyFile)"])
        }
        sealer = try Sealer(masterKey: masterKey)
        try await MasterKey.check(sealer, path: configuration.masterKeyFile, against: database)
        keys = try await KeyRing.load(
            configuration.pools.map { KeyPolicy($0) }, database: database, sealer: sealer, surroundings: surroundings)
    }

    /// Tells applications that a session has ended.
    var logoutNotifier: LogoutNotifier {
        LogoutNotifier(
            pools: pools,
            issuer: TokenIssuer(
                publicURL: configuration.publicURL, keys: keys, subjects: SubjectIdentifiers(sealer: sealer),
                surroundings: surroundings),
            store: LogoutNoticeStore(database: database, surroundings: surroundings), outbound: outbound,
            surroundings: surroundings, logger: logger)
    }

    /// The WeChat apps' own tokens, shared by all nodes.
    var accountTokens: AccountTokens {
        AccountTokens(
            settings: configuration.wechat, transport: transport, database: database, sealer: sealer,
            surroundings: surroundings, logger: logger)
    }

    /// What `GET /check` looks at.
    func checkup(over http: any PublicHTTP) -> Checkup {
        Checkup(
            configuration: configuration, transport: transport, http: http, database: database,
            surroundings: surroundings)
    }

    /// The routes of the public listener: the default pool at the root, every other one below `/pools/{pool}`.
    public func router() throws -> Router<ProviderRequestContext> {
        let router = Router(context: ProviderRequestContext.self)
        let pages = try PageRenderer()
        router.addMiddleware {
            RequestLogMiddleware(surroundings: surroundings)
            SecurityHeadersMiddleware(isSecure: configuration.isSecure)
            ErrorMiddleware(pages: pages)
        }
        let parts = try Parts(self, pages: pages)
        let root = router.group("")
        if configuration.defaultPool != nil {
            mount(parts, on: root)
        }
        mount(parts, on: router.group("pools/:pool"))
        parts.callback.mount(on: root)
        parts.social.mountAtRoot(on: root)
        parts.discovery.mountAtRoot(on: withCORS(root, parts))
        DomainProofRoutes(pools: pools).mount(on: root)
        return router
    }

    private func mount(_ parts: Parts, on group: RouterGroup<ProviderRequestContext>) {
        parts.authorize.mount(on: group)
        parts.signIn.mount(on: group)
        parts.scanEvents.mount(on: group)
        parts.scanPhone.mount(on: group)
        parts.social.mount(on: group)
        parts.sdk.mount(on: group)
        parts.endSession.mount(on: group)
        parts.consents.mount(on: group)
        let cors = withCORS(group, parts)
        parts.discovery.mount(on: cors)
        parts.token.mount(on: cors)
        parts.userInfo.mount(on: cors)
        parts.revocation.mount(on: cors)
        parts.introspection.mount(on: group)
        parts.validateToken.mount(on: group)
        parts.authingLogout.mount(on: group)
        parts.authingMiniProgram.mount(on: group)
        parts.contracts.mount(on: group)
        parts.miniProgram.mount(on: group)
        parts.deviceAuthorization.mount(on: group)
        parts.devicePages.mount(on: group)
        parts.weChatService.mount(on: group)
        parts.weChatService.mountForPages(on: cors)
        parts.messages.mount(on: group)
    }

    private func withCORS(
        _ group: RouterGroup<ProviderRequestContext>, _ parts: Parts
    ) -> RouterGroup<ProviderRequestContext> {
        group.group().add(middleware: CORSMiddleware(pools: pools)).add(middleware: ErrorMiddleware(pages: parts.pages))
    }

    /// The routes and what they stand on, made once.
    private struct Parts {
        let pages: PageRenderer
        let authorize: AuthorizeRoutes
        let signIn: SignInRoutes
        let scanEvents: ScanEventRoutes
        let scanPhone: ScanPhoneRoutes
        let social: SocialRoutes
        let callback: WeChatCallbackRoutes
        let token: TokenRoutes
        let userInfo: UserInfoRoutes
        let introspection: IntrospectionRoutes
        let revocation: RevocationRoutes
        let validateToken: ValidateTokenRoutes
        let authingLogout: AuthingLogoutRoutes
        let authingMiniProgram: AuthingMiniProgramRoutes
        let deviceAuthorization: DeviceAuthorizationRoutes
        let devicePages: DevicePageRoutes
        let discovery: DiscoveryRoutes
        let sdk: SDKRoutes
        let endSession: EndSessionRoutes
        let consents: ConsentRoutes
        let weChatService: WeChatServiceRoutes
        let messages: MessageRoutes
        let contracts: ContractRoutes
        let miniProgramSignIn: MiniProgramSignIn
        let mobileAppSignIn: MobileAppSignIn
        let miniProgram: MiniProgramRoutes

        init(_ provider: Provider, pages: PageRenderer) throws {
            self.pages = pages
            sdk = try SDKRoutes()
            let (database, surroundings, pools) = (provider.database, provider.surroundings, provider.pools)
            let cookies = CookieJar(isSecure: provider.configuration.isSecure)
            let publicURL = provider.configuration.publicURL
            let issuer = TokenIssuer(
                publicURL: publicURL, keys: provider.keys, subjects: SubjectIdentifiers(sealer: provider.sealer),
                surroundings: surroundings)
            let claims = UserClaimsReader(database: database)
            let clients = ClientAuthenticator(
                assertions: ClientAssertions(
                    issuer: issuer, keys: ClientKeyCache(outbound: provider.outbound, now: surroundings.now),
                    database: database))
            let sessions = SessionStore(database: database, surroundings: surroundings)
            let codes = AuthorizationCodeStore(database: database, surroundings: surroundings)
            let grants = GrantStore(database: database, surroundings: surroundings)
            let visits = VisitReader(sessions: sessions, cookies: cookies)
            let gateway = WeChatGateway(
                settings: provider.configuration.wechat, transport: provider.transport,
                breaker: QuotaBreaker(now: surroundings.now), crowd: ConnectionCrowd(), sleep: surroundings.sleep,
                uptime: surroundings.uptime)
            let inFlight = ExchangesInFlight()
            let ending = SessionEnding(subjects: issuer.subjects, surroundings: surroundings)
            miniProgramSignIn = MiniProgramSignIn(
                gateway: gateway,
                sessionKeys: SessionKeyStore(
                    database: database, sealer: provider.sealer, surroundings: surroundings),
                inFlight: inFlight, ending: ending, surroundings: surroundings)
            mobileAppSignIn = MobileAppSignIn(
                gateway: gateway, database: database, inFlight: inFlight, ending: ending, surroundings: surroundings)
            let scanAnswerer = ScanAnswerer(sealer: provider.sealer)
            let dispatcher = SignInDispatcher(
                publicURL: publicURL, isSimulated: provider.configuration.wechat.isSimulated,
                users: UserStore(database: database), sessions: sessions,
                signIns: SignInStore(database: database, sealer: provider.sealer, surroundings: surroundings),
                codes: codes, consents: RememberedConsents(database: database), subjects: issuer.subjects,
                gateway: gateway, pages: pages, cookies: cookies, surroundings: surroundings,
                answerers: [
                    AuthorizeChecks.door: CodeAnswerer(pools: pools, issuer: issuer, surroundings: surroundings),
                    DeviceAnswerer.door: DeviceAnswerer(
                        pools: pools, sealer: provider.sealer, surroundings: surroundings),
                    SocialAnswerer.door: SocialAnswerer(
                        pools: pools, issuer: issuer, identities: SocialIdentityReader(database: database),
                        surroundings: surroundings),
                    ScanAnswerer.door: scanAnswerer,
                ],
                scan: ScanDesk(
                    store: ScanStore(
                        database: database, sealer: provider.sealer,
                        signer: try ScanTicketSigner(sealer: provider.sealer), surroundings: surroundings),
                    sessions: sessions, ending: ending, notifier: provider.logoutNotifier, surroundings: surroundings,
                    trustedProxies: provider.configuration.trustedProxies))
            authorize = AuthorizeRoutes(pools: pools, issuer: issuer, dispatcher: dispatcher, visits: visits)
            signIn = SignInRoutes(dispatcher: dispatcher, visits: visits, pools: pools)
            social = SocialRoutes(pools: pools, dispatcher: dispatcher, visits: visits)
            let formTokens = try FormTokens(sealer: provider.sealer)
            scanEvents = ScanEventRoutes(dispatcher: dispatcher, visits: visits, pools: pools)
            scanPhone = ScanPhoneRoutes(
                pools: pools, issuer: issuer, dispatcher: dispatcher, answerer: scanAnswerer, formTokens: formTokens,
                visits: visits)
            endSession = EndSessionRoutes(
                pools: pools, issuer: issuer, visits: visits,
                ending: ending, notifier: provider.logoutNotifier, formTokens: formTokens, pages: pages)
            consents = ConsentRoutes(
                pools: pools, visits: visits, consents: RememberedConsents(database: database),
                formTokens: formTokens, pages: pages, surroundings: surroundings)
            callback = WeChatCallbackRoutes(
                dispatcher: dispatcher, visits: visits, pools: pools, ending: ending, notifier: provider.logoutNotifier,
                trustedProxies: provider.configuration.trustedProxies)
            let devices = DeviceCodeStore(
                database: database, sealer: provider.sealer, surroundings: surroundings)
            let limiter = AttemptLimiter(now: surroundings.now)
            deviceAuthorization = DeviceAuthorizationRoutes(
                pools: pools, clients: clients, devices: devices, issuer: issuer, limiter: limiter,
                trustedProxies: provider.configuration.trustedProxies)
            devicePages = DevicePageRoutes(
                pools: pools, devices: devices, issuer: issuer, dispatcher: dispatcher, visits: visits,
                limiter: limiter, trustedProxies: provider.configuration.trustedProxies)
            token = TokenRoutes(
                pools: pools, clients: clients, codes: codes,
                refreshTokens: RefreshTokenStore(
                    database: database, sealer: provider.sealer, surroundings: surroundings),
                devices: devices,
                appCodes: AppCodeExchange(
                    miniPrograms: miniProgramSignIn, mobileApps: mobileAppSignIn,
                    grants: AppGrants(database: database, surroundings: surroundings)),
                issuer: issuer, claims: claims)
            let tokens = AccessTokenReader(
                issuer: issuer, opaque: OpaqueTokenStore(database: database), grants: grants)
            let contractSessions = try ContractSessionStore(
                database: database, sealer: provider.sealer, surroundings: surroundings)
            let signedRequests = SignedRequestVerifier(sessions: contractSessions)
            miniProgram = MiniProgramRoutes(
                pools: pools,
                authenticators: [
                    BearerCallers(tokens: tokens, issuer: issuer), SignedCallers(verifier: signedRequests),
                    VerifyCallers(sessions: contractSessions),
                ],
                sessionKeys: miniProgramSignIn.sessionKeys, accountTokens: provider.accountTokens,
                phoneNumbers: PhoneNumbers(
                    database: database, ending: ending, notifier: provider.logoutNotifier, surroundings: surroundings))
            let inspector = TokenInspector(accessTokens: tokens)
            introspection = IntrospectionRoutes(pools: pools, clients: clients, inspector: inspector)
            revocation = RevocationRoutes(
                pools: pools, clients: clients, inspector: inspector,
                revocations: RevocationStore(database: database),
                refreshTokens: RefreshTokenStore(
                    database: database, sealer: provider.sealer, surroundings: surroundings))
            validateToken = ValidateTokenRoutes(pools: pools, inspector: inspector)
            authingLogout = AuthingLogoutRoutes(pools: pools)
            authingMiniProgram = AuthingMiniProgramRoutes(pools: pools, token: token)
            userInfo = UserInfoRoutes(pools: pools, tokens: tokens, issuer: issuer, claims: claims)
            contracts = ContractRoutes(
                pools: pools, configured: provider.configuration.pools,
                doors: [
                    WxLoginRoutes(
                        signIn: miniProgramSignIn, verifier: signedRequests, subjects: issuer.subjects),
                    VerifyRoutes(signIn: miniProgramSignIn, sessions: contractSessions, subjects: issuer.subjects),
                    CodeLoginRoutes(
                        clients: clients, signIn: mobileAppSignIn,
                        grants: AppGrants(database: database, surroundings: surroundings), issuer: issuer),
                ])
            discovery = DiscoveryRoutes(pools: pools, issuer: issuer)
            let accountTokens = provider.accountTokens
            weChatService = WeChatServiceRoutes(
                pools: pools, accessTokens: tokens, issuer: issuer, accountTokens: accountTokens,
                tickets: JSAPITickets(tokens: accountTokens))
            messages = MessageRoutes(
                pools: pools, inbox: MessageInbox(database: database, ending: ending, surroundings: surroundings),
                notifier: provider.logoutNotifier, surroundings: surroundings)
        }
    }
}
