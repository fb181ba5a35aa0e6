import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import WeChatSimulator

@Suite("The authorize page")
struct AuthorizeTests {
    @Test(
        "lets only WeChat in",
        arguments: [
            "Mozilla/5.0 Chrome/142", "wxwork/4.1.39 MicroMessenger/7.0.1",
            "wxwork/4.1 (MicroMessenger/6.2) WindowsWechat",
        ]
    )
    func gate(userAgent: String) async throws {
        try await Phone.with { phone async throws in
            var other = phone
            other.userAgent = userAgent
            let page = try await other.send(.get, Phone.address())
            #expect(page.status == .ok)
            #expect(page.headers[.location] == nil)
            #expect(page.text.contains("请在微信客户端打开链接"))
            await phone.simulator.setBehaviour { $0.userAgentGate = false }
            #expect(try await other.open(Phone.address()).status == .found)
        }
    }

    @Test(
        "shows WeChat's error pages",
        arguments: [
            (Phone.address(app: SimulatedApp(appID: "", secret: "")), "10012"),
            (Phone.address(redirect: ""), "10011"), (Phone.address(scope: ""), "10010"),
            (Phone.address(state: ""), "10013"), (Phone.address(app: Phone.website), "10016"),
            (Phone.address(app: Phone.subscription), "10005"),
            (Phone.address(app: Phone.baseOnly, scope: "snsapi_userinfo"), "10005"),
            (Phone.address(app: SimulatedApp(appID: "wx9999", secret: "")), "appid 参数错误"),
            (Phone.address(scope: "snsapi_login"), "Scope 参数错误"),
            (Phone.address(redirect: "https://evil.example/cb"), "10003"),
            (Phone.address(redirect: "https://sub.id.example.com/cb"), "10003"),
            (Phone.address(redirect: "https://ID.example.com/cb"), "10003"),
            (Phone.address(redirect: "https://id.example.com:8443/cb"), "10003"),
            (Phone.address(redirect: "https://id.example.com:443/cb"), "10003"),
            (Phone.address(redirect: "https://id.example.com@evil.example/"), "10003"),
            (Phone.address(redirect: "https://path.example.com/other"), "10003"),
            (Phone.address(redirect: "https://path.example.com/basement"), "10003"),
            (Phone.address(redirect: "javascript:alert(1)"), "10003"),
            (Phone.address(app: Phone.strictHTTPS, redirect: "http://id.example.com/cb"), "10039"),
            (Phone.address(state: String(repeating: "a", count: 129)), "state 参数过长"),
            (
                Phone.address(extra: "&response_type=token").replacing(
                    "response_type=code", with: "response_type=token"),
                "该链接无法访问"
            ),
        ]
    )
    func errorPages(address: String, text: String) async throws {
        try await Phone.with { phone async throws in
            let page = try await phone.send(.get, address)
            #expect(page.status == .ok)
            #expect(page.headers[.location] == nil)
            #expect(page.text.contains(text))
        }
    }

    @Test("shows a page that is switched on", arguments: [10004, 10009])
    func forcedPage(number: Int) async throws {
        try await Phone.with({ $0.errorPage = number }) { phone async throws in
            #expect(try await phone.open(Phone.address()).text.contains("\(number)"))
        }
    }

    @Test(
        "accepts registered addresses",
        arguments: [
            (Phone.app, "https://id.example.com/cb"), (Phone.app, "http://id.example.com/any/path?x=1"),
            (Phone.app, "https://path.example.com/base"), (Phone.app, "https://path.example.com/base/cb"),
            (Phone.app, "http://127.0.0.1:8080/cb"), (Phone.testAccount, "http://192.0.2.7:3000/cb"),
        ]
    )
    func accepts(app: SimulatedApp, redirect: String) async throws {
        try await Phone.with { phone async throws in
            let location = try await phone.open(Phone.address(app: app, redirect: redirect)).headers[.location] ?? ""
            #expect(location.hasPrefix(redirect + (redirect.contains("?") ? "&" : "?") + "code="))
            #expect(location.hasSuffix("&state=s1"))
        }
    }

