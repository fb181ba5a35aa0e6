/// The API calls, which can be disturbed.
public enum Endpoint: String, Codable, Sendable, CaseIterable {
    /// `/sns/oauth2/access_token`.
    case exchange
    /// `/sns/oauth2/refresh_token`.
    case refresh
    /// `/sns/auth`.
    case check
    /// `/sns/userinfo`.
    case profile
    /// `/sns/jscode2session`.
    case login
    /// `/wxa/checksession`.
    case sessionCheck
    /// `/wxa/business/getuserphonenumber`.
    case phoneNumber
    /// `/cgi-bin/token`.
    case token
    /// `/cgi-bin/stable_token`.
    case stableToken
    /// `/cgi-bin/ticket/getticket`.
    case ticket
    /// `/cgi-bin/get_api_domain_ip`.
    case apiAddresses
    /// `/cgi-bin/getcallbackip`.
    case callbackAddresses

    private static let paths: [String: Endpoint] = [
        "/sns/oauth2/access_token": .exchange,
        "/sns/oauth2/refresh_token": .refresh,
        "/sns/auth": .check,
        "/sns/userinfo": .profile,
        "/sns/jscode2session": .login,
        "/wxa/checksession": .sessionCheck,
        "/wxa/business/getuserphonenumber": .phoneNumber,
        "/cgi-bin/token": .token,
        "/cgi-bin/stable_token": .stableToken,
        "/cgi-bin/ticket/getticket": .ticket,
        "/cgi-bin/get_api_domain_ip": .apiAddresses,
        "/cgi-bin/getcallbackip": .callbackAddresses,
    ]

    init?(path: String) {
        guard let endpoint = Self.paths[path] else { return nil }
        self = endpoint
    }

    /// Whether it reads a JSON body; all others ignore one.
    var readsJSON: Bool { self == .stableToken || self == .phoneNumber }

    /// The error number for a method that it does not take.
    func refusal(ofMethod method: String) -> Int? {
        if readsJSON { return method == "POST" ? nil : 43002 }
        return method == "GET" || method == "POST" ? nil : 43001
    }
}
