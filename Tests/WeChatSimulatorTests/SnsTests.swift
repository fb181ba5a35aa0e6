import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import WeChatSimulator

@Suite("The calls")
struct SnsTests {
    @Test(
        "check in WeChat's order",
        arguments: [
            ("", 41002), ("appid=wx9", 41004), ("appid=wx9&secret=x", 41008), ("appid=wx9&secret=x&code=c", 40002),
            ("appid=wx9&secret=x&code=c&grant_type=client_credential", 40002),
            ("appid=wx9&secret=x&code=c&grant_type=authorization_code", 40013),
            ("appid=wx0123456789abcdef&secret=x&code=c&grant_type=authorization_code", 40125),
            (
                "appid=wx0123456789abcdef&secret=5ec2e75ec2e75ec2e75ec2e75ec2e75e&code=c&grant_type=authorization_code",
                40029
            ),
        ]
    )
    func order(query: String, number: Int) async throws {
        try await Phone.with { phone async throws in
            let response = try await phone.send(.get, "/sns/oauth2/access_token?" + query)
            #expect(response.status == .ok)
            #expect(response.errcode == number)
            #expect(response.headers[.contentType] == "text/plain")
            #expect(response.headers[.cacheControl] == nil)
            #expect(response.field("errmsg").contains(/, rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/))
        }
    }

