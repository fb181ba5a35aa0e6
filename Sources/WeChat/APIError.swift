/// An error that WeChat answered: number, text and request id.
public struct APIError: Error, Hashable, Sendable {
    /// Which call it answered; 40001 means another thing on each.
    public let call: WeChatCall
    /// The number, which alone decides.
    public let code: ErrorCode
    /// WeChat's text for people, at most 200 characters, without its request id and without our parameters.
    public let message: String
    /// WeChat's id of the request, for its support; kept there seven days.
    public let rid: String?

    /// Describes one answered error.
    public init(call: WeChatCall, code: ErrorCode, message: String = "", rid: String? = nil) {
        self.call = call
        self.code = code
        self.message = message
        self.rid = rid
    }

    /// Who can do something about it.
    public var kind: WeChatError.Kind { code.kind(in: call) }
}

/// The calls of this library, by what they are for.
public enum WeChatCall: Hashable, Sendable, CaseIterable {
    /// `/sns/oauth2/access_token`.
    case codeExchange
    /// `/sns/oauth2/refresh_token`.
    case tokenRefresh
    /// `/sns/auth`.
    case tokenCheck
    /// `/sns/userinfo`.
    case profile
    /// `/sns/jscode2session`.
    case miniProgramLogin
    /// `/wxa/checksession`.
    case sessionKeyCheck
    /// `/wxa/business/getuserphonenumber`.
    case phoneNumber
    /// `/cgi-bin/stable_token`.
    case accountToken
    /// `/cgi-bin/ticket/getticket`.
    case jsapiTicket

    /// The path at WeChat's API host.
    public var path: String {
        switch self {
        case .codeExchange: "/sns/oauth2/access_token"
        case .tokenRefresh: "/sns/oauth2/refresh_token"
        case .tokenCheck: "/sns/auth"
        case .profile: "/sns/userinfo"
        case .miniProgramLogin: "/sns/jscode2session"
        case .sessionKeyCheck: "/wxa/checksession"
        case .phoneNumber: "/wxa/business/getuserphonenumber"
        case .accountToken: "/cgi-bin/stable_token"
        case .jsapiTicket: "/cgi-bin/ticket/getticket"
        }
    }

    /// Whether asking twice does no more than asking once; a code is used up by its first exchange.
    var isRepeatable: Bool {
        switch self {
        case .codeExchange, .miniProgramLogin, .phoneNumber: false
        default: true
        }
    }

    /// Whether the call is made with the app's own ``AccountToken``, which others may have replaced meanwhile.
    ///
    /// 40001, 40014 and 42001 then mean: fetch a new one and ask once more.
    public var usesAccountToken: Bool {
        switch self {
        case .sessionKeyCheck, .phoneNumber, .jsapiTicket: true
        default: false
        }
    }

    /// Whether the call sends the app's secret.
    var sendsSecret: Bool {
        switch self {
        case .codeExchange, .tokenRefresh, .miniProgramLogin, .accountToken: true
        default: false
        }
    }
}

extension APIError: CustomStringConvertible {
    /// One line for a log.
    public var description: String {
        "WeChat answered \(code.number) to \(call.path)"
            + (message.isEmpty ? "" : ": \(message)") + (rid.map { " (rid \($0))" } ?? "")
    }
}

extension APIError {
    /// Reads `errmsg`: takes off the request id (`, rid: 8-8-8`, older `hints: [ … ]`) and any secret echoed back.
    init(call: WeChatCall, number: Int, errmsg: String, secrets: [String]) {
        var text = errmsg
        var rid: String?
        if let range = text.firstRange(of: "rid:") {
            let candidate = text[range.upperBound...].drop { $0 == " " }.prefix { $0.isHexDigit || $0 == "-" }
            if !candidate.isEmpty, candidate.utf8.count <= 40 { rid = String(candidate) }
            text = String(text[..<range.lowerBound])
        } else if let range = text.firstRange(of: "hint") {
            text = String(text[..<range.lowerBound])
        }
        for value in secrets where value.utf8.count >= 4 {
            text = text.replacing(value, with: "<redacted>")
        }
        while let last = text.last, last == "," || last.isWhitespace { text.removeLast() }
        self.init(call: call, code: ErrorCode(number: number), message: String(text.prefix(200)), rid: rid)
    }
}
