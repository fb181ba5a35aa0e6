/// One call that the simulator took, or made.
public struct RecordedCall: Codable, Sendable, Hashable {
    /// What was called.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// `/connect/oauth2/authorize`.
        case authorize
        /// `/connect/qrconnect` and what a phone does with its code.
        case qrConnect
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
        /// A message pushed to an account's address, or the check of that address.
        case push
        /// The fetch of a domain's proof.
        case domainCheck
    }

    /// What was called.
    public let endpoint: Kind
    /// The AppID it named, or its token belongs to.
    public let appID: String?
    /// The code it named: of an exchange, a mini program's login, a phone number.
    public let code: String?
    /// `ok`, an error number, `page 10003`, `consent`, `redirect`, or the name of a fault.
    public let outcome: String
}

extension RecordedCall.Kind {
    init(_ endpoint: Endpoint) {
        self =
            switch endpoint {
            case .exchange: .exchange
            case .refresh: .refresh
            case .check: .check
            case .profile: .profile
            case .login: .login
            case .sessionCheck: .sessionCheck
            case .phoneNumber: .phoneNumber
            case .token: .token
            case .stableToken: .stableToken
            case .ticket: .ticket
            case .apiAddresses: .apiAddresses
            case .callbackAddresses: .callbackAddresses
            }
    }
}
