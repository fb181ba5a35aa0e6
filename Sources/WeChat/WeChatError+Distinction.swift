extension WeChatError {
    /// The failures that callers of the Rust crate `wechat-backend-auth` tell apart, one case for each of its variants.
    public enum Distinction: String, Hashable, Sendable, CaseIterable {
        /// The client's own settings are incomplete.
        case configuration = "Configuration"
        /// No answer came.
        case transport = "Transport"
        /// An answer came that cannot be read.
        case responseParseFailed = "ResponseParseFailed"
        /// Any number without a case of its own.
        case apiError = "ApiError"
        /// 40001 on a person's token, 40014, 42001.
        case accessTokenExpired = "AccessTokenExpired"
        /// 41001.
        case accessTokenMissing = "AccessTokenMissing"
        /// 42007.
        case tokenInvalidated = "TokenInvalidated"
        /// 40029.
        case invalidCode = "InvalidCode"
        /// 40163.
        case codeUsed = "CodeUsed"
        /// 42003.
        case codeExpired = "CodeExpired"
        /// 40030.
        case refreshTokenInvalid = "RefreshTokenInvalid"
        /// 42002.
        case refreshTokenExpired = "RefreshTokenExpired"
        /// 50001, 50002.
        case userUnauthorized = "UserUnauthorized"
        /// 45009, 45011.
        case rateLimitExceeded = "RateLimitExceeded"
        /// 40164, 45035.
        case ipNotWhitelisted = "IpNotWhitelisted"
        /// -1, -1000.
        case systemBusy = "SystemBusy"
        /// The caller's argument can only fail.
        case invalidParameter = "InvalidParameter"
        /// The request could not be put together.
        case httpBuildError = "HttpBuildError"
    }

    /// Which of them this failure is.
    public var distinction: Distinction {
        switch self {
        case .api(let error): error.code.distinction(in: error.call)
        case .transport(.notSent(.invalidRequest)): .httpBuildError
        case .transport: .transport
        case .unreadable, .openIDMismatch: .responseParseFailed
        case .notCalled(.appIDEmpty), .notCalled(.appSecretEmpty): .configuration
        case .notCalled: .invalidParameter
        }
    }
}

extension ErrorCode {
    fileprivate func distinction(in call: WeChatCall) -> WeChatError.Distinction {
        switch self {
        case .invalidCredential where kind(in: call) == .tenant: .apiError
        case .invalidCredential, .invalidAccessToken, .accessTokenExpired: .accessTokenExpired
        case .accessTokenMissing: .accessTokenMissing
        case .tokenInvalidated: .tokenInvalidated
        case .invalidCode: .invalidCode
        case .codeUsed: .codeUsed
        case .codeExpired: .codeExpired
        case .invalidRefreshToken: .refreshTokenInvalid
        case .refreshTokenExpired: .refreshTokenExpired
        case .userUnauthorized, .userLimited: .userUnauthorized
        case .dailyQuotaReached, .minuteQuotaReached: .rateLimitExceeded
        case .ipNotAllowed, .clientIPNotAllowed: .ipNotWhitelisted
        case .systemBusy, .systemError: .systemBusy
        default: .apiError
        }
    }
}
