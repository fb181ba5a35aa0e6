import Foundation

/// How the simulator behaves; every default is what the real WeChat does most of the time.
///
/// As JSON, the field names are the property names, and enumerations are their case names.
public struct Behaviour: Codable, Sendable, Hashable {
    /// Who is asked before a profile is handed over.
    public enum Consent: String, Codable, Sendable, CaseIterable {
        /// The consent page, each time.
        case ask
        /// Nobody: as if the person had tapped allow.
        case allow
        /// Nobody, even with `forcePopup`: the follower came from the account's menu.
        case followerSilent
        /// The consent page, unless the person allowed it within 30 days.
        case recentSilent
    }

    /// What follows a tap on refuse.
    public enum Refusal: String, Codable, Sendable, CaseIterable {
        /// Nothing: the page closes.
        case noRedirect
        /// A callback with `state` only.
        case stateOnly
        /// A callback with `code=authdeny&reason=`.
        case authDeny
    }

    /// When the snapshot page (快照页) comes.
    public enum Snapshot: String, Codable, Sendable, CaseIterable {
        /// Only where `forceSnapShot` asks for it.
        case never
        /// At a person's first visit of an app.
        case firstVisit
        /// At every visit, until the person taps 使用完整服务.
        case always
    }

    /// How the snapshot page calls back.
    public enum SnapshotDelivery: String, Codable, Sendable, CaseIterable {
        /// In a frame without cookies, below it the button 使用完整服务.
        case frame
        /// By a redirect of the whole page.
        case redirect
    }

    /// What becomes of `state`.
    public enum StateReturn: String, Codable, Sendable, CaseIterable {
        /// `[A-Za-z0-9_-]` come back as they are, others damaged.
        case asReal
        /// Some browsers add a text of their own.
        case appended
        /// It is lost.
        case dropped
    }

    /// Whether the callback is requested a second time.
    public enum CallbackRepeat: String, Codable, Sendable, CaseIterable {
        /// Once only.
        case never
        /// Another visitor without cookies comes before the browser.
        case otherVisitorFirst
        /// Another visitor without cookies comes after ``Behaviour/callbackRepeatDelay``.
        case otherVisitorAfter
        /// The same browser goes there twice, ``Behaviour/callbackRepeatDelay`` apart.
        case sameBrowser
    }

    /// Whether other browsers get the page "请在微信客户端打开链接".
    public var userAgentGate = true
    /// Whether the address must have the documented parameters in the documented order.
    public var strictPattern = false
    /// Whether the page first redirects to itself with `connect_redirect`, `uin`, `key` and `pass_ticket`.
    public var internalHop = true
    /// A page to show whatever was asked, for instance 10004 or 10009.
    public var errorPage: Int?
    /// Who is at the phone when neither header nor cookie says; nil for the first user.
    public var defaultUser: String?
    /// Who is asked before a profile is handed over.
    public var consent = Consent.ask
    /// What follows a refusal.
    public var refusal = Refusal.noRedirect
    /// `reason` of ``Refusal/authDeny``: empty, `101` or `weixin`.
    public var refusalReason = ""
    /// When the snapshot page comes.
    public var snapshot = Snapshot.never
    /// How the snapshot page calls back.
    public var snapshotDelivery = SnapshotDelivery.frame
    /// Whether the answer for a virtual person holds `is_snapshotuser`.
    public var snapshotMark = true
    /// Whether a real person's answer holds `is_snapshotuser`, as has been reported.
    public var snapshotMarkOnRealUser = false
    /// Whether the virtual person is the same at each visit.
    public var snapshotUserIsStable = false
    /// Whether a virtual person has a profile; else 48001.
    public var snapshotProfile = true
    /// What becomes of `state`.
    public var stateReturn = StateReturn.asReal
    /// Whether the callback is requested a second time.
    public var callbackRepeat = CallbackRepeat.never
    /// Seconds between the two requests of a callback, 0 to 1e9.
    public var callbackRepeatDelay = 0.03
    /// How old the code is when it is delivered, in seconds: 360 is a callback that comes too late.
    public var codeAge = 0.0
    /// Whether an https callback is called over http.
    public var callbackOverHTTP = false

    /// How long a QR code waits for a phone, in seconds.
    public var qrCodeLifetime = 300.0
    /// What the long poll of a QR code answers whatever happens: 402 or 500 for a failure; nil for the truth.
    public var qrPollNumber: Int?

