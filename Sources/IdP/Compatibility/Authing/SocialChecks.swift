import HTTPTypes

/// A social sign-in on its way from parameters to a ``SignInRequest``: the redirect guard.
///
/// Every failure is a page, before anyone is sent to WeChat. `redirect_url` must match the connection's callback and,
/// where several applications may use the connection, also be one of this application's redirect URIs; so a site that
/// names another application's `app_id` gets nothing.
struct SocialChecks {
    let pool: Pool
    let parameters: Parameters
    /// Inside WeChat there are no popups; Authing's SDKs send the window itself there.
    let isInWeChat: Bool

    /// What is switched on for Authing's SDKs at a connection, beyond the stable surface; nil where nothing is.
    private func contract(at connection: Connection) -> AuthingContract? {
        pool.compatibility.authing.flatMap { $0.connections.contains(connection.id) ? $0 : nil }
    }

    /// Authing's connection type, which its SDKs of 2021 sent in place of an identifier.
    private static let connectionType = "wechat:webpage-authorization"

    /// `/connections/social/{identifier}`.
    func run(identifier: String) throws -> SignInRequest {
        let connection = try connection(identifier)
        let application = try application(using: connection)
        if let openers = try openers(connection, application) {
            return try request(connection, application, openers.redirectURL, openers: openers.origins)
        }
        let redirectURL = try redirectURL(connection, application)
        return try request(connection, application, redirectURL)
    }

    /// `/oauth/wechatmp/url/{pool}`: the pool's first official account, its callback, the pool's default application.
    func runOldest() throws -> SignInRequest {
        guard let connection = pool.connections.first(where: { $0.kind == .officialAccount }) else {
            throw PageFailure(.connectionMisconfigured, cause: "the pool has no official account", needsOperator: true)
        }
        guard let application = pool.defaultApplication.flatMap(pool.application),
            pool.connections(of: application).contains(where: { $0.id == connection.id })
        else {
            throw PageFailure(
                .connectionMisconfigured, cause: "the pool has no default_application for its first official account",
                needsOperator: true)
        }
        return try request(connection, application, try defaultRedirect(connection, application))
    }

    private func connection(_ identifier: String) throws -> Connection {
        let named = ConnectionID(rawValue: identifier).flatMap(pool.connection)
        let byType = identifier == Self.connectionType ? pool.connections.first { $0.kind == .officialAccount } : nil
        guard let connection = named ?? byType, [.officialAccount, .website].contains(connection.kind) else {
            throw PageFailure(.notFound, status: .notFound, cause: "no such official account or website app")
        }
        return connection
    }

    private func application(using connection: Connection) throws -> Application {
        let candidates = pool.applications(using: connection)
        guard let id = try value("app_id") else {
            if let owner = try defaultApplication(at: connection, among: candidates) { return owner }
            guard candidates.count == 1, let only = candidates.first else {
                throw PageFailure(.unknownClient, cause: "no app_id, and the connection serves several applications")
            }
            return only
        }
        guard let application = candidates.first(where: { $0.id.rawValue == id }) else {
            throw PageFailure(.unknownClient, cause: "app_id is unknown, or may not use the connection")
        }
        return application
    }

    /// Authing's SDKs before 2021 named the pool in place of an application.
    private func defaultApplication(
        at connection: Connection, among candidates: [Application]
    ) throws -> Application? {
        guard let contract = contract(at: connection), let name = try value("userpool_id") else { return nil }
        guard name == pool.id.rawValue else {
            throw PageFailure(.unknownClient, cause: "userpool_id is not this pool")
        }
        let application = contract.application ?? pool.defaultApplication
        return candidates.first { $0.id == application }
    }

    /// The pages that may wait for a popup's answer; nil where the answer goes by redirect.
    ///
    /// Without `redirect_url`, as Authing's general SDK asks, every page of the application may be the one. The origins are
    /// those of registered addresses, and a browser delivers to no other.
    private func openers(
        _ connection: Connection, _ application: Application
    ) throws -> (origins: [String], redirectURL: String)? {
        guard contract(at: connection) != nil, !isInWeChat, try value("from_guard") == "1" else { return nil }
        let addresses =
            try value("redirect_url") == nil
            ? application.redirectURIs.filter(connection.callbackURL.covers)
            : [try redirectURL(connection, application)]
        var origins: [String] = []
        for origin in addresses.compactMap({ HTTPURL($0)?.origin }) where !origins.contains(origin) {
            origins.append(origin)
        }
        guard let first = addresses.first, !origins.isEmpty else {
            throw PageFailure(
                .redirectNotAllowed, cause: "no page of \(application.id) is covered by \(connection.id)")
        }
        return (origins, first)
    }

    private func redirectURL(_ connection: Connection, _ application: Application) throws -> String {
        guard let redirectURL = try value("redirect_url") else {
            return try defaultRedirect(connection, application)
        }
        try guardRedirect(redirectURL, connection, application)
        return redirectURL
    }

    private func defaultRedirect(_ connection: Connection, _ application: Application) throws -> String {
        let candidate: String? =
            switch connection.callbackURL {
            case .exact(let address): address
            case .applicationDecides: application.redirectURIs.count == 1 ? application.redirectURIs.first : nil
            case .pattern: nil
            }
        guard let candidate else {
            throw PageFailure(
                .redirectNotAllowed, cause: "no redirect_url, and the configuration does not name exactly one")
        }
        try guardRedirect(candidate, connection, application)
        return candidate
    }

    private func guardRedirect(_ address: String, _ connection: Connection, _ application: Application) throws {
        let needsList = connection.callbackURL == .applicationDecides || pool.applications(using: connection).count > 1
        let isListed = application.redirectURIs.contains { $0.utf8.elementsEqual(address.utf8) }
        guard connection.callbackURL.covers(address), !needsList || isListed else {
            throw PageFailure(
                .redirectNotAllowed, cause: "redirect_url is not covered by \(connection.id) and \(application.id)")
        }
    }

    private func request(
        _ connection: Connection, _ application: Application, _ redirectURL: String, openers: [String]? = nil
    ) throws -> SignInRequest {
        let state = try value("state")
        guard (state?.utf8.count ?? 0) <= AuthorizeChecks.longestValue else {
            throw PageFailure(.badRequest, cause: "state is too long")
        }
        let wishes = SocialWishes(
            openers: openers,
            wantsIdentities: try contract(at: connection) != nil && value("with_identities") == "1")
        return SignInRequest(
            door: SocialAnswerer.door, pool: pool.id, clientID: application.id, connection: connection.id,
            pinsConnection: true, redirectURI: redirectURL,
            responseMode: connection.legacyQueryResponse ? .query : .fragment, state: state,
            scopes: ["openid", "profile", "wechat"], nonce: nil, codeChallenge: nil, prompts: [],
            maxAge: application.defaultMaxAge.map { Int($0.inSeconds) }, language: language, doorNote: try wishes.note)
    }

    /// The language that the page asked for.
    var language: Language? {
        ["ui_locales", "lang"].lazy.compactMap { try? parameters[$0] }.compactMap { Language(list: $0) }.first
    }

    private func value(_ name: String) throws -> String? {
        do {
            return try parameters[name]
        } catch {
            throw PageFailure(.badRequest, cause: "a parameter is repeated")
        }
    }
}
