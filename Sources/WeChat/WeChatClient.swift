/// WeChat's sign-in calls for one app; keeps no state, no token and no session.
///
/// Every call may throw any ``WeChatError``; ``WeChatError/kind`` tells who can do something about it.
public struct WeChatClient: Sendable {
    /// The app.
    public let appID: AppID
    /// How patiently it calls.
    public let options: WeChatOptions
    let secret: AppSecret
    private let transport: any WeChatTransport

    /// Describes a client; nothing is sent.
    public init(
        appID: AppID, secret: AppSecret, options: WeChatOptions = WeChatOptions(), transport: any WeChatTransport
    ) {
        self.appID = appID
        self.secret = secret
        self.options = options
        self.transport = transport
    }

    /// Exchanges the code of a callback for the person's openid and tokens (`/sns/oauth2/access_token`).
    ///
    /// A code works once. A request that may have reached WeChat is therefore never sent again, except after WeChat
    /// itself answered that it was busy; should that attempt have used the code up, 40163 follows: start again.
    public func exchangeCode(_ code: AuthorizationCode) async throws(WeChatError) -> TokenAnswer {
        let text = code.exposeSecret()
        guard !appID.rawValue.isEmpty else { throw .notCalled(.appIDEmpty) }
        guard !secret.isEmpty else { throw .notCalled(.appSecretEmpty) }
        guard !text.isEmpty else { throw .notCalled(.codeEmpty) }
        guard text != "authdeny" else { throw .notCalled(.authorizationDenied) }
        guard text.utf8.count <= 512 else { throw .notCalled(.codeTooLong) }
        let parameters = [
            ("appid", appID.rawValue), ("secret", secret.exposeSecret()), ("code", text),
            ("grant_type", "authorization_code"),
        ]
        return try await call(.codeExchange, parameters) { answer throws(UnreadableAnswer) in try TokenAnswer(answer) }
    }

    /// Renews an access token (`/sns/oauth2/refresh_token`); the secret is not sent.
    ///
    /// While the access token lives, the same one comes back with a new life.
    public func refreshToken(_ token: RefreshToken) async throws(WeChatError) -> TokenAnswer {
        guard !appID.rawValue.isEmpty else { throw .notCalled(.appIDEmpty) }
        guard !token.isEmpty else { throw .notCalled(.tokenEmpty) }
        let parameters = [
            ("appid", appID.rawValue), ("grant_type", "refresh_token"), ("refresh_token", token.exposeSecret()),
        ]
        return try await call(.tokenRefresh, parameters) { answer throws(UnreadableAnswer) in try TokenAnswer(answer) }
    }

    /// Whether an access token lives and belongs to this person (`/sns/auth`).
    ///
    /// False for 40001, 40003, 40014, 42001 and 42007; every other number is thrown.
    public func validateToken(_ token: AccessToken, openID: OpenID) async throws(WeChatError) -> Bool {
        guard !token.isEmpty else { throw .notCalled(.tokenEmpty) }
        guard !openID.rawValue.isEmpty else { throw .notCalled(.openIDEmpty) }
        do {
            let parameters = [("access_token", token.exposeSecret()), ("openid", openID.rawValue)]
            return try await call(.tokenCheck, parameters) { answer throws(UnreadableAnswer) in
                guard answer.number("errcode") == 0 else { throw .missingField("errcode") }
                return true
            }
        } catch .api(let error) where Self.meansInvalidToken.contains(error.code) {
            return false
        }
    }

    private static let meansInvalidToken: Set<ErrorCode> = [
        .invalidCredential, .invalidOpenID, .invalidAccessToken, .accessTokenExpired, .tokenInvalidated,
    ]

    /// Reads a person's profile (`/sns/userinfo`); needs a token with `snsapi_userinfo`.
    ///
    /// A profile holds text by strangers: give the unionid of the token answer, when it had one, and a profile that
    /// names another one is refused too.
    ///
    /// - Throws: ``WeChatError/openIDMismatch`` when the profile is not of the person asked for, beside the others.
    public func userInfo(
        _ token: AccessToken,
        openID: OpenID,
        unionID: UnionID? = nil,
        language: UserInfo.Language = .zhCN
    ) async throws(WeChatError) -> UserInfo {
        guard !token.isEmpty else { throw .notCalled(.tokenEmpty) }
        guard !openID.rawValue.isEmpty else { throw .notCalled(.openIDEmpty) }
        let parameters = [
            ("access_token", token.exposeSecret()), ("openid", openID.rawValue), ("lang", language.rawValue),
        ]
        let profile = try await call(.profile, parameters) { answer throws(UnreadableAnswer) in try UserInfo(answer) }
        guard profile.openID == openID else { throw .openIDMismatch }
        if let unionID, let found = profile.unionID, found != unionID { throw .openIDMismatch }
        return profile
    }

    /// Parameters whose values may stand in an error text.
    private static let harmless: Set<String> = ["appid", "grant_type", "lang", "type", "sig_method"]

    /// Makes one call with its repetitions; `body` is a JSON text to post, and `hidden` what may stand in no error text
    /// besides the parameters.
    func call<Result: Sendable>(
        _ call: WeChatCall,
        _ parameters: [(String, String)],
        body: RequestBody? = nil,
        hidden: [String] = [],
        read: (AnswerObject) throws(UnreadableAnswer) -> Result
    ) async throws(WeChatError) -> Result {
        let query = PercentEncoding.query(parameters.map { (name: $0.0, value: $0.1) })
        let secrets = parameters.filter { !Self.harmless.contains($0.0) }.map(\.1) + hidden
        var attempts = Attempts(call: call, options: options)
        while true {
            let failure: WeChatError
            do {
                return try await attempt(call, query, body, attempts, secrets: secrets, read: read)
            } catch {
                failure = error
            }
            guard let pause = attempts.pause(after: failure), !Task.isCancelled else { throw failure }
            do { try await options.sleep(pause) } catch { throw failure }
        }
    }

    private func attempt<Result: Sendable>(
        _ call: WeChatCall,
        _ query: String,
        _ body: RequestBody?,
        _ attempts: Attempts,
        secrets: [String],
        read: (AnswerObject) throws(UnreadableAnswer) -> Result
    ) async throws(WeChatError) -> Result {
        let request = WeChatRequest(
            url: RequestURL(attempts.host + call.path + (query.isEmpty ? "" : "?" + query)),
            body: body,
            connectTimeout: min(options.connectTimeout, attempts.remaining),
            timeout: min(options.timeout, attempts.remaining),
            userAgent: options.userAgent
        )
        let response: WeChatResponse
        do { response = try await transport.send(request) } catch { throw .transport(error) }
        let error: APIError
        do throws(UnreadableAnswer) {
            let answer = try AnswerObject(response)
            // With another status it is a gateway that speaks, whose errcode may be any word.
            let number = response.status == 200 ? try answer.errorNumber() : answer.number("errcode")
            guard let number, number != 0 else {
                guard response.status == 200 else { throw .httpStatus(response.status) }
                return try read(answer)
            }
            let text = answer.optionalText("errmsg") ?? ""
            error = APIError(call: call, number: number, errmsg: text, secrets: secrets)
        } catch {
            throw .unreadable(error)
        }
        throw .api(error)
    }
}

extension WeChatClient: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The AppID.
    public var description: String { "WeChatClient(\(appID))" }

    /// The AppID.
    public var debugDescription: String { description }

    /// The AppID only.
    public var customMirror: Mirror { Mirror(self, children: ["appID": appID.rawValue]) }
}
