extension WeChatClient {
    /// The app's own access token (`/cgi-bin/stable_token`), for calls that concern no person.
    ///
    /// Without force the same token comes back until five minutes before its end. With it the old one dies at once; WeChat
    /// allows that 20 times a day, 30 seconds apart.
    public func accountToken(forceRefresh: Bool = false) async throws(WeChatError) -> AccountTokenAnswer {
        guard !appID.rawValue.isEmpty else { throw .notCalled(.appIDEmpty) }
        guard !secret.isEmpty else { throw .notCalled(.appSecretEmpty) }
        let body = JSONText.object([
            ("grant_type", .text("client_credential")), ("appid", .text(appID.rawValue)),
            ("secret", .text(secret.exposeSecret())), ("force_refresh", .bool(forceRefresh)),
        ])
        return try await call(
            .accountToken, [], body: RequestBody(body), hidden: [secret.exposeSecret()]
        ) { answer throws(UnreadableAnswer) in try AccountTokenAnswer(answer) }
    }

    /// The ticket that JS-SDK signatures are made with (`/cgi-bin/ticket/getticket`).
    public func jsapiTicket(token: AccountToken) async throws(WeChatError) -> JSAPITicketAnswer {
        guard !token.isEmpty else { throw .notCalled(.tokenEmpty) }
        return try await call(.jsapiTicket, [("access_token", token.exposeSecret()), ("type", "jsapi")]) {
            answer throws(UnreadableAnswer) in try JSAPITicketAnswer(answer)
        }
    }
}

/// The app's own access token.
///
/// Source: getStableAccessToken.
public struct AccountTokenAnswer: Sendable, Equatable {
    /// The token; 512 characters at most so far.
    public let token: AccountToken
    /// What is left of its life.
    public let expiresIn: Duration

    /// Describes one answer.
    public init(token: AccountToken, expiresIn: Duration) {
        self.token = token
        self.expiresIn = expiresIn
    }
}

extension AccountTokenAnswer {
    init(_ answer: AnswerObject) throws(UnreadableAnswer) {
        self.init(
            token: AccountToken(try answer.text("access_token")),
            expiresIn: .seconds(try answer.positiveNumber("expires_in"))
        )
    }
}

/// The ticket for JS-SDK signatures.
///
/// Source: JS-SDK说明文档, appendix 1.
public struct JSAPITicketAnswer: Sendable, Equatable {
    /// The ticket.
    public let ticket: JSAPITicket
    /// How long it lives.
    public let expiresIn: Duration

    /// Describes one answer.
    public init(ticket: JSAPITicket, expiresIn: Duration) {
        self.ticket = ticket
        self.expiresIn = expiresIn
    }
}

extension JSAPITicketAnswer {
    init(_ answer: AnswerObject) throws(UnreadableAnswer) {
        self.init(
            ticket: JSAPITicket(try answer.text("ticket")),
            expiresIn: .seconds(try answer.positiveNumber("expires_in"))
        )
    }
}
