import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import WeChatSimulator

@Suite("Signing in at a website with a phone")
struct QRConnectTests {
    private static func address(
        app: SimulatedApp = Phone.site, redirect: String = "https://shop.example.com/cb",
        scope: String = "snsapi_login",
        state: String = "s1", extra: String = ""
    ) -> String {
        "/connect/qrconnect?appid=\(app.appID)&redirect_uri=\(PercentEncoding.component(redirect))&response_type=code"
            + "&scope=\(scope)&state=\(PercentEncoding.component(state))\(extra)"
    }

    private func uuid(_ phone: Phone, _ address: String = Self.address()) async throws -> String {
        let page = try await phone.send(.get, address)
        return try #require(page.text.attribute("data-uuid", after: "id=\"qr\""))
    }

    private func poll(_ phone: Phone, _ uuid: String, _ extra: String = "") async throws -> String {
        let answer = try await phone.send(.get, "/connect/l/qrconnect?uuid=\(uuid)&_=1700000000\(extra)")
        #expect(answer.headers[.contentType] == "text/javascript; charset=utf-8")
        return answer.text
    }

    @Test(
        "shows one page for a wrong domain, scope or kind of app",
        arguments: [
            (address(redirect: "https://elsewhere.example/cb"), "该链接无法访问"),
            (address(redirect: ""), "该链接无法访问"),
            (address(scope: "snsapi_userinfo"), "该链接无法访问"),
            (address(app: Phone.app), "该链接无法访问"),
            (address(app: SimulatedApp(appID: "wx9", secret: "")), "appid 参数错误"),
        ]
    )
    func problems(address: String, text: String) async throws {
        try await Phone.with { phone async throws in
            let page = try await phone.send(.get, address)
            #expect(page.text.contains(text))
            #expect(page.text.attribute("data-uuid", after: "id=\"qr\"") == nil)
            #expect(await phone.simulator.calls.last?.endpoint == .qrConnect)
        }
    }