    @Test("exchange a code once")
    func once() async throws {
        try await Phone.with { phone async throws in
            let code = try await phone.code()
            #expect(code.contains(/^[0-9]{3}[A-Za-z0-9]{29}$/))
            #expect(try await phone.exchange(code, app: Phone.sister).errcode == 40029)
            let answer = try await phone.exchange(code)
            #expect(
                answer.text.contains(
                    /^\{"access_token":"\d\d_[\w-]{86}","expires_in":7200,"refresh_token":"\d\d_[\w-]{86}","openid":"o[\w-]{27}","scope":"snsapi_base"\}$/
                )
            )
            #expect(try await phone.exchange(code).errcode == 40163)
            #expect(await phone.simulator.exchanges(of: code) == 3)
            #expect(await phone.simulator.calls.suffix(2).map(\.outcome) == ["ok", "40163"])
        }
    }

    @Test("of many at once let one through")
    func race() async throws {
        try await Phone.with { phone async throws in
            let code = try await phone.code()
            let outcomes = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await phone.exchange(code).errcode ?? 0 } }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(outcomes == [0: 1, 40163: 19])
        }
    }

    @Test("know expired codes and wrong secrets by their switches")
    func switches() async throws {
        try await Phone.with { phone async throws in
            let code = try await phone.code()
            await phone.simulator.advanceClock(by: 299)
            #expect(try await phone.exchange(code, secret: "wrong").errcode == 40125)
            await phone.simulator.advanceClock(by: 1)
            #expect(try await phone.exchange(code).errcode == 42003)
            await phone.simulator.setBehaviour {
                $0.expiredCodeNumber = 40029
                $0.wrongSecretNumber = 40001
                $0.oldHints = true
            }
            #expect(try await phone.exchange(code).errcode == 40029)
            let wrong = try await phone.exchange(code, secret: "wrong")
            #expect(wrong.errcode == 40001)
            #expect(wrong.field("errmsg").contains(", hints: [ req_id: "))
        }
    }

    @Test("take a form, and ignore JSON")
    func bodies() async throws {
        try await Phone.with { phone async throws in
            let code = try await phone.code()
            let path = "/sns/oauth2/access_token"
            let json = #"{"appid":"\#(Phone.app.appID)","secret":"\#(Phone.app.secret)","code":"\#(code)"}"#
            #expect(try await phone.send(.post, path, body: json, type: "application/json").errcode == 41002)
            let form =
                "appid=\(Phone.app.appID)&secret=\(Phone.app.secret)&code=\(code)&grant_type=authorization_code"
            #expect(try await phone.send(.post, path, body: form).errcode == nil)
            #expect(try await phone.send(.put, path, body: form).errcode == 43001)
        }
    }

    @Test("give unionid with a profile and an open platform only")
    func unionID() async throws {
        try await Phone.with({ $0.consent = .allow }) { phone async throws in
            func answer(_ app: SimulatedApp, _ scope: String, redirect: String = Phone.callback) async throws
                -> TestResponse
            {
                try await phone.exchange(try await phone.code(app: app, scope: scope, redirect: redirect), app: app)
            }
            let base = try await answer(Phone.app, "snsapi_base")
            let full = try await answer(Phone.app, "snsapi_userinfo")
            let sister = try await answer(Phone.sister, "snsapi_userinfo")
            let unbound = try await answer(Phone.unbound, "snsapi_userinfo")
            let test = try await answer(Phone.testAccount, "snsapi_userinfo", redirect: "http://192.0.2.7/cb")
            #expect(base.json["unionid"] == nil)
            #expect(full.field("unionid").contains(/^o[\w-]{27}$/))
            #expect(full.text.hasSuffix(#""scope":"snsapi_userinfo","unionid":"\#(full.field("unionid"))"}"#))
            #expect(sister.field("unionid") == full.field("unionid"))
            #expect(unbound.json["unionid"] == nil)
            #expect(test.json["unionid"] == nil)
            #expect(base.field("openid") == full.field("openid"))
            #expect(sister.field("openid") != full.field("openid"))
            await phone.simulator.setBehaviour { $0.unionIDInProfileOnly = true }
            #expect(try await answer(Phone.app, "snsapi_userinfo").json["unionid"] == nil)
        }
    }

    @Test("refresh by the documented rules")
    func refresh() async throws {
        try await Phone.with { phone async throws in
            let first = try await phone.exchange(try await phone.code())
            func refresh(_ token: String, app: SimulatedApp = Phone.app) async throws -> TestResponse {
                try await phone.send(
                    .get,
                    "/sns/oauth2/refresh_token?appid=\(app.appID)&grant_type=refresh_token&refresh_token=\(token)"
                )
            }
            func check(_ token: String) async throws -> Int? {
                try await phone.send(.get, "/sns/auth?access_token=\(token)&openid=\(first.field("openid"))").errcode
            }
            let token = first.field("refresh_token")
            #expect(try await phone.send(.get, "/sns/oauth2/refresh_token?appid=wx9").errcode == 41003)
            #expect(try await refresh("86_unknown").errcode == 40030)
            #expect(try await refresh(token, app: Phone.sister).errcode == 40030)
            #expect(try await refresh(token, app: SimulatedApp(appID: "wx9", secret: "")).errcode == 40013)

            await phone.simulator.advanceClock(by: 7000)
            let same = try await refresh(token)
            #expect(same.field("access_token") == first.field("access_token"))
            #expect(same.field("refresh_token") == token)
            await phone.simulator.advanceClock(by: 7000)
            #expect(try await check(first.field("access_token")) == 0)
            await phone.simulator.advanceClock(by: 200)
            #expect(try await check(first.field("access_token")) == 42001)
            let new = try await refresh(token)
            #expect(new.field("access_token") != first.field("access_token"))
            #expect(try await check(new.field("access_token")) == 0)
            #expect(try await check(first.field("access_token")) == 42001)

            await phone.simulator.setBehaviour { $0.refreshTokenChanges = true }
            let changed = try await refresh(token).field("refresh_token")
            #expect(changed != token)
            #expect(try await refresh(token).errcode == 40030)
            await phone.simulator.advanceClock(by: 2_592_000 - 14_200)
            #expect(try await refresh(changed).errcode == 40030)
            await phone.simulator.setBehaviour { $0.expiredRefreshTokenNumber = 42002 }
            #expect(try await refresh(changed).errcode == 42002)
        }
    }

    @Test("check and profile look at token, scope and openid")
    func profileErrors() async throws {
        try await Phone.with { phone async throws in
            let base = try await phone.exchange(try await phone.code())
            let full = try await phone.exchange(try await phone.code(scope: "snsapi_userinfo"))
            func number(_ path: String, _ token: String, _ openID: String) async throws -> Int? {
                try await phone.send(.get, "/sns/\(path)?access_token=\(token)&openid=\(openID)").errcode
            }
            for path in ["auth", "userinfo"] {
                #expect(try await number(path, "", "o") == 41001)
                #expect(try await number(path, "86_x", "") == 41009)
                #expect(try await number(path, "86_x", "o") == 40001)
                #expect(try await number(path, "other-kind", "o") == 40014)
                #expect(try await number(path, full.field("access_token"), "o") == 40003)
            }
            #expect(try await number("userinfo", base.field("access_token"), base.field("openid")) == 48001)
            #expect(try await number("auth", base.field("access_token"), base.field("openid")) == 0)
            await phone.simulator.setBehaviour { $0.profileChecksOpenID = false }
            #expect(try await number("userinfo", full.field("access_token"), "o") == nil)
            for fault in [40001, 40014, 42001, 42007, 50002] {
                await phone.simulator.setBehaviour { $0.faults = ["profile": .error(fault)] }
                #expect(try await number("userinfo", full.field("access_token"), full.field("openid")) == fault)
            }
        }
    }

    @Test("write a profile in the documented order, slashes escaped")
    func profile() async throws {
        try await Phone.with { phone async throws in
            let full = try await phone.exchange(try await phone.code(scope: "snsapi_userinfo"))
            let openID = full.field("openid")
            let answer = try await phone.send(
                .get,
                "/sns/userinfo?access_token=\(full.field("access_token"))&openid=\(openID)&lang=en"
            )
            #expect(
                answer.text
                    == #"{"openid":"\#(openID)","nickname":"小明🐧","sex":0,"language":"en","city":"","province":"","#
                    + #""country":"","headimgurl":"https:\/\/thirdwx.qlogo.cn\/mmopen\/vi_32\/MADEUP\/132","privilege":[],"#
                    + #""unionid":"\#(full.field("unionid"))"}"#
            )
        }
    }

    @Test("count their quotas")
    func quotas() async throws {
        try await Phone.with({
            $0.callsPerMinute = 2
            $0.callsPerDay = 4
        }) { phone async throws in
            var numbers: [Int?] = []
            for call in 0..<6 {
                if call == 3 { await phone.simulator.advanceClock(by: 60) }
                numbers.append(try await phone.exchange("bogus").errcode)
            }
            #expect(numbers == [40029, 40029, 45011, 40029, 45009, 45009])
            await phone.simulator.advanceClock(by: 86_400)
            #expect(try await phone.exchange("bogus").errcode == 40029)
        }
    }
}
