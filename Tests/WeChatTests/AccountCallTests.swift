import Testing
import WeChat

@Suite("Calls for mini programs, and on behalf of the app itself")
struct AccountCallTests {
    private static let token = AccountToken("87_accountaccount")

    @Test func aLoginCodeIsExchangedByTheDocumentedAddress() async throws {
        let transport = ScriptedTransport(
            .body(#"{"session_key":"EBESExQVFhcYGRobHB0eHw==","openid":"oSIM0000000000000000000000a1"}"#))
        let answer = try await transport.client().session(of: Sample.code)
        #expect(answer.openID.rawValue == "oSIM0000000000000000000000a1")
        #expect(answer.sessionKey == SessionKey("EBESExQVFhcYGRobHB0eHw=="))
        #expect(answer.unionID == nil)
        #expect(
            transport.urls == [
                "https://api.weixin.qq.com/sns/jscode2session?appid=wx0123456789abcdef"
                    + "&secret=5ec2e75ec2e75ec2e75ec2e75ec2e75e&js_code=0713eFw0abcdefghijklmnopqrstuvwx"
                    + "&grant_type=authorization_code"
            ])
    }

    @Test func aLoginCodeWhoseAnswerWasLostIsNotSentAgain() async {
        let transport = ScriptedTransport(.fails(.answerLost(.connectionClosed)))
        await #expect(throws: WeChatError.transport(.answerLost(.connectionClosed))) {
            try await transport.client().session(of: Sample.code)
        }
        #expect(transport.urls.count == 1)
    }

    @Test func anAnswerWithoutASessionKeyIsRefused() async {
        let transport = ScriptedTransport(.body(#"{"openid":"oSIM0000000000000000000000a1"}"#))
        await #expect(throws: WeChatError.unreadable(.missingField("session_key"))) {
            try await transport.client().session(of: Sample.code)
        }
    }

    @Test func theAccountTokenIsPostedAsJSON() async throws {
        let transport = ScriptedTransport(.body(#"{"access_token":"87_x","expires_in":7200}"#))
        let answer = try await transport.client().accountToken(forceRefresh: true)
        #expect(answer.token == AccountToken("87_x"))
        #expect(answer.expiresIn == .seconds(7200))
        #expect(transport.urls == ["https://api.weixin.qq.com/cgi-bin/stable_token"])
        #expect(
            transport.requests[0].body?.exposeSecret()
                == #"{"grant_type":"client_credential","appid":"wx0123456789abcdef","#
                + #""secret":"5ec2e75ec2e75ec2e75ec2e75ec2e75e","force_refresh":true}"#)
        #expect("\(transport.requests[0])".contains("5ec2e7") == false)
    }

    @Test(arguments: [40164, 89503, 89506])
    func anAddressThatIsNotAllowedIsTheTenantsToMend(number: Int) async {
        let transport = ScriptedTransport(Sample.error(number, "invalid ip 1.2.3.4, not in whitelist"))
        await #expect {
            try await transport.client().accountToken()
        } throws: {
            ($0 as? WeChatError)?.kind == .tenant
        }
    }

    @Test func aTicketIsReadThoughErrcodeStandsInIt() async throws {
        let transport = ScriptedTransport(.body(#"{"errcode":0,"errmsg":"ok","ticket":"sM4A","expires_in":7200}"#))
        let answer = try await transport.client().jsapiTicket(token: Self.token)
        #expect(answer.ticket == JSAPITicket("sM4A"))
    }

    @Test(arguments: [40001, 40014, 42001])
    func aStaleAccountTokenIsNobodysFault(number: Int) async {
        let transport = ScriptedTransport(Sample.error(number))
        await #expect {
            try await transport.client().jsapiTicket(token: Self.token)
        } throws: {
            ($0 as? WeChatError)?.kind == .weChat
        }
    }

    @Test(arguments: [
        (#"{"errcode":0,"errmsg":"ok"}"#, true), (#"{"errcode":87009,"errmsg":"invalid signature"}"#, false),
    ])
    func aSessionKeyIsChecked(answer: String, isValid: Bool) async throws {
        let transport = ScriptedTransport(.body(answer))
        let found = try await transport.client().checkSessionKey(
            openID: Sample.openID, signature: "53b5", token: Self.token)
        #expect(found == isValid)
        #expect(transport.urls[0].contains("&signature=53b5&sig_method=hmac_sha256"))
    }

    @Test(arguments: [#""86""#, "86"])
    func aCountryCodeIsTakenAsTextAndAsNumber(code: String) async throws {
        let transport = ScriptedTransport(
            .body(
                #"{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"13800000000","purePhoneNumber":"13800000000","#
                    + #""countryCode":\#(code),"watermark":{"timestamp":1700000000,"appid":"wx0123456789abcdef"}}}"#))
        let answer = try await transport.client().phoneNumber(of: Sample.code, token: Self.token)
        #expect(answer.e164 == "+8613800000000")
        #expect(answer.appID.rawValue == "wx0123456789abcdef")
        #expect(transport.requests[0].body?.exposeSecret() == #"{"code":"0713eFw0abcdefghijklmnopqrstuvwx"}"#)
    }

    @Test func aPhoneCodeWhoseAnswerWasLostIsNotSentAgain() async {
        let transport = ScriptedTransport(.fails(.answerLost(.timedOut)))
        await #expect(throws: WeChatError.transport(.answerLost(.timedOut))) {
            try await transport.client().phoneNumber(of: Sample.code, token: Self.token)
        }
        #expect(transport.urls.count == 1)
    }

    @Test(arguments: [
        ("", "13800000000"), ("0", "13800000000"), ("86", "138x"), ("86", ""), ("86", "1234567890123456"),
    ])
    func whatIsNoNumberIsNotWrittenAsOne(country: String, number: String) {
        let answer = PhoneNumberAnswer(
            phoneNumber: number, purePhoneNumber: number, countryCode: country, appID: AppID(rawValue: "wx0"),
            timestamp: 0)
        #expect(answer.e164 == nil)
    }
}
