extension ErrorCode {
    /// Whether and when the same call may be made again.
    public enum Retry: Hashable, Sendable {
        /// It would fail again.
        case never
        /// At once, this many times.
        case now(tries: Int)
        /// In a minute or more, so not while a person waits.
        case afterAMinute
        /// When the day's quota is renewed; until then one call a minute is enough to find out.
        case afterTheDay
    }

    /// Whether and when the same call may be made again.
    public var retry: Retry {
        switch self {
        case .systemBusy: .now(tries: 2)
        case .systemError: .now(tries: 1)
        case .minuteQuotaReached: .afterAMinute
        case .dailyQuotaReached: .afterTheDay
        default: .never
        }
    }

    /// Who can do something about this error on this call.
    public func kind(in call: WeChatCall) -> WeChatError.Kind {
        switch self {
        case .invalidCredential:
            // The text is the same, the cause is not: WeChat's tables name the secret for the token calls (the refresh
            // among them, though it sends none), and for the others the person's token.
            call.sendsSecret ? .tenant : call.usesAccountToken ? .weChat : .user
        case .invalidAppID where call == .phoneNumber:
            // Its table: the code was given to another mini program than the one that asks.
            .user
        case .invalidAccessToken, .accessTokenExpired:
            call.usesAccountToken ? .weChat : .user
        case .invalidCode, .invalidRefreshToken, .codeUsed, .codeBlocked,
            .refreshTokenExpired, .codeExpired, .tokenInvalidated, .apiUnauthorized, .userUnauthorized, .userLimited,
            .notFollower, .invalidSignature:
            .user
        case .invalidAppID, .invalidAppSecret, .ipNotAllowed, .appSecretFrozen, .clientIPNotAllowed, .apiForbidden,
            .retiredAddress, .componentPermissionMissing, .componentNotGranted, .componentRefreshTokenInvalid,
            .componentTokenRequired, .ipNeedsConfirmation, .ipRefused, .ipRefusedForNow:
            .tenant
        case .systemBusy, .systemError, .dailyQuotaReached, .minuteQuotaReached, .unlisted:
            .weChat
        case .invalidGrantType, .invalidOpenID, .invalidURL, .accessTokenMissing, .appIDMissing, .refreshTokenMissing,
            .appSecretMissing, .mediaDataMissing, .mediaIDMissing, .submenuMissing, .codeMissing, .openIDMissing,
            .getRequired, .postRequired, .httpsRequired, .ridNotFound, .ridTooOld:
            .bug
        }
    }
}
