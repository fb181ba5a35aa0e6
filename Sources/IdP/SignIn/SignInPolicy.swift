import Foundation

/// What comes next in a sign-in, decided from what is known; does nothing itself.
///
/// Silent first, step up when needed: inside WeChat a known person is signed in with nothing shown. Everything that
/// shows something begins on our own page with a tap, because jumping to WeChat's consent page on opening is what makes
/// WeChat answer with a snapshot page.
struct SignInPolicy: Sendable {
    /// The next step.
    enum Step: Equatable, Sendable {
        /// Answer the application.
        case answer
        /// Answer the application with an error.
        case refuse(OAuthError)
        /// Send the browser to WeChat without a page.
        case goSilently
        /// Show our page; its tap starts a trip to WeChat.
        case tap(WeChatRound.Purpose)
        /// Show what the application gets, and let the person allow it.
        case confirm
        /// Show the page of a surface outside WeChat.
        case outside
    }

    /// Inside WeChat, cookies outlive a change of account; older sessions are confirmed silently.
    static let confirmationAge: Duration = .seconds(15 * 60)

    var request: SignInRequest
    var application: Application
    var connection: Connection
    var session: Session?
    var user: User?
    /// False when the application wants an answer for one person, and this is another.
    var isExpectedPerson = true
    /// What the person has allowed this application before; nil when they were never asked.
    var consentedItems: Set<String>?
    /// True when `session` was established or confirmed by this very sign-in.
    var isSignedInHere = false
    var stage = SignIn.Stage.start
    var isConfirmed = false
    /// True inside WeChat, or where a simulator stands in for it and the person chose to go on.
    var canReachWeChat: Bool
    var now: Date

    /// The checks, read top to bottom.
    var next: Step {
        // WeChat has just named somebody else: a session of an earlier sign-in is not this person's.
        if stage == .unknownPerson, !isSignedInHere { return signIn }
        guard let session, let user, isSignedInHere || isRecentEnough(session) else { return signIn }
        // Core 3.1.2.1: never an answer for somebody else than the one that was asked for.
        if !isExpectedPerson { return isSignedInHere ? .refuse(Self.loginRequired) : signIn }
        if request.demandsConfirmation == true, session.acr == .silent {
            return isSignedInHere && connection.scope == .base ? .refuse(Self.cannotConfirm) : reauthentication
        }
        if !isSignedInHere, canReachWeChat, now.timeIntervalSince(session.confirmedAt) >= Self.confirmationAge.inSeconds
        {
            return isSilentOnly ? .refuse(Self.loginRequired) : .goSilently
        }
        if asksForProfile(of: user) {
            return .tap(.profile)
        }
        if needsConfirmation {
            return isSilentOnly
                ? .refuse(OAuthError(.consentRequired, "the user must confirm this application")) : .confirm
        }
        return .answer
    }

    /// Nobody is signed in, or not in the way this request wants.
    private var signIn: Step {
        if isSilentOnly { return .refuse(Self.loginRequired) }
        if !canReachWeChat { return .outside }
        if demandsReauthentication { return .tap(.reauthentication) }
        if stage == .unknownPerson || connection.scope == .userInfo { return .tap(.newPerson) }
        return .goSilently
    }

    /// A sign-in with a tap, where one is possible.
    private var reauthentication: Step {
        if isSilentOnly { return .refuse(Self.loginRequired) }
        return canReachWeChat ? .tap(.reauthentication) : .outside
    }

    private static let cannotConfirm = OAuthError(
        .unmetAuthenticationRequirements, "this connection signs in silently only")
    private static let loginRequired = OAuthError(.loginRequired, "the user is not signed in")

    private var isSilentOnly: Bool { request.prompts.contains(.none) }

    /// A session that is too old is not the same as none: its person must show up, not merely be recognised.
    private var demandsReauthentication: Bool {
        request.demandsNewSignIn || session.map { !isRecentEnough($0) } ?? false
    }

    private func isRecentEnough(_ session: Session) -> Bool {
        guard !request.demandsNewSignIn else { return false }
        guard let maxAge = request.maxAge else { return true }
        return now.timeIntervalSince(session.authTime) <= Double(maxAge)
    }

    private func asksForProfile(of user: User) -> Bool {
        request.scopes.contains("profile") && !user.hasProfile && user.profileAskedAt == nil && !isSilentOnly
            && canReachWeChat && connection.scope != .base
    }

    /// Their own pages ask, always.
    private static let doorsThatAsk = [DeviceAnswerer.door, ScanAnswerer.door]

    private var needsConfirmation: Bool {
        guard !isConfirmed, !Self.doorsThatAsk.contains(request.door) else { return false }
        // A native application's address can be claimed by another program, so what was allowed before says nothing.
        if application.kind == .native || request.prompts.contains(.consent) { return true }
        return application.needsConfirmation && consentedItems?.isSuperset(of: request.consentItems) != true
    }
}
