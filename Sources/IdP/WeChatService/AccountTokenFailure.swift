import Foundation
import WeChat

/// Why a call that needs a WeChat app's own token gave nothing.
///
/// No description holds a token or a secret.
enum AccountTokenFailure: Error, Sendable {
    /// WeChat gave the token, and then refused the call itself, after a fresh token too where that could help.
    case call(WeChatError)
    /// WeChat gave no token or ticket.
    case fetch(WeChatError)
    /// The last fetch failed, and nobody asks WeChat again before this time; with WeChat's number, if it gave one.
    case resting(ErrorCode?, until: Date)
    /// Another process was fetching, and its result did not come in time.
    case noResultInTime
    /// The database failed.
    case storage(StorageError)

    /// What WeChat itself said, or its silence.
    var weChatError: WeChatError? {
        switch self {
        case .call(let error), .fetch(let error): error
        case .resting(let code?, _): .api(APIError(call: .accountToken, code: code))
        case .resting(nil, _), .noResultInTime: .transport(.answerLost(.timedOut))
        case .storage: nil
        }
    }

    /// WeChat's number, if it gave one.
    var code: ErrorCode? {
        if case .api(let error)? = weChatError { error.code } else { nil }
    }
}

extension AccountTokenFailure: CustomStringConvertible {
    /// One line for a log.
    var description: String {
        switch self {
        case .call(let error), .fetch(let error): error.description
        case .resting(let code, _):
            "the last attempt failed" + (code.map { " with \($0.number)" } ?? "") + ", and the next one is not due yet"
        case .noResultInTime: "another process is asking WeChat, and its result did not come in time"
        case .storage(let error): error.description
        }
    }
}
