import Testing

@testable import IdP

/// Absolute addresses, taken apart strictly: what two readers may read differently is no address here.
@Suite struct HTTPURLTests {
    @Test("is no address", arguments: relative + foreignSchemes + authorities + ports + numbers + brackets + bytes)
    func refused(_ text: String) {
        #expect(HTTPURL(text) == nil)
    }

    static let relative = [
        "", " ", "/", "/path", "//a.example", "a.example", "a.example/path", "?x", "#x", "https", "https:", "https:/",
        "https://", "https:///", "https:///path", "https://?x", "https://#x", "https:a.example", "https:/a.example",
        "://a.example", "https//a.example", "https:\\\\a.example", "https:/\\a.example",
    ]

    static let foreignSchemes = [
        "HTTPS://a.example", "Https://a.example", "hTTP://a.example", "ftp://a.example", "ws://a.example",
        "javascript:alert(1)", "javascript://a.example/%0aalert(1)", "data:text/html,x", "data://a.example/",
        "file:///etc/passwd", "file://a.example/", "blob:https://a.example/x", "view-source:https://a.example",
        "about:blank", "mailto:a@a.example", "https+x://a.example", "xhttps://a.example", "com.example.app:/x",
        " https://a.example", "\u{FEFF}https://a.example",
    ]

    static let authorities = [
        "https://u@a.example", "https://u:p@a.example", "https://@a.example", "https://:@a.example",
        "https://a.example@b.example", "https://a.example:80@b.example", "https://a.example%40b.example",
        "https://a.example\\@b.example", "https://a.example\\.b.example", "https://a%2eexample", "https://a.example%00",
        "https://a.example%2f.b.example", "https://a..example", "https://.a.example", "https://a.example.", "https://.",
        "https://-a.example", "https://a-.example", "https://a_b.example", "https://*.example", "https://A.example",
        "https://a.Example", "https://a,b", "https://a;b", "https://a!b", "https://a$b", "https://a'b", "https://(a)",
        "https://a+b", "https://a=b", "https://a&b", "https://a~b",
        "https://" + String(repeating: "a", count: 64) + ".example",
        "https://" + Array(repeating: String(repeating: "a", count: 49), count: 6).joined(separator: "."),
    ]

    static let ports = [
        "https://a.example:", "https://a.example:/", "https://a.example:0", "https://a.example:080",
        "https://a.example:00443", "https://a.example:65536", "https://a.example:99999999999999999999",
        "https://a.example:-1", "https://a.example:+80", "https://a.example:80a", "https://a.example:8%30",
        "https://a.example:80:80", "https://a.example: 80", "https://a.example:８０", "https://a.example:0x50",
        "https://:443", "https://:443/path",
    ]

    /// Hosts that a browser reads as an IPv4 address, though they are not written as one.
    static let numbers = [
        "http://2130706433", "http://127.1", "http://0x7f.1", "http://0x7f000001", "http://1.2.3.256", "http://0",
        "http://127.0.0.01", "http://0177.0.0.1", "http://1.2.3.4.5", "http://1.2.3", "http://a.1", "http://a.0x1f",
        "http://a.example.08",
    ]

    static let brackets = [
        "https://[::1", "https://::1]", "https://[]", "https://[:]", "https://[1:2]", "https://[:::]",
        "https://[::1]x", "https://[::1]x:80", "https://x[::1]", "https://[::1]:", "https://[::1%25eth0]",
        "https://[::FFFF]", "https://[0:0:0:0:0:0:0:1]", "https://[::01]", "https://[v1.a]", "https://[127.0.0.1]",
        "https://[1:2:3:4:5:6:7:8:9]", "https://[::1]]", "https://[[::1]]", "https://::1", "https://[::12345]",
    ]

    static let bytes = [
        "https://a.example/ ", "https://a.example/a b", "https://a.example/\t", "https://a.example/\n",
        "https://a.example\r\nSet-Cookie:x=1", "https://a.example/\u{0}", "https://a.example/\u{7F}",
        "https://a.example/é", "https://例子.example", "https://a。example", "https://a．example", "https://а.example",
        "https://a.example/\u{202E}", "https://a.example/%", "https://a.example/%2", "https://a.example/%zz",
        "https://a.example/%u0041", "https://a.example/?%", "https://a.example/#%4", "https://a.example/<x>",
        "https://a.example/\"", "https://a.example/a|b", "https://a.example/^", "https://a.example/`",
        "https://a.example/{x}", "https://a.example/\\", "https://a.example?\\", "https://a.example/\u{1F600}",
        "https://a\u{AD}.example", "https://a.example/\u{85}",
    ]

