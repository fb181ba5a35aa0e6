/// What WeChat gives for a code or a refresh token.
///
/// Source: api_snsaccesstoken, api_snsrefreshtoken.
public struct TokenAnswer: Sendable, Equatable {
    /// Reads the profile, when ``scopes`` allows.
    public let accessToken: AccessToken
    /// How long ``accessToken`` lives.
    public let expiresIn: Duration
    /// Renews ``accessToken``.
    public let refreshToken: RefreshToken
    /// The person, under this AppID.
    public let openID: OpenID
    /// What the person granted, as WeChat names it.
    public let scopes: [String]
    /// The person, under the open-platform account; absent with `snsapi_base`, and always from a refresh.
    public let unionID: UnionID?
    /// Whether this is the made-up person of a snapshot page (快照页): no account may come of it.
    public let isSnapshotUser: Bool

    /// Describes one answer.
    public init(
        accessToken: AccessToken,
        expiresIn: Duration,
        refreshToken: RefreshToken,
        openID: OpenID,
        scopes: [String],
        unionID: UnionID? = nil,
        isSnapshotUser: Bool = false
    ) {
        self.accessToken = accessToken
        self.expiresIn = expiresIn
        self.refreshToken = refreshToken
        self.openID = openID
        self.scopes = scopes
        self.unionID = unionID
        self.isSnapshotUser = isSnapshotUser
    }

    /// Whether ``WeChatClient/userInfo(_:openID:language:)`` is allowed.
    public var allowsUserInfo: Bool { scopes.contains(WebScope.userInfo.rawValue) || scopes.contains("snsapi_login") }
}

extension TokenAnswer {
    init(_ answer: AnswerObject) throws(UnreadableAnswer) {
        self.init(
            accessToken: AccessToken(try answer.text("access_token")),
            expiresIn: .seconds(try answer.positiveNumber("expires_in")),
            refreshToken: RefreshToken(try answer.text("refresh_token")),
            openID: OpenID(rawValue: try answer.identifier("openid")),
            scopes: (answer.optionalText("scope") ?? "").split { $0 == "," || $0 == " " }.map(String.init),
            unionID: try answer.optionalIdentifier("unionid").map(UnionID.init(rawValue:)),
            isSnapshotUser: answer.number("is_snapshotuser") == 1
        )
    }
}