    @Test("goes through 408, 404 and 405 with a code of ten minutes and unionid")
    func success() async throws {
        try await Phone.with { phone async throws in
            let long = String(repeating: "s", count: 400)
            let uuid = try await uuid(phone, Self.address(state: long))
            #expect(try await poll(phone, uuid) == "window.wx_errcode=408;window.wx_code='';")
            await #expect(throws: Simulator.QRProblem.notScanned) { try await phone.simulator.confirmQRCode(uuid) }
            let question = try await phone.be("alice").send(.get, "/connect/confirm?uuid=\(uuid)")
            #expect(question.text.contains("Alice"))
            #expect(try await poll(phone, uuid) == "window.wx_errcode=404;window.wx_code='';")
            #expect(try await poll(phone, uuid, "&last=404") == "window.wx_errcode=408;window.wx_code='';")
            let decided = try await phone.send(
                .post, "/connect/confirm/decision", body: "uuid=\(uuid)&decision=allow")
            #expect(decided.text.contains("已登录"))
            let answer = try await poll(phone, uuid, "&last=404")
            let code = try #require(answer.firstMatch(of: /^window.wx_errcode=405;window.wx_code='(\w{32})';$/)?.1)
            #expect(
                try await poll(phone, uuid, "&f=url")
                    == "window.wx_errcode=405;window.wx_redirecturl='https://shop.example.com/cb?code=\(code)&state=\(long)';"
            )
            await phone.simulator.advanceClock(by: 599)
            let token = try await phone.exchange(String(code), app: Phone.site)
            #expect(token.field("scope") == "snsapi_login")
            #expect(token.field("unionid").hasPrefix("o"))
            let profile = try await phone.send(
                .get, "/sns/userinfo?access_token=\(token.field("access_token"))&openid=\(token.field("openid"))")
            #expect(profile.field("nickname") == "Alice")
            #expect(try await phone.send(.get, "/connect/confirm?uuid=\(uuid)").text.contains("二维码已失效"))
        }
    }

    @Test("a code of a website dies after ten minutes, its QR code after five")
    func lifetimes() async throws {
        try await Phone.with { phone async throws in
            let uuid = try await uuid(phone)
            try await phone.simulator.scanQRCode(uuid)
            let address = try await phone.simulator.confirmQRCode(uuid)
            let code = FormParameters(String(address.drop { $0 != "?" }.dropFirst()))["code"] ?? ""
            await phone.simulator.advanceClock(by: 600)
            #expect(try await phone.exchange(code, app: Phone.site).errcode == 42003)

            let late = try await self.uuid(phone)
            await phone.simulator.advanceClock(by: 300)
            #expect(try await poll(phone, late) == "window.wx_errcode=402;window.wx_code='';")
            await #expect(throws: Simulator.QRProblem.unknownCode) { try await phone.simulator.scanQRCode(late) }
            #expect(try await poll(phone, "unknown").contains("=402;"))
            let failing = try await self.uuid(phone)
            await phone.simulator.setBehaviour(.app(Phone.site.appID)) { $0.qrPollNumber = 500 }
            #expect(try await poll(phone, failing).contains("=500;"))
        }
    }

    @Test("tells a refusal as the switch says", arguments: Behaviour.Refusal.allCases)
    func refusals(refusal: Behaviour.Refusal) async throws {
        try await Phone.with({ $0.refusal = refusal }) { phone async throws in
            let uuid = try await uuid(phone)
            _ = try await phone.send(.get, "/connect/confirm?uuid=\(uuid)")
            _ = try await phone.send(.post, "/connect/confirm/decision", body: "uuid=\(uuid)&decision=refuse")
            #expect(try await poll(phone, uuid) == "window.wx_errcode=403;window.wx_code='';")
            let expected =
                switch refusal {
                case .noRedirect: "window.wx_code='';"
                case .stateOnly: "window.wx_redirecturl='https://shop.example.com/cb?state=s1';"
                case .authDeny: "window.wx_redirecturl='https://shop.example.com/cb?code=authdeny&reason=&state=s1';"
                }
            #expect(try await poll(phone, uuid, "&f=url") == "window.wx_errcode=403;" + expected)
            await #expect(throws: Simulator.QRProblem.unknownCode) { try await phone.simulator.confirmQRCode(uuid) }
        }
    }

    @Test("holds the poll until the phone acts")
    func longPoll() async throws {
        let phones = Box<Phone>()
        let codes = Box<String>()
        let waits = Box<Duration>()
        // The phone scans while the desktop's third look waits.
        try await Phone.with(sleep: { time in
            waits.add(time)
            if waits.all.count == 3, let phone = phones.all.first, let uuid = codes.all.first {
                try await phone.simulator.scanQRCode(uuid)
            }
        }) { phone async throws in
            phones.add(phone)
            codes.add(try await uuid(phone))
            #expect(try await poll(phone, codes.all[0]).contains("=404;"))
            #expect(waits.all.count == 3)
            #expect(try await poll(phone, codes.all[0], "&last=404").contains("=408;"))
            #expect(waits.all.count == 103)
            #expect(waits.all.reduce(.zero, +) < .seconds(26))
        }
    }

    @Test("may be framed, speaks two languages and takes the documented looks")
    func looks() async throws {
        try await Phone.with { phone async throws in
            let plain = try await phone.send(.get, Self.address())
            #expect(plain.text.contains("微信登录") && plain.text.contains("data-self=\"false\""))
            #expect(!(plain.headers[.contentSecurityPolicy] ?? "").contains("frame-ancestors"))
            let sheet = "&href=https%3A%2F%2Fshop.example.com%2Fqr.css"
            let dressed = try await phone.send(
                .get, Self.address(extra: "&lang=en&self_redirect=true&style=white\(sheet)"))
            #expect(dressed.text.contains("WeChat Login") && dressed.text.contains("data-self=\"true\""))
            #expect(dressed.text.contains(#"<link rel="stylesheet" href="https://shop.example.com/qr.css">"#))
            let lite = try await phone.send(.get, Self.address(extra: "&styletype=1\(sheet)"))
            #expect(!lite.text.contains("<h1") && !lite.text.contains("stylesheet"))
            let script = try await phone.send(.get, Self.address(extra: "&href=javascript%3Aalert(1)"))
            #expect(!script.text.contains("stylesheet"))
            let wxLogin = try await phone.send(.get, "/connect/zh_CN/htmledition/js/wxLogin.js")
            for name in ["self_redirect", "login_type=jssdk", "stylelite", "fast_login", "onReady", "sandbox"] {
                #expect(wxLogin.text.contains(name))
            }
        }
    }

    @Test("is at hand over HTTP")
    func overHTTP() async throws {
        try await Phone.with { phone async throws in
            func post(_ action: String, _ body: String) async throws -> TestResponse {
                try await phone.send(.post, "/simulator/qrconnect/" + action, body: body, type: "application/json")
            }
            let uuid = try await uuid(phone)
            #expect(try await post("confirm", #"{"uuid":"x"}"#).status == .notFound)
            #expect(try await post("scan", #"{"uuid":"\#(uuid)","user":"no-one"}"#).status == .notFound)
            #expect(try await post("scan", "{}").status == .badRequest)
            #expect(try await post("dance", #"{"uuid":"\#(uuid)"}"#).status == .notFound)
            #expect(try await post("scan", #"{"uuid":"\#(uuid)","user":"alice"}"#).field("status") == "scanned")
            let address = try await post("confirm", #"{"uuid":"\#(uuid)","user":"alice"}"#).field("address")
            #expect(address.contains(/^https:\/\/shop\.example\.com\/cb\?code=\w{32}&state=s1$/))
            let other = try await self.uuid(phone)
            #expect(try await post("refuse", #"{"uuid":"\#(other)"}"#).field("status") == "refused")
            #expect(try await poll(phone, other).contains("=403;"))
        }
    }
}