    struct Good: Sendable, CustomTestStringConvertible {
        var text: String
        var origin: String
        var path = ""
        var query: String?
        var fragment: String?
        var effectivePort = 443
        var testDescription: String { text }
    }

    static let good: [Good] = [
        Good(text: "https://a.example", origin: "https://a.example"),
        Good(text: "https://a.example/", origin: "https://a.example", path: "/"),
        Good(text: "http://a", origin: "http://a", effectivePort: 80),
        Good(text: "https://a.example:443/x", origin: "https://a.example", path: "/x"),
        Good(text: "http://a.example:443", origin: "http://a.example:443", effectivePort: 443),
        Good(text: "http://localhost:1", origin: "http://localhost:1", effectivePort: 1),
        Good(text: "https://a.example:65535", origin: "https://a.example:65535", effectivePort: 65_535),
        Good(text: "http://127.0.0.1:8080/a", origin: "http://127.0.0.1:8080", path: "/a", effectivePort: 8080),
        Good(text: "https://255.255.255.255", origin: "https://255.255.255.255"),
        Good(text: "http://[::1]:8080", origin: "http://[::1]:8080", effectivePort: 8080),
        Good(text: "https://[2001:db8::1]/", origin: "https://[2001:db8::1]", path: "/"),
        Good(text: "https://xn--fsqu00a.example", origin: "https://xn--fsqu00a.example"),
        Good(text: "https://a-b.c--d.example", origin: "https://a-b.c--d.example"),
        Good(text: "https://1a.example", origin: "https://1a.example"),
        Good(text: "https://4.example/", origin: "https://4.example", path: "/"),
        Good(
            text: "https://a.example/p/q?x=1&y=%E4%BD%A0#/route?z", origin: "https://a.example", path: "/p/q",
            query: "x=1&y=%E4%BD%A0", fragment: "/route?z"),
        Good(text: "https://a.example?", origin: "https://a.example", query: ""),
        Good(text: "https://a.example#", origin: "https://a.example", fragment: ""),
        Good(text: "https://a.example#?x", origin: "https://a.example", fragment: "?x"),
        Good(
            text: "https://a.example?u=https://b.example/@x", origin: "https://a.example",
            query: "u=https://b.example/@x"),
        Good(text: "https://a.example/@b.example", origin: "https://a.example", path: "/@b.example"),
        Good(text: "https://a.example//b", origin: "https://a.example", path: "//b"),
        Good(text: "https://a.example/../x", origin: "https://a.example", path: "/../x"),
        Good(
            text: "https://a.example/a:b;c=d,e!f$g'h(i)j*k+l~", origin: "https://a.example",
            path: "/a:b;c=d,e!f$g'h(i)j*k+l~"),
        Good(
            text: "https://" + String(repeating: "a", count: 63) + ".example",
            origin: "https://" + String(repeating: "a", count: 63) + ".example"),
    ]

    @Test("is taken apart", arguments: good)
    func parts(_ row: Good) throws {
        let url = try #require(HTTPURL(row.text))
        #expect(url.origin == row.origin)
        #expect(url.path == row.path)
        #expect(url.query == row.query)
        #expect(url.fragment == row.fragment)
        #expect(url.effectivePort == row.effectivePort)
        #expect(url.written == row.text)
    }

    @Test(
        "loopback is exactly three hosts",
        arguments: [
            ("http://127.0.0.1", true), ("http://localhost:8080/x", true), ("http://[::1]:80", true),
            ("http://127.0.0.2", false), ("http://localhost.example", false), ("http://127.0.0.1.example", false),
            ("http://0.0.0.0", false), ("http://[::]", false), ("http://localhost.localdomain", false),
        ])
    func loopback(_ text: String, _ expected: Bool) throws {
        #expect(try #require(HTTPURL(text)).isLoopback == expected)
    }
}

extension HTTPURL {
    /// The address put together again from its parts.
    var written: String {
        "\(scheme.rawValue)://\(host)" + (port.map { ":\($0)" } ?? "") + path + (query.map { "?\($0)" } ?? "")
            + (fragment.map { "#\($0)" } ?? "")
    }
}
