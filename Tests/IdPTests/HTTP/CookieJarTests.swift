import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import IdP

/// Our cookies: their names and attributes, and what is read of those that come back.
@Suite struct CookieJarTests {
    private static let value = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM-_01"
    private static let other = "bbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM-_01"
    private let secure = CookieJar(isSecure: true)
    private let plain = CookieJar(isSecure: false)

    private func request(_ headers: String...) -> Request {
        var fields = HTTPFields()
        for header in headers { fields.append(HTTPField(name: .cookie, value: header)) }
        return Request(
            head: HTTPRequest(method: .get, scheme: "https", authority: "a", path: "/", headerFields: fields),
            body: RequestBody(buffer: ByteBuffer()))
    }

    @Test(
        "a value of another shape is none",
        arguments: [
            "", "x", String(value.dropLast()), value + "x", value.replacing("_", with: "+"),
            value.replacing("_", with: "/"),
            value.replacing("_", with: "%"), value.replacing("_", with: " "), value.replacing("_", with: "="),
            "\"" + value.dropLast(2) + "\"", "\"\(value)\"", value.replacing("a", with: "é"),
            value.replacing("a", with: "ａ"),
            String(repeating: "é", count: 43), String(repeating: "a", count: 42) + "\u{301}",
        ])
    func shape(_ text: String) {
        #expect(plain.value(.session, .default, in: request("wxidp-session-default=\(text)")) == nil)
    }

    @Test(
        "another cookie is not taken for ours",
        arguments: [
            "wxidp-session-default2", "xwxidp-session-default", "wxidp-session", "WXIDP-SESSION-DEFAULT",
            "wxidp-signin-default",
            "wxidp-session-other", "__Host-wxidp-session-default", "wxidp-session-default ", "session",
        ])
    func name(_ name: String) {
        #expect(plain.value(.session, .default, in: request("\(name)=\(Self.value)")) == nil)
    }

    @Test("under https only the name that no other host can set is read")
    func prefix() {
        let set = request("wxidp-session-default=\(Self.value)")
        #expect(secure.value(.session, .default, in: set) == nil)
        let host = request("wxidp-session-default=\(Self.other); __Host-wxidp-session-default=\(Self.value)")
        #expect(secure.value(.session, .default, in: host) == Self.value)
    }

    @Test("no cookies, no value")
    func none() {
        #expect(plain.value(.session, .default, in: request()) == nil)
        #expect(plain.value(.session, .default, in: request("", ";", "; ;", "=", "=x")) == nil)
    }

    @Test(
        "ours is found among others, in one header or in several",
        arguments: [
            ["wxidp-session-default=\(value)"], ["a=b; wxidp-session-default=\(value); c=d"],
            ["a=b", "wxidp-session-default=\(value)", "c=d"], ["a;b;;wxidp-session-default=\(value)"],
            ["wxidp-session-other=\(other);   wxidp-session-default=\(value)"],
        ])
    func found(_ headers: [String]) {
        var fields = HTTPFields()
        for header in headers { fields.append(HTTPField(name: .cookie, value: header)) }
        let request = Request(
            head: HTTPRequest(method: .get, scheme: "https", authority: "a", path: "/", headerFields: fields),
            body: RequestBody(buffer: ByteBuffer()))
        #expect(plain.value(.session, .default, in: request) == Self.value)
    }

    @Test("every pool and purpose has a cookie of its own")
    func names() throws {
        let shop = try #require(PoolID(rawValue: "shop"))
        let names = [CookieJar.Purpose.session, .binding].flatMap { purpose in
            [PoolID.default, shop].map { plain.name(purpose, $0) }
        }
        #expect(Set(names).count == 4)
        let request = request("\(plain.name(.session, shop))=\(Self.value)")
        #expect(plain.value(.session, .default, in: request) == nil)
        #expect(plain.value(.binding, shop, in: request) == nil)
        #expect(plain.value(.session, shop, in: request) == Self.value)
    }

    @Test("what is set is hidden from scripts, for this host alone, and survives the way back from WeChat")
    func header() {
        #expect(
            secure.header(.session, .default, value: Self.value, lifetime: .seconds(86_400))
                == "__Host-wxidp-session-default=\(Self.value); Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax")
        #expect(
            plain.header(.binding, .default, value: Self.value, lifetime: .seconds(600))
                == "wxidp-signin-default=\(Self.value); Path=/; Max-Age=600; HttpOnly; SameSite=Lax")
    }

    @Test("a token of ours has the shape that is read")
    func tokens() {
        for _ in 0..<50 {
            let token = Surroundings.system.token()
            let header = plain.header(.binding, .default, value: token, lifetime: .seconds(1))
            #expect(plain.value(.binding, .default, in: request(String(header.prefix { $0 != ";" }))) == token)
        }
    }
}
