import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import WeChatSimulator

@Suite("The simulator's own page")
struct HomeTests {
    private func submit(_ phone: Phone, _ fields: String) async throws -> TestResponse {
        let page = try await phone.send(.get, "/")
        let token = try #require(page.text.attribute("value", after: "name=\"token\""))
        return try await phone.send(.post, "/simulator/page", body: "token=\(token)&\(fields)")
    }

    @Test("names every switch in two languages")
    func everySwitch() async throws {
        let fields = Set(Mirror(reflecting: Behaviour()).children.compactMap(\.label))
        #expect(Set(SwitchLabels.groups.flatMap(\.names)) == fields)
        #expect(Set(SwitchLabels.labels.keys) == fields)
        try await Phone.with { phone async throws in
            let chinese = try await phone.send(.get, "/").text
            var tourist = phone
            tourist.extraHeaders["accept-language"] = "en-GB"
            let english = try await tourist.send(.get, "/").text
            for (name, label) in SwitchLabels.labels {
                #expect(chinese.contains("name=\"\(name)\""), "\(name)")
                #expect(chinese.contains(label.chinese) && english.contains(label.english), "\(name)")
            }
            #expect(chinese.contains("微信模拟器") && english.contains("WeChat simulator"))
            #expect(!chinese.contains("<script"))
        }
    }

    @Test("the documentation names every switch, call, fault and control")
    func documentation() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/simulator.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        var names = Mirror(reflecting: Behaviour()).children.compactMap(\.label)
        names += Endpoint.allCases.map(\.rawValue) + RecordedCall.Kind.allCases.map(\.rawValue)
        names += Fault.Kind.allCases.map(\.rawValue) + PushedEvent.Kind.allCases.map(\.rawValue)
        names += PushedEvent.Flaw.allCases.map(\.rawValue) + OpenData.Flaw.allCases.map(\.rawValue)
        names += OpenData.Content.allCases.map(\.rawValue)
        names += SwitchLabels.choices.values.flatMap(\.self)
        for name in names { #expect(text.contains("`\(name)`"), "\(name)") }
        for control in [
            "state", "calls", "behaviour", "faults", "clock", "apps/", "users/", "miniprogram/login",
            "miniprogram/profile", "miniprogram/phone", "mobile/code", "qrconnect/scan", "push", "message-check",
            "verify-domain", "jssdk",
        ] {
            #expect(text.contains("/simulator/" + control), "\(control)")
        }
        for field in Mirror(reflecting: Phone.app).children.compactMap(\.label)
            + Mirror(reflecting: SimulatedUser.zoo[0]).children.compactMap(\.label)
        {
            #expect(text.contains("`\(field)`"), "\(field)")
        }
    }

    @Test("changes what was changed in the form, for everyone, an app or a person")
    func switches() async throws {
        try await Phone.with { phone async throws in
            let simulator = phone.simulator
            let changed = try await submit(
                phone, "action=switches&scope=&errorPage=10004&consent=allow&userAgentGate=false&codeAge=1.5")
            #expect(changed.status == .seeOther && changed.headers[.location] == "/")
            #expect(await simulator.behaviour().errorPage == 10004)
            #expect(await simulator.behaviour().consent == .allow)
            #expect(await simulator.behaviour().userAgentGate == false)
            #expect(await simulator.behaviour().codeAge == 1.5)
            let ofApp = try await submit(
                phone, "action=switches&scope=app:\(Phone.app.appID)&errorPage=&consent=allow&defaultUser=alice")
            #expect(ofApp.headers[.location] == "/?scope=app%3A\(Phone.app.appID)")
            #expect(await simulator.behaviour(app: Phone.app.appID).errorPage == nil)
            #expect(await simulator.behaviour(app: Phone.app.appID).defaultUser == "alice")
            #expect(await simulator.behaviour().errorPage == 10004)
            _ = try await submit(
                phone, "action=switches&scope=user:alice&faults=%7B%22login%22%3A%7B%22kind%22%3A%22slow%22%7D%7D")
            #expect(await simulator.behaviour(user: "alice").faults["login"]?.kind == .slow)
            let shown = try await phone.send(.get, "/?scope=user:alice").text
            #expect(shown.contains("<option value=\"user:alice\" selected>"))
            #expect(shown.contains("&quot;login&quot;"))
            for nonsense in ["errorPage=ten", "consent=perhaps", "codeAge=-1", "faults=%7B", "callsPerMinute="] {
                #expect(try await submit(phone, "action=switches&\(nonsense)").status == .badRequest, "\(nonsense)")
            }
            _ = try await submit(phone, "action=reset&scope=")
            #expect(await simulator.behaviour() == Behaviour())
        }
    }

    @Test("moves the clock and forgets calls")
    func clockAndCalls() async throws {
        try await Phone.with { phone async throws in
            _ = try await phone.exchange("bogus")
            #expect(try await phone.send(.get, "/").text.contains("<td>exchange</td>"))
            _ = try await submit(phone, "action=forget")
            #expect(await phone.simulator.calls.isEmpty)
            _ = try await submit(phone, "action=advance&seconds=7200")
            #expect(await phone.simulator.now.timeIntervalSince1970 == 1_700_007_200)
            #expect(try await submit(phone, "action=advance&seconds=-1").status == .badRequest)
            _ = try await submit(phone, "action=now")
            #expect(await phone.simulator.now.timeIntervalSince1970 == 1_700_000_000)
        }
    }

    @Test("takes no form of a page that does not know its token")
    func foreignForm() async throws {
        try await Phone.with { phone async throws in
            for token in ["", "token=&", "token=guess&"] {
                let answer = try await phone.send(
                    .post, "/simulator/page", body: token + "action=advance&seconds=60")
                #expect(answer.status == .forbidden)
            }
            #expect(await phone.simulator.now.timeIntervalSince1970 == 1_700_000_000)
        }
    }

    @Test("lists QR codes that wait for a phone")
    func waitingCodes() async throws {
        try await Phone.with { phone async throws in
            #expect(try await !phone.send(.get, "/").text.contains("id=\"codes\""))
            let page = try await phone.send(
                .get,
                "/connect/qrconnect?appid=\(Phone.site.appID)&redirect_uri=https%3A%2F%2Fshop.example.com%2F"
                    + "&response_type=code&scope=snsapi_login&state=s")
            let uuid = try #require(page.text.attribute("data-uuid", after: "id=\"qr\""))
            #expect(try await phone.send(.get, "/").text.contains("/connect/confirm?uuid=\(uuid)"))
            try await phone.simulator.scanQRCode(uuid)
            try await phone.simulator.refuseQRCode(uuid)
            #expect(try await !phone.send(.get, "/").text.contains("id=\"codes\""))
        }
    }
}
