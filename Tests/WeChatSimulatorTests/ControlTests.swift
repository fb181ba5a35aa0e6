import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import WeChatSimulator

@Suite("Faults and controls")
struct ControlTests {
    @Test("one fault disturbs one call")
    func oneShot() async throws {
        try await Phone.with { phone async throws in
            let code = try await phone.code()
            await phone.simulator.enqueue(
                .error(-1),
                Fault(.badGateway),
                Fault(.emptyBody),
                Fault(.truncated),
                for: .exchange
            )
            #expect(try await phone.exchange(code).errcode == -1)
            let gateway = try await phone.exchange(code)
            #expect(gateway.status == .badGateway && gateway.text.hasPrefix("<html>"))
            let empty = try await phone.exchange(code)
            #expect(empty.status == .ok && empty.text.isEmpty)
            #expect(try await phone.exchange(code).text.contains(/^\{"access_token":"[^}]*$/))
            #expect(try await phone.exchange(code).errcode == 40163)
            #expect(
                await phone.simulator.calls.suffix(5).map(\.outcome) == [
                    "-1", "badGateway", "emptyBody", "truncated", "40163",
                ])
        }
    }

    @Test("an error can hide a call that took effect")
    func hiddenEffect() async throws {
        try await Phone.with { phone async throws in
            let code = try await phone.code()
            await phone.simulator.enqueue(.error(-1, takesEffect: true), for: .exchange)
            #expect(try await phone.exchange(code).errcode == -1)
            #expect(try await phone.exchange(code).errcode == 40163)
        }
    }

    @Test("lost connections are told apart in-process")
    func lostConnections() async throws {
        try await Phone.with { phone async throws in
            let simulator = phone.simulator
            func call(_ code: String, host: String = "api.weixin.qq.com") async -> SimulatorAnswer {
                await simulator.answer(
                    method: "GET",
                    pathAndQuery: "/sns/oauth2/access_token?appid=\(Phone.app.appID)&secret=\(Phone.app.secret)"
                        + "&code=\(code)&grant_type=authorization_code",
                    headers: ["Host": host]
                )
            }
            let code = try await phone.code()
            await simulator.enqueue(
                Fault(.dnsFailure, host: "api.weixin.qq.com"),
                Fault(.tlsFailure),
                Fault(.resetBeforeProcessing),
                .slow(seconds: 60),
                Fault(.resetAfterProcessing),
                for: .exchange
            )
            guard case .tlsFailure = await call("bogus", host: "api2.weixin.qq.com") else {
                Issue.record("the other host has no DNS fault")
                return
            }
            guard case .dnsFailure = await call(code), case .connectionReset(tookEffect: false) = await call(code),
                case .response(_, after: .seconds(60)) = await call("bogus"),
                case .connectionReset(tookEffect: true) = await call(code)
            else {
                Issue.record("faults in another order")
                return
            }
            #expect(await call(code).response?.text.contains("40163") == true)
        }
    }

    @Test("a reset cuts the connection over HTTP")
    func resetOverHTTP() async throws {
        let simulator = Simulator(configuration: SimulatorConfiguration(apps: [Phone.app]))
        try await simulator.makeApplication().test(.ahc()) { client in
            await simulator.enqueue(Fault(.resetAfterProcessing), for: .exchange)
            await #expect(throws: (any Error).self) {
                _ = try await client.execute(uri: "/sns/oauth2/access_token?appid=x", method: .get)
            }
            let after = try await client.execute(uri: "/sns/oauth2/access_token", method: .get)
            #expect(after.errcode == 41002)
        }
    }

    @Test("behaviour is set for everyone, an app, a person or a request, over HTTP")
    func layers() async throws {
        try await Phone.with { phone async throws in
            func patch(_ path: String, _ body: String, _ method: HTTPRequest.Method = .patch) async throws
                -> TestResponse
            {
                try await phone.send(method, "/simulator/behaviour" + path, body: body, type: "application/json")
            }
            #expect(try await patch("", #"{"errorPage":10004}"#).status == .ok)
            #expect(try await patch("/apps/\(Phone.app.appID)", #"{"errorPage":10009}"#).status == .ok)
            #expect(try await patch("/users/alice", #"{"errorPage":null}"#).json["errorPage"] == nil)
            #expect(try await phone.open(Phone.address(app: Phone.sister)).text.contains("10004"))
            #expect(try await phone.open(Phone.address()).text.contains("10009"))
            #expect(try await phone.be("alice").open(Phone.address()).status == .found)
            var special = phone.be("alice")
            special.extraHeaders["simulator-behaviour"] = #"{"errorPage":10015}"#
            #expect(try await special.open(Phone.address()).text.contains("10015"))
            special.extraHeaders["simulator-behaviour"] = #"{"errorpage":10015}"#
            #expect(try await special.send(.get, Phone.address()).status == .badRequest)

            #expect(try await patch("", #"{"stateReturn":"dropped"}"#, .put).json["errorPage"] == nil)
            #expect(try await phone.send(.get, "/simulator/behaviour").field("stateReturn") == "dropped")
            #expect(try await phone.send(.delete, "/simulator/behaviour").field("stateReturn") == "asReal")
        }
    }

    @Test(
        "nonsense is refused",
        arguments: [
            ("behaviour", #"{"nosuch":1}"#, 400), ("behaviour", "[]", 400), ("behaviour", "{", 400),
            ("behaviour", #"{"refusal":"loudly"}"#, 400),
            ("behaviour", #"{"faults":{"nowhere":{"kind":"slow"}}}"#, 400),
            ("behaviour", #"{"faults":{"authorize":{"kind":"error"}}}"#, 400),
            ("behaviour", #"{"faults":{"exchange":{"kind":"tlsFailure"}}}"#, 400),
            ("behaviour", #"{"faults":{"exchange":{"kind":"dnsFailure"}}}"#, 400),
            ("behaviour", #"{"faults":{"exchange":{"kind":"slow","seconds":1e300}}}"#, 400),
            ("behaviour", #"{"faults":{"exchange":{"kind":"slow","seconds":-1}}}"#, 400),
            ("behaviour", #"{"accessTokenLifetime":1e300}"#, 400), ("behaviour", #"{"codeAge":-1}"#, 400),
            ("behaviour", #"{"callbackRepeatDelay":1e300}"#, 400), ("behaviour", #"{"codeAge":null}"#, 400),
            ("behaviour/apps/wx9", "{}", 404), ("nowhere", "{}", 404),
        ]
    )
    func nonsense(path: String, body: String, status: Int) async throws {
        try await Phone.with { phone async throws in
            let response = try await phone.send(.patch, "/simulator/" + path, body: body, type: "application/json")
            #expect(response.status.code == status)
            #expect(await phone.simulator.behaviour() == Behaviour())
        }
    }

    @Test(
        "faults that cannot happen are refused",
        arguments: [
            #"{"endpoint":"authorize","fault":{"kind":"error"}}"#, #"{"endpoint":"exchange"}"#, "[]",
            #"{"endpoint":"exchange","fault":{"kind":"error"},"count":0}"#,
            #"{"endpoint":"exchange","fault":{"kind":"error"},"count":1001}"#,
            #"{"endpoint":"exchange","fault":{"kind":"slow","seconds":1e300}}"#,
            #"{"endpoint":"exchange","fault":{"kind":"slow","seconds":-1}}"#,
            #"{"endpoint":"exchange","fault":{"kind":"tlsFailure"}}"#,
            #"{"endpoint":"exchange","fault":{"kind":"dnsFailure"}}"#,
        ]
    )
    func impossibleFaults(body: String) async throws {
        try await Phone.with { phone async throws in
            let response = try await phone.send(.post, "/simulator/faults", body: body, type: "application/json")
            #expect(response.status == .badRequest)
            #expect(try await phone.exchange("bogus").errcode == 40029)
        }
    }

    @Test("times beyond reason stop nothing")
    func endlessTimes() async throws {
        try await Phone.with({
            $0.accessTokenLifetime = 1e300
            $0.callbackRepeat = .sameBrowser
            $0.callbackRepeatDelay = .infinity
        }) { phone async throws in
            #expect(try await phone.open(Phone.address()).status == .ok)
            await phone.simulator.setBehaviour { $0.callbackRepeat = .never }
            let code = try await phone.code()
            var special = phone
            special.extraHeaders["simulator-behaviour"] = #"{"accessTokenLifetime":1e300}"#
            #expect(try await special.exchange(code).status == .badRequest)
            await phone.simulator.enqueue(.slow(seconds: .infinity), .slow(seconds: .nan), for: .exchange)
            #expect(try await phone.exchange(code).json["expires_in"] as? Int == 1_000_000_000)
            #expect(try await phone.exchange(code).errcode == 40163)
        }
    }

    @Test("a page of another origin cannot change anything")
    func foreignOrigin() async throws {
        try await Phone.with { phone async throws in
            let requests: [(HTTPRequest.Method, String, String)] = [
                (.post, "clock", #"{"advance":1}"#), (.post, "behaviour", #"{"codeAge":1}"#),
                (.post, "faults", #"{"endpoint":"exchange","fault":{"kind":"error"}}"#), (.post, "calls", ""),
            ]
            let before = try await phone.send(.get, "/simulator/state").text
            for (method, path, body) in requests {
                for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
                    let response = try await phone.send(method, "/simulator/" + path, body: body, type: type)
                    #expect(response.status == .unsupportedMediaType)
                }
            }
            // All other methods and types are asked for first, and nobody says yes.
            for path in ["calls", "behaviour", "clock"] {
                let preflight = try await phone.send(.options, "/simulator/" + path)
                #expect(preflight.status.code >= 400)
                #expect(!preflight.headers.contains { $0.name.canonicalName.hasPrefix("access-control") })
            }
            #expect(try await phone.send(.get, "/simulator/state").text == before)
            #expect(try await phone.exchange("bogus").errcode == 40029)
        }
    }

    @Test("clock, faults and calls are at hand over HTTP")
    func overHTTP() async throws {
        try await Phone.with { phone async throws in
            func post(_ path: String, _ body: String) async throws -> TestResponse {
                try await phone.send(.post, "/simulator/" + path, body: body, type: "application/json")
            }
            let code = try await phone.code()
            #expect(
                try await post("faults", #"{"endpoint":"exchange","fault":{"kind":"error"},"count":2}"#).status == .ok)
            #expect(try await phone.exchange(code).errcode == -1)
            #expect(try await phone.exchange(code).errcode == -1)
            #expect(try await post("clock", #"{"advance":301}"#).json["now"] as? Double == 1_700_000_301)
            #expect(try await phone.exchange(code).errcode == 42003)
            #expect(try await post("clock", #"{"advance":-1}"#).status == .badRequest)
            #expect(
                try await post("faults", #"{"endpoint":"authorize","fault":{"kind":"error"}}"#).status == .badRequest)
            let counts = try await phone.send(.get, "/simulator/state").json["counts"] as? [String: Int]
            #expect(counts?["exchange -1"] == 2)
            #expect(counts?["exchange 42003"] == 1)
            #expect(try await phone.send(.get, "/simulator/calls").text.contains(code))
            try await phone.send(.delete, "/simulator/calls")
            #expect(await phone.simulator.calls.isEmpty)
        }
    }

    @Test("the person at the phone is chosen by header, cookie, behaviour, or is the first")
    func whoIsThere() async throws {
        try await Phone.with({ $0.consent = .ask }) { phone async throws in
            let address = Phone.address(scope: "snsapi_userinfo")
            #expect(try await phone.open(address).text.contains("小明🐧"))
            await phone.simulator.setBehaviour { $0.defaultUser = "text-sex" }
            #expect(try await phone.open(address).text.contains("老样本"))
            let chosen = try await phone.send(.post, "/simulator/me", body: "user=alice")
            #expect(chosen.status == .seeOther)
            #expect(chosen.headers[.setCookie]?.hasPrefix("simulator-user=alice; Path=/; HttpOnly") == true)
            var alice = phone.be("alice")
            #expect(try await alice.open(address).text.contains("Alice"))
            alice.extraHeaders["SIMULATOR-USER"] = "http-avatar"
            #expect(try await alice.open(address).text.contains("旧头像"))
            alice.extraHeaders["SIMULATOR-USER"] = "no-one"
            #expect(try await alice.open(address).status == .notFound)
            #expect(try await phone.send(.post, "/simulator/me", body: "user=no-one").status == .badRequest)
            #expect(try await phone.be("alice").send(.get, "/").text.contains("value=\"alice\" aria-current"))
        }
    }
}
