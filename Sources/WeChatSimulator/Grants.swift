import Foundation

/// Whom a code or token speaks for.
struct Person: Sendable, Hashable {
    let userID: String
    let openID: String
    let unionID: String?
    let isVirtual: Bool
}

/// Codes and tokens given out, with their lifetimes; of very many the latest ten thousand at least.
struct Grants: Sendable {
    struct Code: Sendable {
        let appID: String
        let person: Person
        let scope: String
        let expiresAt: Date
        var isUsed = false
    }

    struct Session: Sendable {
        let appID: String
        let person: Person
        let scope: String
        let refreshExpiresAt: Date
        var accessToken: String
        var accessExpiresAt: Date
        var refreshToken: String
    }

    /// One look at the authorize page that passed all checks.
    struct Visit: Sendable {
        let query: String
        let person: Person
        let user: SimulatedUser
        let app: SimulatedApp
        let scope: String
        let state: String
        let target: RedirectTarget
        let behaviour: Behaviour
        let expiresAt: Date
    }

    /// A person and an app that know each other.
    struct Pair: Hashable, Sendable {
        let user: String
        let app: String
    }

    var codes = Recent<String, Code>()
    private(set) var sessions = Recent<Int, Session>()
    private var sessionCount = 0
    private var accessTokens = Recent<String, Int>()
    private var refreshTokens = Recent<String, Int>()
    /// Visits that wait for the person's tap, by the ticket of their page.
    var consents = Recent<String, Visit>()
    var allowedAt: [Pair: Date] = [:]
    var snapshotsSeen: Set<Pair> = []

    mutating func open(_ session: Session) {
        let id = sessionCount
        sessionCount += 1
        sessions[id] = session
        accessTokens[session.accessToken] = id
        refreshTokens[session.refreshToken] = id
    }

    /// The session of an access token; an older token of the same session is expired, not unknown.
    func session(accessToken: String) -> Session? { accessTokens[accessToken].flatMap { sessions[$0] } }

    func session(refreshToken: String) -> Session? {
        guard let session = refreshTokens[refreshToken].flatMap({ sessions[$0] }) else { return nil }
        return session.refreshToken == refreshToken ? session : nil
    }

    mutating func update(_ session: Session, refreshToken: String) {
        guard let id = refreshTokens[refreshToken] else { return }
        sessions[id] = session
        accessTokens[session.accessToken] = id
        refreshTokens[session.refreshToken] = id
    }
}

/// How many calls an app made in this minute and this day.
struct Quotas: Sendable {
    private struct Window: Hashable {
        let appID: String
        let endpoint: Endpoint
        var userID: String?
        let length: Int
    }

    private var counts: [Window: (start: Int, count: Int)] = [:]

    /// Counts a call; the error number when it is one too many.
    mutating func count(appID: String, endpoint: Endpoint, at date: Date, behaviour: Behaviour) -> Int? {
        let second = Int(date.timeIntervalSince1970)
        let inDay = add(Window(appID: appID, endpoint: endpoint, length: 86_400), second)
        let inMinute = add(Window(appID: appID, endpoint: endpoint, length: 60), second)
        if let limit = behaviour.callsPerDay, inDay > limit { return 45009 }
        return inMinute > behaviour.callsPerMinute ? 45011 : nil
    }

    /// Counts a person's sign-in to a mini program; the error number when it is one too many.
    mutating func countLogin(appID: String, userID: String, at date: Date, behaviour: Behaviour) -> Int? {
        let window = Window(appID: appID, endpoint: .login, userID: userID, length: 60)
        return add(window, Int(date.timeIntervalSince1970)) > behaviour.loginsPerMinute ? 45011 : nil
    }

    private mutating func add(_ window: Window, _ second: Int) -> Int {
        let start = second / window.length
        let count = counts[window].map { $0.start == start ? $0.count : 0 } ?? 0
        counts[window] = (start, count + 1)
        return count + 1
    }
}
