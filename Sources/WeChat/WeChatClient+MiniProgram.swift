extension WeChatClient {
    /// Exchanges what `wx.login` gave for the person's openid and session key (`/sns/jscode2session`).
    ///
    /// A code works once, so a request that may have reached WeChat is never sent again, except after a busy answer.
    public func session(of code: LoginCode) async throws(WeChatError) -> MiniProgramSessionAnswer {
        let text = code.exposeSecret()
        guard !appID.rawValue.isEmpty else { throw .notCalled(.appIDEmpty) }
        guard !secret.isEmpty else { throw .notCalled(.appSecretEmpty) }
        guard !text.isEmpty else { throw .notCalled(.codeEmpty) }
        guard text.utf8.count <= 512 else { throw .notCalled(.codeTooLong) }
        let parameters = [
            ("appid", appID.rawValue), ("secret", secret.exposeSecret()), ("js_code", text),
            ("grant_type", "authorization_code"),
        ]
        return try await call(.miniProgramLogin, parameters) { answer throws(UnreadableAnswer) in
            try MiniProgramSessionAnswer(answer)
        }
    }

    /// Whether a person's session key is still WeChat's newest (`/wxa/checksession`); false for 87009.
    ///
    /// - Parameter signature: lower-case hexadecimal HMAC-SHA256 of the empty text, by the session key's base64 text.
    public func checkSessionKey(
        openID: OpenID, signature: String, token: AccountToken
    ) async throws(WeChatError) -> Bool {
        guard !token.isEmpty else { throw .notCalled(.tokenEmpty) }
        guard !openID.rawValue.isEmpty else { throw .notCalled(.openIDEmpty) }
        let parameters = [
            ("access_token", token.exposeSecret()), ("openid", openID.rawValue), ("signature", signature),
            ("sig_method", "hmac_sha256"),
        ]
        do {
            return try await call(.sessionKeyCheck, parameters) { answer throws(UnreadableAnswer) in
                guard answer.number("errcode") == 0 else { throw .missingField("errcode") }
                return true
            }
        } catch .api(let error) where error.code == .invalidSignature {
            return false
        }
    }

    /// The phone number behind the code of a mini program's phone button (`/wxa/business/getuserphonenumber`).
    ///
    /// The code is not that of `wx.login`; it works once, so a lost answer is never asked for again.
    public func phoneNumber(of code: AuthorizationCode, token: AccountToken) async throws(WeChatError)
        -> PhoneNumberAnswer
    {
        let text = code.exposeSecret()
        guard !token.isEmpty else { throw .notCalled(.tokenEmpty) }
        guard !text.isEmpty else { throw .notCalled(.codeEmpty) }
        guard text.utf8.count <= 512 else { throw .notCalled(.codeTooLong) }
        return try await call(
            .phoneNumber, [("access_token", token.exposeSecret())],
            body: RequestBody(JSONText.object([("code", .text(text))])), hidden: [text]
        ) { answer throws(UnreadableAnswer) in try PhoneNumberAnswer(answer) }
    }
}

/// What WeChat gives for a mini program's login code.
///
/// Source: code2Session.
public struct MiniProgramSessionAnswer: Sendable, Equatable {
    /// The person, under this AppID.
    public let openID: OpenID
    /// The person, under the open-platform account, when the mini program is bound to one.
    public let unionID: UnionID?
    /// Replaces every earlier one of this person.
    public let sessionKey: SessionKey

    /// Describes one answer.
    public init(openID: OpenID, unionID: UnionID? = nil, sessionKey: SessionKey) {
        self.openID = openID
        self.unionID = unionID
        self.sessionKey = sessionKey
    }
}

extension MiniProgramSessionAnswer {
    init(_ answer: AnswerObject) throws(UnreadableAnswer) {
        self.init(
            openID: OpenID(rawValue: try answer.identifier("openid")),
            unionID: try answer.optionalIdentifier("unionid").map(UnionID.init(rawValue:)),
            sessionKey: SessionKey(try answer.text("session_key"))
        )
    }
}

/// A phone number that WeChat has proven.
///
/// Source: getPhoneNumber.
public struct PhoneNumberAnswer: Sendable, Equatable {
    /// With its country code when it is not Chinese.
    public let phoneNumber: String
    /// Without a country code.
    public let purePhoneNumber: String
    /// Digits, such as `86`.
    public let countryCode: String
    /// The mini program it was given to; compare it with one's own.
    public let appID: AppID
    /// When it was given, in seconds since 1970.
    public let timestamp: Int

    /// Describes one answer.
    public init(phoneNumber: String, purePhoneNumber: String, countryCode: String, appID: AppID, timestamp: Int) {
        self.phoneNumber = phoneNumber
        self.purePhoneNumber = purePhoneNumber
        self.countryCode = countryCode
        self.appID = appID
        self.timestamp = timestamp
    }

    /// The number as E.164 writes it, `+8613800000000`; nil when it is none.
    public var e164: String? {
        let digits = countryCode + purePhoneNumber
        let isNumber = digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isNumber && !countryCode.isEmpty && (6...15).contains(digits.utf8.count) && countryCode.first != "0"
            ? "+" + digits : nil
    }
}

extension PhoneNumberAnswer {
    init(_ answer: AnswerObject) throws(UnreadableAnswer) {
        let info = try answer.object("phone_info")
        let watermark = try info.object("watermark")
        // A text in the table of fields, a number in the sample beside it.
        guard let countryCode = info.optionalText("countryCode") ?? info.number("countryCode").map(String.init) else {
            throw .missingField("countryCode")
        }
        self.init(
            phoneNumber: try info.text("phoneNumber"),
            purePhoneNumber: try info.text("purePhoneNumber"),
            countryCode: countryCode,
            appID: AppID(rawValue: try watermark.identifier("appid")),
            timestamp: try watermark.timestamp("timestamp")
        )
    }
}
