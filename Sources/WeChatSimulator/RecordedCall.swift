/// One call that the simulator took.
public struct RecordedCall: Codable, Sendable, Hashable {
    /// What was called.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// `/connect/oauth2/authorize`.
        case authorize
        /// `/sns/oauth2/access_token`.
        case exchange
        /// `/sns/oauth2/refresh_token`.
        case refresh
        /// `/sns/auth`.
        case check
        /// `/sns/userinfo`.
        case profile
    }

    /// What was called.
    public let endpoint: Kind
    /// The AppID it named.
    public let appID: String?
    /// The code it named, of an exchange.
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
            }
    }
}