    /// How often a push is tried until it is answered as WeChat wants it.
    public var pushAttempts = 3

    /// The number for a wrong secret: 40125, or 40001.
    public var wrongSecretNumber = 40125
    /// The number for an expired code: 42003, or 40029.
    public var expiredCodeNumber = 42003
    /// The number for an expired refresh token: 40030, or 42002.
    public var expiredRefreshTokenNumber = 40030
    /// Whether error texts end in the `hints` of old servers instead of `rid`.
    public var oldHints = false
    /// How long an access token lives, in seconds, 0 to 1e9.
    public var accessTokenLifetime = 7200.0
    /// How long a refresh token lives, in seconds, whatever its use.
    public var refreshTokenLifetime = 2_592_000.0
    /// Whether a refresh gives another refresh token.
    public var refreshTokenChanges = false
    /// Whether the profile call looks at `openid`; else the token alone decides.
    public var profileChecksOpenID = true
    /// Whether unionid comes with the profile only, and not with the token.
    public var unionIDInProfileOnly = false
    /// Whether `wx.login` replaces the session key, so that the one before is worth nothing.
    public var sessionKeyChanges = true
    /// Whether mini programs get 微信用户 and a grey picture instead of name and picture, as since 2022.
    public var anonymousProfiles = true
    /// How long tokens and tickets of the accounts themselves live, in seconds.
    public var accountTokenLifetime = 7200.0
    /// How long a replaced account token still holds, and how early a stable one is replaced, in seconds.
    public var accountTokenOverlap = 300.0
    /// Seconds in which a stable token is forced once only; a further call gets the same token.
    public var forcedRefreshInterval = 30.0
    /// How often a stable token may be forced in 24 hours (45009).
    public var forcedRefreshesPerDay = 20
    /// What `get_api_domain_ip` lists.
    public var apiAddresses = ["127.0.0.1"]
    /// What `getcallbackip` lists.
    public var callbackAddresses = ["127.0.0.1"]
    /// How often one person may sign in to one mini program in a minute (45011).
    public var loginsPerMinute = 100
    /// Calls of one kind that an app may make in a minute (45011).
    public var callsPerMinute = 50_000
    /// Calls of one kind that an app may make in a day (45009); nil for no limit.
    public var callsPerDay: Int?
    /// What goes wrong at each call of a kind, by ``Endpoint``'s name, such as `exchange`.
    public var faults: [String: Fault] = [:]

    /// The behaviour of the real WeChat.
    public init() {}
}

extension Behaviour {
    /// Why a change written as JSON was not taken.
    public enum PatchError: Error, Hashable, Sendable {
        /// It is no JSON object.
        case notAnObject
        /// There is no such field.
        case unknownField(String)
        /// A value does not fit its field: another type, a time beyond 0 to 1e9 seconds, a fault of no ``Endpoint``.
        case invalidValue
        /// A fault that a server cannot show.
        case inProcessOnly(Fault.Kind)
    }

    /// Changes the fields that a JSON object names; null takes an optional one away.
    ///
    /// Faults that only ``Simulator/answer(method:pathAndQuery:headers:body:)`` can show are refused: they are set in
    /// Swift.
    public mutating func apply(json: [UInt8]) throws(PatchError) {
        let changed: Behaviour
        do {
            changed = try JSONPatch.apply(json, to: self)
        } catch {
            switch error {
            case .notAnObject: throw .notAnObject
            case .unknownField(let name): throw .unknownField(name)
            case .invalidValue: throw .invalidValue
            }
        }
        try changed.check(JSONPatch.names(in: json))
        self = changed
    }

    /// Checks the fields just changed; others may hold whatever Swift code put there.
    private func check(_ names: Set<String>) throws(PatchError) {
        for case (let name?, let value as Double) in Mirror(reflecting: self).children
        where names.contains(name) && !Seconds.range.contains(value) {
            throw .invalidValue
        }
        guard names.contains("faults") else { return }
        guard faults.keys.allSatisfy({ Endpoint(rawValue: $0) != nil }) else { throw .invalidValue }
        if let fault = faults.values.first(where: \.kind.isInProcessOnly) { throw .inProcessOnly(fault.kind) }
    }
}
