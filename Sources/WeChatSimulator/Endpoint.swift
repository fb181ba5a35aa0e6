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
}
