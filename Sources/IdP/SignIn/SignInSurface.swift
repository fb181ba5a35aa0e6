/// Where a sign-in takes place: decided by the browser, and by what the application may use.
enum SignInSurface: Sendable {
    /// WeChat's own browser: web page authorization.
    case weChat(Connection)
    /// Another browser: WeChat's own QR code, for a website app.
    case website(Connection)
    /// Another browser: a QR code of ours that is opened in WeChat, for those who only have an official account.
    case scan(Connection)
    /// Another browser on a phone, which can't scan its own screen.
    case openInWeChat(Connection)
    /// WeChat's own browser, where a website app is of no use.
    case openElsewhere(Connection)

    /// What a person chose on one of our pages.
    enum Choice: String, Sendable {
        case website
        case scan
    }

    /// The WeChat app that the person signs in through.
    var connection: Connection {
        switch self {
        case .weChat(let connection), .website(let connection), .scan(let connection), .openInWeChat(let connection),
            .openElsewhere(let connection):
            connection
        }
    }

    /// True where WeChat's web page authorization works, or a simulator stands in for it.
    var isWeChat: Bool { if case .weChat = self { true } else { false } }

    var isWebsite: Bool { if case .website = self { true } else { false } }

    /// The surface for one browser; nil when the application can sign nobody in.
    ///
    /// - Parameter isWeChat: WeChat's own browser, or one that goes on as such with a simulator.
    init?(_ ways: SignInWays, isWeChat: Bool, isPhone: Bool, choice: Choice?) {
        switch (ways.officialAccount, ways.website) {
        case (nil, nil): return nil
        case (let account?, _) where isWeChat: self = .weChat(account)
        case (nil, let website?) where isWeChat: self = .openElsewhere(website)
        case (let account?, _) where choice == .scan: self = .scan(account)
        case (_, let website?) where choice == .website: self = .website(website)
        case (let account?, _) where isPhone: self = .openInWeChat(account)
        case (_, let website?): self = .website(website)
        case (let account?, nil): self = .scan(account)
        }
    }
}

/// The WeChat apps that one sign-in may go through: at most one of a kind.
struct SignInWays: Sendable {
    var officialAccount: Connection?
    var website: Connection?

    /// A door that names a connection gets that one; else the application's first of each kind.
    init(_ request: SignInRequest, of application: Application, in pool: Pool) {
        var connections = pool.connections(of: application)
        if request.pinsConnection == true { connections = connections.filter { $0.id == request.connection } }
        officialAccount = connections.first { $0.kind == .officialAccount }
        website = connections.first { $0.kind == .website }
    }
}
