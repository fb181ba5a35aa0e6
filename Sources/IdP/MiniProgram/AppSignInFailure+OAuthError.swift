import Logging
import WeChat

extension OAuthError {
    /// What a program is told whose code named nobody; WeChat's number may stand there, its words never.
    init(_ failure: AppSignInFailure) {
        switch failure {
        case .weChat(let error): self.init(error)
        case .blocked: self.init(.invalidGrant, "this person may not sign in")
        case .notAPerson: self.init(.invalidGrant, "the code names nobody")
        case .wrongKind: self.init(.invalidRequest, "the connection is of another kind")
        case .busy: self.init(.temporarilyUnavailable, "too many sign-ins at once", retryAfter: 1)
        }
    }

    /// Trouble with WeChat is never this provider's failure, nor the code's: the same request may succeed later, with
    /// a new code, since nobody knows whether this one was used up.
    init(_ error: WeChatError) {
        let number = if case .api(let api) = error { " (\(api.code.number))" } else { "" }
        switch error.kind {
        case .user:
            self.init(.invalidGrant, "WeChat refused the code\(number); get a new one")
        case .tenant, .bug:
            self.init(
                .temporarilyUnavailable, "the connection does not work\(number); its operator must correct it",
                retryAfter: 60)
        case .weChat:
            self.init(
                .temporarilyUnavailable, "WeChat can't say who it is\(number); try again with a new code",
                retryAfter: error.isQuota ? 60 : 2)
        }
    }
}

extension WeChatError {
    /// Whether WeChat has had enough of our calls, for a minute or for the day.
    fileprivate var isQuota: Bool {
        if case .api(let api) = self {
            api.code == .minuteQuotaReached || api.code == .dailyQuotaReached
        } else {
            false
        }
    }
}

extension AppSignInFailure {
    /// One line for the operator, louder when they can do something about it.
    func log(to logger: Logger, connection: Connection) {
        guard case .weChat(let error) = self else {
            logger.notice("nobody signed in", metadata: ["connection": "\(connection.id)", "cause": "\(name)"])
            return
        }
        let needsOperator = error.kind == .tenant || error.kind == .bug || error.isQuota
        logger.log(
            level: needsOperator ? .error : .notice, "nobody signed in",
            metadata: ["connection": "\(connection.id)", "cause": "\(error)"])
    }

    private var name: String {
        switch self {
        case .weChat: "WeChat"
        case .blocked: "the user is blocked"
        case .notAPerson: "a snapshot page's stand-in"
        case .wrongKind: "a connection of another kind"
        case .busy: "too many exchanges at once"
        }
    }
}
