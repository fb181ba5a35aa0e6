import Foundation
import HTTPTypes
import HummingbirdTesting
import JWT
import Testing

@testable import WeChatSimulator

@Suite("Mini programs")
struct MiniProgramTests {
    @Test(
        "sign in in WeChat's order of checks",
        arguments: [
            ("", 41002), ("appid=wx9", 41004), ("appid=wx9&secret=x", 41008), ("appid=wx9&secret=x&js_code=c", 40002),
            ("appid=wx9&secret=x&js_code=c&grant_type=authorization_code", 40013),
            ("appid=wx2222222222222222&secret=x&js_code=c&grant_type=authorization_code", 40125),
            ("appid=wx2222222222222222&secret=22&js_code=c&grant_type=authorization_code", 40029),
        ]
    )
    func order(query: String, number: Int) async throws {
        try await Phone.with { phone async throws in
            #expect(try await phone.send(.get, "/sns/jscode2session?" + query).errcode == number)
            #expect(await phone.simulator.calls.last?.outcome == "\(number)")
        }
    }

    @Test("a login code works once, for its own mini program, for five minutes")
    func loginCodes() async throws {
        try await Phone.with { phone async throws in
            let code = try await phone.simulator.loginCode(app: Phone.miniProgram.appID, user: "alice")
            let sister = SimulatedApp(appID: Phone.app.appID, secret: Phone.app.secret)
            #expect(try await phone.login(code, app: sister).errcode == 40029)
            #expect(try await phone.exchange(code, app: Phone.miniProgram).errcode == 40029)
            let answer = try await phone.login(code)
            #expect(
                answer.text.contains(
                    /^\{"session_key":"[A-Za-z0-9+\\\/]{22,}==","openid":"o[\w-]{27}","unionid":"o[\w-]{27}"\}$/))
            #expect(try await phone.login(code).errcode == 40163)
            #expect(await phone.simulator.exchanges(of: code) == 4)

            let late = try await phone.simulator.loginCode(app: Phone.miniProgram.appID)
            await phone.simulator.advanceClock(by: 300)
            #expect(try await phone.login(late).errcode == 42003)
        }
    }

    @Test("one person is one unionid in mini program, account and app, and another openid in each")
    func unionID() async throws {
        try await Phone.with({ $0.consent = .allow }) { phone async throws in
            let simulator = phone.simulator
            let mini = try await phone.login(
                try await simulator.loginCode(app: Phone.miniProgram.appID, user: "xiaoming"))
            let account = try await phone.exchange(try await phone.code(scope: "snsapi_userinfo"))
            let mobile = try await phone.exchange(
                try await simulator.mobileCode(app: Phone.mobile.appID, user: "xiaoming"), app: Phone.mobile)
            #expect(mobile.field("scope") == "snsapi_userinfo")
            #expect(Set([mini, account, mobile].map { $0.field("unionid") }).count == 1)
            #expect(Set([mini, account, mobile].map { $0.field("openid") }).count == 3)
        }
    }

    @Test("WeChat's client gives codes only where it would")
    func clientProblems() async throws {
        try await Phone.with { phone async throws in
            let simulator = phone.simulator
            typealias Problem = Simulator.ClientProblem
            await #expect(throws: Problem.unknownApp) { try await simulator.loginCode(app: "wx9") }
            await #expect(throws: Problem.wrongKind(.officialAccount)) {
                try await simulator.loginCode(app: Phone.app.appID)
            }
            await #expect(throws: Problem.wrongKind(.miniProgram)) {
                try await simulator.mobileCode(app: Phone.miniProgram.appID)
            }
            await #expect(throws: Problem.unknownUser) {
                try await simulator.loginCode(app: Phone.miniProgram.appID, user: "no-one")
            }
            await #expect(throws: Problem.noPhoneNumber) {
                try await simulator.phoneCode(app: Phone.miniProgram.appID, user: "stranger")
            }
            await #expect(throws: Problem.notLoggedIn) {
                try await simulator.encryptedProfile(app: Phone.miniProgram.appID)
            }
        }
    }

    @Test("wx.login replaces the session key at once, and checksession knows")
    func sessionKeys() async throws {
        try await Phone.with { phone async throws in
            let token = try await phone.accountToken(Phone.miniProgram)
            func check(_ answer: String, _ key: String, method: String = "hmac_sha256") async throws -> Int? {
                let signature = SessionKey(text: key).map(OpenDataFormat.sessionSignature) ?? ""
                return try await phone.send(
                    .get,
                    "/wxa/checksession?access_token=\(token)&openid=\(answer)&signature=\(signature)&sig_method=\(method)"
                ).errcode
            }
            let simulator = phone.simulator
            let first = try await phone.login(try await simulator.loginCode(app: Phone.miniProgram.appID))
            let openID = first.field("openid")
            #expect(try await check(openID, first.field("session_key")) == 0)
            #expect(try await check(openID, first.field("session_key"), method: "md5") == 40097)
            #expect(try await check("oNobody", first.field("session_key")) == 40003)
            let code = try await simulator.loginCode(app: Phone.miniProgram.appID)
            #expect(try await check(openID, first.field("session_key")) == 87009)
            let second = try await phone.login(code)
            #expect(second.field("session_key") != first.field("session_key"))
            #expect(try await check(openID, second.field("session_key")) == 0)
            await simulator.setBehaviour { $0.sessionKeyChanges = false }
            let third = try await phone.login(try await simulator.loginCode(app: Phone.miniProgram.appID))
            #expect(third.field("session_key") == second.field("session_key"))
            #expect(try await phone.send(.get, "/wxa/checksession?openid=\(openID)").errcode == 41001)
        }
    }

    @Test("the formulas give the made-up vectors of wechat.md 4.3")
    func vectors() throws {
        let key = try #require(SessionKey(text: "EBESExQVFhcYGRobHB0eHw=="))
        let text = OpenDataText(
            openID: "oSIM0000000000000000000000a1", unionID: "oUNI0000000000000000000000b2", nickname: "测试用户",
            avatarURL: "", timestamp: 1_700_000_000, appID: "wx0123456789abcdef")
        #expect(
            text.rawData
                == #"{"nickName":"测试用户","gender":0,"language":"zh_CN","city":"","province":"","country":"","avatarUrl":""}"#
        )
        #expect(
            OpenDataFormat.signature(rawData: text.rawData, sessionKey: key)
                == "420ef8b36614dffeeb8d12b06f433fef45e4de9a")
        #expect(
            OpenDataFormat.sessionSignature(key)
                == "53b5ead1075403747fbbbe7d8322c6b27ed9eb701ebc65569f67dd4d50199e0a")
        let iv = try #require(Data(base64Encoded: "QEFCQ0RFRkdISUpLTE1OTw=="))
        #expect(
            OpenDataFormat.encrypt(text.plaintext, sessionKey: key, iv: Array(iv))
                == "97a7R1hQL0EDvHWQiVSgt+77a5e9ROveVQLDeKdiiYbW45TtWcRCLFf2VFHiuygI5anM7Fd/Fx5RmoABgKvnFE4+ar9hdumTLVo3"
                + "mrk9cwnJl98PUdxQ10iJAP9r+NOBWuY4UY/VXHnYCZyeHA9Z7vFTyiNiEI0kSsRUtxsfB6/2FX/WEq5+uFGbxc/58a18iHkR"
                + "fYBS5vaxzIZYKaoJHVSiAKJf8N1j11WleRPS37QwnBWkOizlLzoTRfvRZQKtWGQVznuYkGYM3nM0+IrMmKAbTNUxi+2NHxfb"
                + "zhtwoFd5fHmjUY8XBJGYoM/XcEXSo/ea6Ogc0ZjqKXqh6PDRdScscSphZNDz6JKBZzO0eKU=")
    }

    @Test("encrypted data opens with the session key, and each flaw shows")
    func openData() async throws {
        try await Phone.with { phone async throws in
            let simulator = phone.simulator
            let app = Phone.miniProgram.appID
            let session = try await phone.login(try await simulator.loginCode(app: app, user: "alice"))
            let key = try #require(SessionKey(text: session.field("session_key")))
            func open(_ data: OpenData) -> [String: Any]? {
                guard let text = Data(base64Encoded: data.encryptedData), let iv = Data(base64Encoded: data.iv),
                    let plaintext = AESCBC.decrypt(Array(text), key: key.bytes, iv: Array(iv))
                else { return nil }
                return (try? JSONSerialization.jsonObject(with: Data(plaintext))) as? [String: Any]
            }
            func mark(_ object: [String: Any]?) -> [String: Any] { object?["watermark"] as? [String: Any] ?? [:] }
            func make(_ content: OpenData.Content, _ flaw: OpenData.Flaw? = nil) async throws -> OpenData {
                try await simulator.encryptedProfile(app: app, user: "alice", content: content, flaw: flaw)
            }
            let genuine = try await make(.userInfo)
            let info = open(genuine)
            #expect(info?["openId"] as? String == session.field("openid"))
            #expect(info?["unionId"] as? String == session.field("unionid"))
            #expect(info?["nickName"] as? String == "微信用户")
            #expect(mark(info)["appid"] as? String == app)
            #expect(mark(info)["timestamp"] as? Int == 1_700_000_000)
            #expect(genuine.signature == OpenDataFormat.signature(rawData: genuine.rawData, sessionKey: key))
            #expect(!genuine.rawData.contains(#"\/"#))

            await simulator.setBehaviour { $0.anonymousProfiles = false }
            let profile = open(try await make(.userProfile))
            #expect(profile?["nickName"] as? String == "Alice")
            #expect(profile?["openId"] == nil && profile?["unionId"] == nil)
            let phoneData = try await make(.phoneNumber)
            #expect(open(phoneData)?["phoneNumber"] as? String == "+12025550123")
            #expect(phoneData.rawData.isEmpty)

            #expect(open(try await make(.userInfo, .wrongKey))?["openId"] == nil)
            #expect(open(try await make(.userInfo, .brokenPadding)) == nil)
            #expect(mark(open(try await make(.userInfo, .wrongAppID)))["appid"] as? String != app)
            #expect(mark(open(try await make(.userInfo, .oldTimestamp)))["timestamp"] as? Int == 1_699_913_600)
            #expect(open(try await make(.userInfo, .otherPerson))?["openId"] as? String != session.field("openid"))
            let spaced = try await make(.userInfo, .plusAsSpace)
            #expect(spaced.encryptedData.contains(" ") && !spaced.encryptedData.contains("+"))
            let unsigned = try await make(.userInfo, .wrongSignature)
            #expect(unsigned.signature != OpenDataFormat.signature(rawData: unsigned.rawData, sessionKey: key))
        }
    }

    @Test("a phone code works once, for its own mini program, for five minutes, with its token")
    func phoneNumbers() async throws {
        try await Phone.with { phone async throws in
            let simulator = phone.simulator
            let path = "/wxa/business/getuserphonenumber"
            let token = try await phone.accountToken(Phone.miniProgram)
            let other = try await phone.accountToken(Phone.app)
            func number(_ code: String, _ token: String) async throws -> [String: Any] {
                try await phone.send(
                    .post, "\(path)?access_token=\(token)", body: #"{"code":"\#(code)"}"#, type: "application/json"
                ).json
            }
            let code = try await simulator.phoneCode(app: Phone.miniProgram.appID, user: "xiaoming")
            #expect(try await phone.send(.get, path).errcode == 43002)
            #expect(try await phone.send(.post, path, body: "code=\(code)").errcode == 47001)
            #expect(try await number(code, "")["errcode"] as? Int == 41001)
            #expect(try await number(code, "86_unknown")["errcode"] as? Int == 40001)
            #expect(try await number(code, other)["errcode"] as? Int == 40013)
            #expect(try await number("bogus", token)["errcode"] as? Int == 40029)
            let answer = try await number(code, token)
            let info = answer["phone_info"] as? [String: Any]
            #expect(answer["errcode"] as? Int == 0)
            #expect(info?["phoneNumber"] as? String == "13800138000")
            #expect(info?["purePhoneNumber"] as? String == "13800138000")
            #expect(info?["countryCode"] as? String == "86")
            #expect((info?["watermark"] as? [String: Any])?["appid"] as? String == Phone.miniProgram.appID)
            #expect(try await number(code, token)["errcode"] as? Int == 40029)
            let foreign = try await number(
                try await simulator.phoneCode(app: Phone.miniProgram.appID, user: "alice"), token)
            #expect((foreign["phone_info"] as? [String: Any])?["countryCode"] as? Int == 1)
            let late = try await simulator.phoneCode(app: Phone.miniProgram.appID)
            await simulator.advanceClock(by: 300)
            #expect(try await number(late, token)["errcode"] as? Int == 40029)
            #expect(try await phone.exchange(late, app: Phone.miniProgram).errcode == 40029)
        }
    }

    @Test("one person cannot sign in too often in a minute, and faults can be one person's")
    func limits() async throws {
        try await Phone.with({ $0.loginsPerMinute = 2 }) { phone async throws in
            func login(_ user: String) async throws -> Int? {
                try await phone.login(
                    try await phone.simulator.loginCode(app: Phone.miniProgram.appID, user: user)
                ).errcode
            }
            #expect(try await [login("alice"), login("alice"), login("alice")] == [nil, nil, 45011])
            #expect(try await login("xiaoming") == nil)
            await phone.simulator.advanceClock(by: 60)
            await phone.simulator.setBehaviour(.user("alice")) { $0.faults = ["login": .error(40226)] }
            #expect(try await login("alice") == 40226)
            #expect(try await login("xiaoming") == nil)
        }
    }

    @Test("codes and encrypted data are at hand over HTTP")
    func overHTTP() async throws {
        try await Phone.with { phone async throws in
            func post(_ path: String, _ body: String) async throws -> (status: Int, json: [String: Any]) {
                let response = try await phone.send(.post, "/simulator/" + path, body: body, type: "application/json")
                return (response.status.code, response.json)
            }
            let app = #""app":"wx2222222222222222""#
            #expect(try await post("miniprogram/profile", "{\(app)}").status == 409)
            let code = try await post("miniprogram/login", #"{\#(app),"user":"alice"}"#).json["code"] as? String
            #expect(try await phone.login(code ?? "").field("openid").isEmpty == false)
            let data = try await post("miniprogram/profile", #"{\#(app),"user":"alice","flaw":"wrongKey"}"#).json
            #expect(Set(data.keys) == ["rawData", "signature", "encryptedData", "iv"])
            #expect(try await post("miniprogram/phone", "{\(app)}").json["code"] as? String != nil)
            #expect(try await post("miniprogram/phone", #"{\#(app),"user":"html"}"#).status == 409)
            #expect(try await post("miniprogram/nonsense", "{\(app)}").status == 404)
            #expect(try await post("miniprogram/login", "{}").status == 400)
            #expect(try await post("miniprogram/login", #"{\#(app),"user":"no-one"}"#).status == 404)

            let mobile = #""app":"wx3333333333333333""#
            let sent = try await post("mobile/code", #"{\#(mobile),"state":"s1"}"#).json
            #expect(sent["errCode"] as? Int == 0 && sent["state"] as? String == "s1")
            #expect(try await phone.exchange(sent["code"] as? String ?? "", app: Phone.mobile).errcode == nil)
            let refused = try await post("mobile/code", #"{\#(mobile),"decision":"refuse"}"#).json
            #expect(refused["errCode"] as? Int == -4 && refused["code"] == nil)
            #expect(try await post("mobile/code", #"{\#(mobile),"decision":"cancel"}"#).json["errCode"] as? Int == -2)
            #expect(try await post("mobile/code", "{\(app)}").status == 409)
            let long = String(repeating: "x", count: 1025)
            #expect(try await post("mobile/code", #"{\#(mobile),"state":"\#(long)"}"#).status == 400)
        }
    }
}