    @Test("reads an address scalar by scalar, as browsers do")
    func accents() async throws {
        try await Phone.with { phone async throws in
            let address = Phone.address(redirect: "https://id.example.com/\u{301}?\u{301}#\u{301}")
            let location = try await phone.open(address).headers[.location] ?? ""
            #expect(location.hasPrefix("https://id.example.com/%CC%81?%CC%81&code="))
            #expect(location.hasSuffix("&state=s1#%CC%81"))
        }
    }

    @Test("puts the parameters before a fragment")
    func fragment() async throws {
        try await Phone.with { phone async throws in
            let address = Phone.address(redirect: "https://id.example.com/?a=1#/route")
            let location = try await phone.open(address).headers[.location] ?? ""
            #expect(location.hasPrefix("https://id.example.com/?a=1&code="))
            #expect(location.hasSuffix("&state=s1#/route"))
        }
    }

    @Test("keeps test accounts to followers")
    func testAccount() async throws {
        try await Phone.with { phone async throws in
            let address = Phone.address(app: Phone.testAccount, redirect: "http://192.0.2.7/cb")
            #expect(try await phone.be("stranger").open(address).text.contains("10006"))
            #expect(try await phone.be("alice").open(address).status == .found)
        }
    }

    @Test("minds the order in strict mode only")
    func strictPattern() async throws {
        let shuffled =
            "/connect/oauth2/authorize?scope=snsapi_base&state=s1&response_type=code&appid=\(Phone.app.appID)"
            + "&redirect_uri=https%3A%2F%2Fid.example.com%2Fcb"
        try await Phone.with { phone async throws in
            #expect(try await phone.open(shuffled).status == .found)
            await phone.simulator.setBehaviour { $0.strictPattern = true }
            #expect(try await phone.open(shuffled).text.contains("该链接无法访问"))
            #expect(try await phone.open(Phone.address(extra: "&nonce=1")).text.contains("该链接无法访问"))
            #expect(try await phone.open(Phone.address(extra: "&forcePopup=false")).status == .found)
        }
    }

    @Test("hops through itself first")
    func internalHop() async throws {
        try await Phone.with { phone async throws in
            let hop = try await phone.send(.get, Phone.address()).headers[.location] ?? ""
            #expect(hop.hasPrefix(Phone.address() + "&connect_redirect=1&uin="))
            #expect(hop.contains("&key=") && hop.contains("&pass_ticket=") && hop.hasSuffix("#wechat_redirect"))
            await phone.simulator.setBehaviour { $0.internalHop = false }
            let direct = try await phone.send(.get, Phone.address()).headers[.location] ?? ""
            #expect(direct.hasPrefix(Phone.callback + "?code="))
        }
    }

    @Test(
        "returns state as WeChat does",
        arguments: [
            ("0123456789abcdefABCDEF_-", "0123456789abcdefABCDEF_-"), (String(repeating: "z", count: 128), nil),
            (#"{"a": 1}"#, "%7Ba:+1%7D"), ("a&b=1", "a&b=1"), ("YQ==", "YQ=="), ("a#b", "a%23b"), ("态", "%E6%80%81"),
            ("a\r\nSet-Cookie: x=1", "a%0D%0ASet-Cookie:+x=1"), ("a\"\u{301}b", "a%CC%81b"),
        ] as [(String, String?)]
    )
    func state(sent: String, returned: String?) async throws {
        try await Phone.with { phone async throws in
            let location = try await phone.open(Phone.address(state: sent)).headers[.location] ?? ""
            #expect(location.hasSuffix("&state=" + (returned ?? sent)))
        }
    }

    @Test("can damage or lose state")
    func stateVariants() async throws {
        try await Phone.with({ $0.stateReturn = .appended }) { phone async throws in
            #expect(try await phone.open(Phone.address()).callbackParameters["state"]?.hasPrefix("s1https") == true)
            await phone.simulator.setBehaviour { $0.stateReturn = .dropped }
            #expect(try await phone.open(Phone.address()).callbackParameters.names == ["code"])
        }
    }

    @Test("delivers old codes and calls back over http when told to")
    func lateAndPlain() async throws {
        try await Phone.with({
            $0.codeAge = 360
            $0.callbackOverHTTP = true
        }) { phone async throws in
            let response = try await phone.open(Phone.address())
            #expect(response.headers[.location]?.hasPrefix("http://id.example.com/cb?code=") == true)
            #expect(try await phone.exchange(response.callbackParameters["code"] ?? "").errcode == 42003)
        }
    }
}
