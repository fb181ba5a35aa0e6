import HTTPTypes
import WeChat

extension PageFailure {
    /// What a person reads when WeChat did not say who they are.
    ///
    /// Trouble upstream is 502, 503 or 504, never 500.
    static func weChat(_ error: WeChatError, retry: String) -> PageFailure {
        let (text, status): (PageText, HTTPResponse.Status) =
            switch error {
            case .api(let api): weChat(api, kind: error.kind)
            case .transport(.answerLost(.timedOut)), .transport(.notSent(.connectTimedOut)):
                (.weChatSlow, .gatewayTimeout)
            case .transport(.notSent(.paused)), .transport(.notSent(.crowded)): (.weChatBusy, .serviceUnavailable)
            case .transport: (.weChatBusy, .badGateway)
            case .unreadable, .openIDMismatch: (.weChatUnreadable, .badGateway)
            case .notCalled: (.codeRefused, .badRequest)
            }
        var failure = PageFailure(
            text, status: status, retry: retry, cause: error.description,
            needsOperator: error.kind == .tenant || error.kind == .bug || text == .tooManySignIns || error.isUnlisted)
        if status == .serviceUnavailable {
            failure.retryAfter = text == .tooManySignIns ? 60 : Int(HostBreaker.pause)
        }
        return failure
    }

    private static func weChat(_ error: APIError, kind: WeChatError.Kind) -> (PageText, HTTPResponse.Status) {
        switch error.code {
        case .minuteQuotaReached, .dailyQuotaReached: (.tooManySignIns, .serviceUnavailable)
        case .systemBusy, .systemError: (.weChatBusy, .serviceUnavailable)
        // Neutral words: the person may not be told why WeChat distrusts the account.
        case .userLimited, .codeBlocked: (.accountLimited, .forbidden)
        default:
            switch kind {
            case .user: (.codeRefused, .badRequest)
            case .tenant, .bug: (.connectionMisconfigured, .badGateway)
            case .weChat: (.weChatUnreadable, .badGateway)
            }
        }
    }
}

extension WeChatError {
    /// A number that no table of WeChat's holds: somebody should look at it.
    fileprivate var isUnlisted: Bool {
        if case .api(let api) = self, case .unlisted = api.code { true } else { false }
    }
}
