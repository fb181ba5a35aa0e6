import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import WeChatSimulator

@Suite("Tokens of the accounts themselves")
struct AccountTokenTests {
    private func stable(_ phone: Phone, force: Bool = false) async throws -> TestResponse {
        try await phone.send(
            .post, "/cgi-bin/stable_token",
            body: #"{"grant_type":"client_credential","appid":"\#(Phone.app.appID)","secret":"\#(Phone.app.secret)","#
                + #""force_refresh":\#(force)}"#,
            type: "application/json")
    }

    private func number(_ phone: Phone, _ token: String) async throws -> Int? {
        try await phone.send(.get, "/cgi-bin/getcallbackip?access_token=\(token)").errcode
    }

    @Test(
        "are given in WeChat's order of checks",
        arguments: [
            ("", 41002), ("appid=wx9", 41004), ("appid=wx9&secret=x", 40002),
            ("appid=wx9&secret=x&grant_type=client_credential", 40013),
            ("appid=wx0123456789abcdef&secret=x&grant_type=client_credential", 40125),
        ]
    )
    func order(query: String, number: Int) async throws {
        try await Phone.with { phone async throws in
            #expect(try await phone.send(.get, "/cgi-bin/token?" + query).errcode == number)
            let pairs = query.split(separator: "&").map { $0.split(separator: "=") }
            let json = pairs.map { #""\#($0[0])":"\#($0[1])""# }.joined(separator: ",")
            let path = "/cgi-bin/stable_token"
            #expect(try await phone.send(.post, path, body: "{\(json)}", type: "application/json").errcode == number)
            #expect(try await phone.send(.post, path, body: query).errcode == 47001)
            #expect(try await phone.send(.get, path + "?" + query).errcode == 43002)
        }
    }

    @Test("of the classic call hold five minutes more when a new one is made")
    func overlap() async throws {
        try await Phone.with { phone async throws in
            let first = try await phone.accountToken()
            #expect(try await number(phone, first) == nil)
            let second = try await phone.accountToken()
            #expect(first != second)
            await phone.simulator.advanceClock(by: 299)
            #expect(try await [number(phone, first), number(phone, second)] == [nil, nil])
            await phone.simulator.advanceClock(by: 1)
            #expect(try await [number(phone, first), number(phone, second)] == [40001, nil])
            await phone.simulator.advanceClock(by: 6900)
            #expect(try await number(phone, second) == 42001)
            #expect(try await number(phone, "86_unknown") == 40001)
            #expect(try await number(phone, "unknown") == 40014)
            #expect(try await number(phone, "") == 41001)
        }
    }

    @Test("of the stable call are the same until five minutes before their end")
    func stableSemantics() async throws {
        try await Phone.with { phone async throws in
            let first = try await stable(phone)
            #expect(first.text.contains(/^\{"access_token":"\d\d_[\w-]{86}","expires_in":7200\}$/))
            await phone.simulator.advanceClock(by: 6899)
            let same = try await stable(phone)
            #expect(same.field("access_token") == first.field("access_token"))
            #expect(same.json["expires_in"] as? Int == 301)
            await phone.simulator.advanceClock(by: 1)
            let next = try await stable(phone)
            #expect(next.field("access_token") != first.field("access_token"))
            #expect(next.json["expires_in"] as? Int == 7200)
            #expect(try await number(phone, first.field("access_token")) == nil)
            await phone.simulator.advanceClock(by: 300)
            #expect(try await number(phone, first.field("access_token")) == 42001)
        }
    }

    @Test("can be forced every 30 seconds and 20 times a day, and the old one dies at once")
    func force() async throws {
        try await Phone.with { phone async throws in
            let first = try await stable(phone).field("access_token")
            let forced = try await stable(phone, force: true).field("access_token")
            #expect(forced != first)
            #expect(try await [number(phone, first), number(phone, forced)] == [40001, nil])
            await phone.simulator.advanceClock(by: 29)
            #expect(try await stable(phone, force: true).field("access_token") == forced)
            for _ in 0..<19 {
                await phone.simulator.advanceClock(by: 30)
                #expect(try await stable(phone, force: true).errcode == nil)
            }
            await phone.simulator.advanceClock(by: 30)
            #expect(try await stable(phone, force: true).errcode == 45009)
            #expect(try await stable(phone).errcode == nil)
            await phone.simulator.advanceClock(by: 86_400)
            #expect(try await stable(phone, force: true).errcode == nil)
        }
    }

    @Test("of the two calls leave each other alone, and neither is one of /sns")
    func isolation() async throws {
        try await Phone.with { phone async throws in
            let steady = try await stable(phone).field("access_token")
            _ = try await phone.accountToken()
            let plain = try await phone.accountToken()
            await phone.simulator.advanceClock(by: 301)
            #expect(try await number(phone, steady) == nil)
            _ = try await stable(phone, force: true)
            #expect(try await [number(phone, plain), number(phone, steady)] == [nil, 40001])
            let person = try await phone.exchange(try await phone.code())
            #expect(try await number(phone, person.field("access_token")) == 40001)
            #expect(
                try await phone.send(.get, "/sns/auth?access_token=\(plain)&openid=\(person.field("openid"))").errcode
                    == 40001)
        }
    }

