/// Why a call to WeChat gave no result.
///
/// No description holds an address, code, token, secret or openid.
public enum WeChatError: Error, Hashable, Sendable {
    /// WeChat answered with an error number.
    case api(APIError)
    /// No answer came.
    case transport(WeChatTransportError)
    /// An answer came that is none of WeChat's.
    case unreadable(UnreadableAnswer)
    /// The profile that came back belongs to somebody else than the one asked for.
    case openIDMismatch
    /// The call was not made, since it could only fail.
    case notCalled(NotCalled)

    /// Who can do something about a failure.
    public enum Kind: Hashable, Sendable {
        /// The person: start the sign-in again.
        case user
        /// The operator of the connection: correct its settings.
        case tenant
        /// WeChat: wait.
        case weChat
        /// Us: the call was made wrongly.
        case bug
    }

    /// Why a call was not made.
    public enum NotCalled: Hashable, Sendable {
        /// The connection has no AppID.
        case appIDEmpty
        /// The connection has no AppSecret.
        case appSecretEmpty
        /// The callback came without a code: by WeChat's older documents, the person refused.
        case codeEmpty
        /// The callback came with `code=authdeny`: the person refused.
        case authorizationDenied
        /// The code is longer than 512 bytes.
        case codeTooLong
        /// The token is empty.
        case tokenEmpty
        /// The openid is empty.
        case openIDEmpty
    }

    /// Who can do something about it.
    public var kind: Kind {
        switch self {
        case .api(let error): error.kind
        case .transport(.notSent(.invalidRequest)): .tenant
        case .transport, .unreadable, .openIDMismatch: .weChat
        case .notCalled(.appIDEmpty), .notCalled(.appSecretEmpty): .tenant
        case .notCalled(.codeEmpty), .notCalled(.authorizationDenied), .notCalled(.codeTooLong): .user
        case .notCalled(.tokenEmpty), .notCalled(.openIDEmpty): .bug
        }
    }
}

/// Why an answer could not be read.
public enum UnreadableAnswer: Error, Hashable, Sendable {
    /// There was nothing in it.
    case emptyBody
    /// It is not a JSON object, for instance a proxy's HTML page.
    case notJSON
    /// It is the beginning of a JSON object.
    case truncated
    /// The named field is absent or of another type.
    case missingField(String)
    /// The named field holds what WeChat never sends.
    case invalidField(String)
    /// The HTTP status was not 200, and the body no error of WeChat's.
    case httpStatus(Int)
}

extension WeChatError: CustomStringConvertible {
    /// One line for a log.
    public var description: String {
        switch self {
        case .api(let error): error.description
        case .transport(.notSent(let reason)): "the request to WeChat was not sent: \(reason)"
        case .transport(.answerLost(let reason)): "WeChat's answer was lost: \(reason)"
        case .transport(.bodyTooLarge): "WeChat's answer is too long"
        case .unreadable(.missingField(let name)): "WeChat's answer lacks \(name)"
        case .unreadable(.invalidField(let name)): "WeChat's answer has an impossible \(name)"
        case .unreadable(.httpStatus(let status)): "WeChat answered with HTTP status \(status)"
        case .unreadable(.emptyBody): "WeChat's answer is empty"
        case .unreadable(.notJSON): "WeChat's answer is not JSON"
        case .unreadable(.truncated): "WeChat's answer is cut short"
        case .openIDMismatch: "WeChat answered with the profile of another person"
        case .notCalled(let reason): "WeChat was not called: \(reason)"
        }
    }
}
