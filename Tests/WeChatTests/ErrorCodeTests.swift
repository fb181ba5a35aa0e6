import Testing

@testable import WeChat

@Suite("Error numbers")
struct ErrorCodeTests {
    /// Every row of the table of sign-in errors: number, kind on the token calls, kind on the others.
    static let rows: [(Int, WeChatError.Kind, WeChatError.Kind)] = [
        (-1, .weChat, .weChat), (-1000, .weChat, .weChat), (40001, .tenant, .user), (40002, .bug, .bug),
        (40003, .bug, .bug), (40013, .tenant, .tenant), (40014, .user, .user), (40029, .user, .user),
        (40030, .user, .user), (40066, .bug, .bug), (40125, .tenant, .tenant), (40163, .user, .user),
        (40164, .tenant, .tenant), (40226, .user, .user), (40243, .tenant, .tenant), (41001, .bug, .bug),
        (41002, .bug, .bug), (41003, .bug, .bug), (41004, .bug, .bug), (41005, .bug, .bug), (41006, .bug, .bug),
        (41007, .bug, .bug), (41008, .bug, .bug), (41009, .bug, .bug), (42001, .user, .user), (42002, .user, .user),
        (42003, .user, .user), (42007, .user, .user), (43001, .bug, .bug), (43002, .bug, .bug), (43003, .bug, .bug),
        (45009, .weChat, .weChat), (45011, .weChat, .weChat), (45035, .tenant, .tenant), (48001, .user, .user),
        (48004, .tenant, .tenant), (48017, .tenant, .tenant), (50001, .user, .user), (50002, .user, .user),
        (50005, .user, .user), (61004, .tenant, .tenant), (61007, .tenant, .tenant), (61023, .tenant, .tenant),
        (61024, .tenant, .tenant), (76001, .bug, .bug), (76004, .bug, .bug), (87009, .user, .user),
        (89503, .tenant, .tenant), (89506, .tenant, .tenant), (89507, .tenant, .tenant),
    ]

    @Test("each has its case and its kind", arguments: rows)
    func haveCases(number: Int, onExchange: WeChatError.Kind, onProfile: WeChatError.Kind) async {
        let tries = number == -1 ? 3 : number == -1000 ? 2 : 1
        let transport = ScriptedTransport(Sample.error(number), Sample.error(number), Sample.error(number))
        await #expect {
            _ = try await transport.client().exchangeCode(Sample.code)
        } throws: { error in
            guard case .api(let answered)? = error as? WeChatError else { return false }
            if case .unlisted = answered.code { return false }
            return answered.code.number == number && answered.kind == onExchange
        }
        #expect(transport.requests.count == tries)
        #expect(ErrorCode(number: number).kind(in: .tokenRefresh) == onExchange)
        #expect(ErrorCode(number: number).kind(in: .tokenCheck) == onProfile)
        #expect(ErrorCode(number: number).kind(in: .profile) == onProfile)
    }

    @Test("the table is complete and without doubles")
    func tableIsComplete() {
        #expect(Set(ErrorCode.listed.map(\.number)) == Set(Self.rows.map(\.0)))
        #expect(Set(ErrorCode.listed.map(\.code)).count == ErrorCode.listed.count)
    }

    @Test("others stay readable")
    func othersStayReadable() {
        #expect(ErrorCode(number: 12345) == .unlisted(12345))
        #expect(ErrorCode.unlisted(12345).number == 12345)
        #expect(ErrorCode.unlisted(12345).kind(in: .codeExchange) == .weChat)
    }

    @Test("quotas are never retried inside a call", arguments: [45009, 45011])
    func quotasAreNotRetried(number: Int) async {
        let transport = ScriptedTransport(Sample.error(number), .body(Sample.token))
        await #expect(throws: WeChatError.self) { try await transport.client().exchangeCode(Sample.code) }
        #expect(transport.requests.count == 1)
    }

    @Test("each of the eighteen distinctions is reachable")
    func distinctionsAreReachable() {
        func answered(_ number: Int, _ call: WeChatCall = .profile) -> WeChatError {
            .api(APIError(call: call, code: ErrorCode(number: number)))
        }
        let reached: [(WeChatError, WeChatError.Distinction)] = [
            (.notCalled(.appSecretEmpty), .configuration), (.transport(.answerLost(.timedOut)), .transport),
            (.unreadable(.notJSON), .responseParseFailed), (answered(40013), .apiError),
            (answered(40001), .accessTokenExpired), (answered(40014), .accessTokenExpired),
            (answered(42001), .accessTokenExpired), (answered(40001, .codeExchange), .apiError),
            (answered(41001), .accessTokenMissing), (answered(42007), .tokenInvalidated),
            (answered(40029), .invalidCode), (answered(40163), .codeUsed), (answered(42003), .codeExpired),
            (answered(40030), .refreshTokenInvalid), (answered(42002), .refreshTokenExpired),
            (answered(50001), .userUnauthorized), (answered(50002), .userUnauthorized),
            (answered(45009), .rateLimitExceeded), (answered(45011), .rateLimitExceeded),
            (answered(40164), .ipNotWhitelisted), (answered(-1), .systemBusy),
            (.notCalled(.authorizationDenied), .invalidParameter),
            (.transport(.notSent(.invalidRequest)), .httpBuildError),
        ]
        for (error, distinction) in reached { #expect(error.distinction == distinction) }
        #expect(Set(reached.map(\.1)) == Set(WeChatError.Distinction.allCases))
        #expect(WeChatError.Distinction.allCases.count == 18)
    }

    @Test(
        "texts lose their request id",
        arguments: [
            ("invalid code, rid: 66c69111-4157f271-729ca238", "invalid code", "66c69111-4157f271-729ca238"),
            ("invalid code rid: 66c69111-4157f271-729ca238", "invalid code", "66c69111-4157f271-729ca238"),
            ("invalid code, hints: [ req_id: plAv90053th21 ]", "invalid code", nil),
            ("invalid code hint: [_HjMtA01474524]", "invalid code", nil), ("", "", nil),
            ("missing refresh_token", "missing refresh_token", nil),
        ] as [(String, String, String?)]
    )
    func textsLoseRequestID(text: String, message: String, rid: String?) {
        let error = APIError(call: .codeExchange, number: 40029, errmsg: text, secrets: ["c0de"])
        #expect(error.message == message)
        #expect(error.rid == rid)
    }
}