    @Test("go to listed addresses only, and the refusal names the caller's")
    func allowList() async throws {
        try await Phone.with { phone async throws in
            let query = "appid=\(Phone.fenced.appID)&secret=\(Phone.fenced.secret)&grant_type=client_credential"
            let refused = try await phone.send(.get, "/cgi-bin/token?" + query)
            #expect(refused.errcode == 40164)
            #expect(
                refused.field("errmsg").hasPrefix(
                    "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist, rid: "))
            var office = phone
            office.extraHeaders["simulator-address"] = "203.0.113.7"
            #expect(try await office.send(.get, "/cgi-bin/token?" + query).errcode == nil)
            // The list concerns tokens only.
            #expect(try await phone.exchange("bogus", app: Phone.fenced).errcode == 40029)
            let token = try await office.accountToken(Phone.fenced)
            #expect(try await number(phone, token) == nil)
        }
    }

    @Test("buy a JS-SDK ticket, the same for its lifetime")
    func tickets() async throws {
        try await Phone.with { phone async throws in
            func ticket(_ app: SimulatedApp = Phone.app, type: String = "jsapi") async throws -> TestResponse {
                let token = try await phone.accountToken(app)
                return try await phone.send(.get, "/cgi-bin/ticket/getticket?access_token=\(token)&type=\(type)")
            }
            let first = try await ticket()
            #expect(
                first.text.contains(/^\{"errcode":0,"errmsg":"ok","ticket":"[\w-]{86}","expires_in":7200\}$/))
            await phone.simulator.advanceClock(by: 7199)
            #expect(try await ticket().field("ticket") == first.field("ticket"))
            #expect(try await ticket(type: "wx_card").field("ticket") != first.field("ticket"))
            await phone.simulator.advanceClock(by: 1)
            #expect(try await ticket().field("ticket") != first.field("ticket"))
            #expect(try await ticket(type: "nonsense").errcode == 40097)
            #expect(try await ticket(Phone.miniProgram).errcode == 48001)
            #expect(try await phone.send(.get, "/cgi-bin/ticket/getticket?type=jsapi").errcode == 41001)
        }
    }

    @Test("show WeChat's addresses")
    func addresses() async throws {
        try await Phone.with({ $0.apiAddresses = ["192.0.2.1", "192.0.2.2"] }) { phone async throws in
            let token = try await phone.accountToken()
            #expect(
                try await phone.send(.get, "/cgi-bin/get_api_domain_ip?access_token=\(token)").text
                    == #"{"ip_list":["192.0.2.1","192.0.2.2"]}"#)
            #expect(
                try await phone.send(.get, "/cgi-bin/getcallbackip?access_token=\(token)").text
                    == #"{"ip_list":["127.0.0.1"]}"#)
        }
    }

    @Test("answer to a clock that is set")
    func clock() async throws {
        try await Phone.with { phone async throws in
            let token = try await phone.accountToken()
            func set(_ body: String) async throws -> TestResponse {
                try await phone.send(.post, "/simulator/clock", body: body, type: "application/json")
            }
            #expect(try await set(#"{"set":1700007200}"#).json["now"] as? Double == 1_700_007_200)
            #expect(try await number(phone, token) == 42001)
            #expect(try await set(#"{"set":1700000000,"advance":5}"#).json["now"] as? Double == 1_700_000_005)
            #expect(try await number(phone, token) == nil)
            for body in ["{}", #"{"set":-1}"#, #"{"set":"now"}"#, #"{"set":1e300}"#] {
                #expect(try await set(body).status == .badRequest)
            }
        }
    }
}
