/// Something WeChat tells an account about a person.
public struct PushedEvent: Sendable, Hashable, Codable {
    /// What happened.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// The person's data changed (`user_info_modified`).
        case infoModified = "user_info_modified"
        /// The person took an authorization back (`user_authorization_revoke`).
        case authorizationRevoked = "user_authorization_revoke"
        /// The person closed the WeChat account (`user_authorization_cancellation`).
        case authorizationCancelled = "user_authorization_cancellation"
        /// The person follows the account now.
        case subscribe
        /// The person follows it no longer.
        case unsubscribe
        /// A follower scanned a code of the account.
        case scan = "SCAN"
        /// The person tapped a menu.
        case click = "CLICK"
        /// The person wrote something.
        case text
    }

    /// What is wrong with the message.
    public enum Flaw: String, Sendable, Hashable, Codable, CaseIterable {
        /// `signature` and `msg_signature` fit nothing.
        case wrongSignature
        /// The encrypted message is for another AppID.
        case otherAppID
        /// The encrypted message is made with another key.
        case otherKey
        /// `timestamp` and `CreateTime` are an hour old.
        case oldTimestamp
        /// A document type with entities that refer to each other stands before the message; in XML only.
        case entities
    }

    /// What happened.
    public var kind: Kind
    /// The person's id; nil for whoever holds the phone.
    public var user: String?
    /// What was taken back: 205 nickname and picture, 301 everything an app has, and so on.
    public var revokeInfo: String?
    /// `EventKey`: what was scanned or tapped.
    public var eventKey: String?
    /// `Content` of a text.
    public var content: String?
    /// What is to be wrong with it.
    public var flaw: Flaw?

    /// Describes one event.
    public init(
        _ kind: Kind, user: String? = nil, revokeInfo: String? = nil, eventKey: String? = nil, content: String? = nil,
        flaw: Flaw? = nil
    ) {
        self.kind = kind
        self.user = user
        self.revokeInfo = revokeInfo
        self.eventKey = eventKey
        self.content = content
        self.flaw = flaw
    }

    /// Whether it is of the kind 授权用户信息变更, which names the person in fields of its own.
    var isAuthorizationChange: Bool {
        switch kind {
        case .infoModified, .authorizationRevoked, .authorizationCancelled: true
        case .subscribe, .unsubscribe, .scan, .click, .text: false
        }
    }
}

/// What became of a push.
public struct PushReport: Sendable, Hashable, Codable {
    /// One attempt: the HTTP status and the beginning of the answer, or why there was none.
    public struct Attempt: Sendable, Hashable, Codable {
        /// The HTTP status.
        public var status: Int?
        /// At most 200 characters of the answer.
        public var answer: String?
        /// `timedOut`, `connection`, `tls`, `tooLong` or `noNetwork`.
        public var failure: String?
    }

    /// Whether an attempt was answered as WeChat wants it.
    public var isDelivered: Bool
    /// All attempts, one after the other.
    public var attempts: [Attempt]
}
