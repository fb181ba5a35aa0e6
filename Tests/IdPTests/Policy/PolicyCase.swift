import Foundation
import Testing
import WeChat

@testable import IdP

/// One situation in a sign-in, written as a row of a table; what is not named is as plain as can be.
struct PolicyCase: Sendable, CustomTestStringConvertible {
    /// The browser's session, by how long ago the person signed in and WeChat last confirmed it.
    enum Standing: Sendable, Equatable {
        case none
        /// Signed in that many seconds ago, confirmed as many seconds ago.
        case session(signedIn: Double, confirmed: Double)
        /// A session whose person is no longer there.
        case orphan

        static let fresh = session(signedIn: 60, confirmed: 60)
        static let old = session(signedIn: 7200, confirmed: 7200)
    }

    enum Surface: Sendable, CaseIterable { case weChat, elsewhere }

    /// What is known of the person.
    enum Person: Sendable, CaseIterable {
        case withProfile, withoutProfile
        /// Has no profile, and was asked for one before.
        case declined
    }

    static let now = Date(timeIntervalSince1970: 1_700_000_000)

    var name = ""
    var standing = Standing.none
    var surface = Surface.weChat
    var prompts: Set<SignInRequest.Prompt> = []
    var maxAge: Int?
    var scopes = ["openid"]
    var connectionScope = Connection.Scope.auto
    var stage = SignIn.Stage.start
    /// The session is what this very sign-in made or confirmed.
    var isSignedInHere = false
    var isConfirmed = false
    var kind = Application.Kind.web
    var isFirstParty = true
    var person = Person.withProfile
    /// The next step, as ``step`` words it.
    var expected = ""

    var testDescription: String { name }

    /// The next step in words: `answer`, `silent`, `tap …`, `confirm`, `outside`, `refuse …`.
    func step() throws -> String {
        switch try policy().next {
        case .answer: "answer"
        case .refuse(let error): "refuse \(error.code.rawValue)"
        case .goSilently: "silent"
        case .tap(let purpose): "tap \(purpose.rawValue)"
        case .confirm: "confirm"
        case .outside: "outside"
        }
    }

    private struct BadCase: Error {}

    private func policy() throws -> SignInPolicy {
        guard let client = ClientID(rawValue: "web"), let identifier = ConnectionID(rawValue: "mp") else {
            throw BadCase()
        }
        var application = Application.forTests(client)
        application.kind = kind
        application.isFirstParty = isFirstParty
        let connection = Connection(
            id: identifier, kind: .officialAccount, appID: AppID(rawValue: "wx1"), appSecret: AppSecret("x"),
            openPlatform: nil, callbackURL: .applicationDecides, domainProof: nil, scope: connectionScope,
            legacyQueryResponse: false)
        let request = SignInRequest(
            door: AuthorizeChecks.door, pool: .default, clientID: client, connection: identifier,
            redirectURI: "https://a.example.com/", responseMode: .query, state: nil, scopes: scopes, nonce: nil,
            codeChallenge: nil, prompts: prompts, maxAge: maxAge, language: nil)
        return SignInPolicy(
            request: request, application: application, connection: connection, session: try session(),
            user: try user(), isSignedInHere: isSignedInHere, stage: stage, isConfirmed: isConfirmed,
            canReachWeChat: surface == .weChat, now: Self.now)
    }

    private func session() throws -> Session? {
        var ages = (signedIn: 60.0, confirmed: 60.0)
        switch standing {
        case .none: return nil
        case .orphan: break
        case .session(let signedIn, let confirmed): ages = (signedIn, confirmed)
        }
        return try Session(
            Row([
                "sid": .text("s"), "user_id": .text("u"), "app_id": .text("wx1"), "openid": .text("o"),
                "acr": .text(AuthenticationContext.silent), "auth_time": .date(Self.now - ages.signedIn),
                "confirmed_at": .date(Self.now - ages.confirmed), "expires_at": .date(Self.now + 3600),
            ]), pool: .default)
    }

    private func user() throws -> User? {
        guard standing != .none, standing != .orphan else { return nil }
        return try User(
            Row([
                "id": .text("u"), "nickname": person == .withProfile ? .text("小明") : .null, "picture": .null,
                "email": .null, "email_verified": .integer(0), "phone_number": .null,
                "phone_number_verified": .integer(0), "address": .null, "roles": .null,
                "profile_asked_at": person == .declined ? .integer(1) : .null, "blocked": .integer(0),
                "sign_ins": .integer(1), "last_sign_in_at": .null, "created_at": .integer(1), "updated_at": .integer(1),
            ]))
    }
}
