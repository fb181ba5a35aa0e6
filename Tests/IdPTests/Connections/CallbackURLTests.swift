import Testing

@testable import IdP

/// Which business pages a visitor may be sent back to; the one place where a wildcard exists.
@Suite struct CallbackURLTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var pattern: String
        var covered: [String]
        var refused: [String]
        var testDescription: String { pattern }

        init(_ pattern: String, covers covered: [String], not refused: [String]) {
            (self.pattern, self.covered, self.refused) = (pattern, covered, refused)
        }
    }

    static let rows: [Row] = [
        Row(
            "https://*.example.com/*",
            covers: [
                "https://a.example.com/", "https://a.b.c.example.com/x/y?z=1&u=https://evil.example/",
                "https://a.example.com:443/x", "https://xn--fsqu00a.example.com/", "https://www.example.com//x",
            ],
            not: [
                "https://example.com/", "https://example.com/a.example.com/", "https://aexample.com/",
                "https://a.example.com:8443/", "https://a.example.com:80/", "http://a.example.com/",
                "https://a.example.com.evil.example/", "https://a.example.com.", "https://a.example.com./",
                "https://evil.example/a.example.com/", "https://evil.example?a.example.com/",
                "https://evil.example#.example.com/", "https://evil.example/?https://a.example.com/",
                "https://a.example.com@evil.example/", "https://evil.example@a.example.com/",
                "https://u:p@a.example.com/", "https://evil.example\\.example.com/",
                "https://evil.example\\@a.example.com/",
                "https://evil.example%2f.example.com/", "https://evil.example%00.example.com/",
                "https://evil.example:443.example.com/", "https://.example.com/", "https://a..example.com/",
                "https://*.example.com/", "https://A.example.com/", "https://a.EXAMPLE.com/", "HTTPS://a.example.com/",
                "https://a.example.com", "https://a.example.com?x", "https://a.example.com/#",
                "https://a.example.com/#x",
                "https://a.example.com/../x", "https://a.example.com/x/..", "https://a.example.com/./x",
                "https://a.example.com/%2e%2e/x", "https://a.example.com/.%2E/x", "https://a.example.com/x%2fy",
                "https://a.example.com/x%5cy", "https://a.example.com/%252e%252e/x", "https://a.example.com/..;/x",
                "https://a.example.com/.;x=y/x", "https://a.example.com/%00", "https://a.example.com/x y",
                "https://a.example.com/x\r\nLocation: https://evil.example", "https://a.example.com/\t",
                "https://-.example.com/", "https://a_b.example.com/", "https://à.example.com/", "//a.example.com/",
                "/x", "", "#", "*", "javascript://a.example.com/%0aalert(1)", "data:text/html,a.example.com/",
                "file://a.example.com/", "ftp://a.example.com/", "com.example.app:/x", " https://a.example.com/",
                "https://a.example.com/ ", "https:/a.example.com/", "https:a.example.com/", "https:///a.example.com/",
            ]),
        Row(
            "https://www.example.com/app/*",
            covers: [
                "https://www.example.com/app/", "https://www.example.com/app/x",
                "https://www.example.com/app/x/y?z=../..",
                "https://www.example.com:443/app/x", "https://www.example.com/app//x",
            ],
            not: [
                "https://www.example.com/app", "https://www.example.com/apple", "https://www.example.com/APP/x",
                "https://www.example.com/", "https://www.example.com/x/app/y", "https://www.example.com//app/x",
                "https://www.example.com/app/../admin", "https://www.example.com/app/..",
                "https://www.example.com/app/%2e%2e/admin",
                "https://www.example.com/app/%2E./admin", "https://www.example.com/app/..%2fadmin",
                "https://www.example.com/app/..%5cadmin", "https://www.example.com/app/..;/admin",
                "https://www.example.com/app?x=/app/", "https://www.example.com?/app/x",
                "https://a.www.example.com/app/x", "https://example.com/app/x", "https://www.example.com:444/app/x",
            ]),
        Row(
            "https://*.example.com/back",
            covers: ["https://a.example.com/back", "https://a.b.example.com/back", "https://a.example.com:443/back"],
            not: [
                "https://a.example.com/back/", "https://a.example.com/back?x=1", "https://a.example.com/back?",
                "https://a.example.com/back/x", "https://a.example.com/", "https://example.com/back",
                "https://a.example.com/back#", "https://a.example.com/BACK", "https://a.example.com/%62ack",
            ]),
        Row(
            "https://*.example.com:8443/*",
            covers: ["https://a.example.com:8443/x"],
            not: ["https://a.example.com/x", "https://a.example.com:443/x", "https://a.example.com:18443/x"]),
        Row(
            "http://*.example.com/*", covers: ["http://a.example.com/", "http://a.example.com:80/"],
            not: ["https://a.example.com/", "http://a.example.com:443/"]),
        Row(
            "https://www.example.com/back?keep=1",
            covers: ["https://www.example.com/back?keep=1"],
            not: [
                "https://www.example.com/back", "https://www.example.com/back?keep=1&x=2",
                "https://www.example.com/back?keep=2",
                "https://www.example.com:443/back?keep=1", "https://www.example.com/back?keep=1#x",
                "https://www.example.com/back/?keep=1", "https://www.example.com/back?keep=1 ",
            ]),
        // The application's own list decides, but only about addresses that are some.
        Row(
            "#", covers: ["https://anything.example/x", "http://127.0.0.1:3000/"],
            not: ["javascript:alert(1)", "https://a.example/#x", "https://u@a.example/", "//a.example/", ""]),
    ]

    @Test("covers its own pages and nobody else's", arguments: rows)
    func covers(_ row: Row) throws {
        let callback = try #require(CallbackURL(row.pattern))
        for address in row.refused {
            #expect(!callback.covers(address), "\(address)")
        }
        for address in row.covered {
            #expect(callback.covers(address), "\(address)")
        }
    }

    @Test(
        "is no callback address",
        arguments: [
            "", " ", "*", "**", "##", "#x", "https://", "https://*", "https://*.", "https://*/", "https://*.com",
            "https://*.com/*",
            "https://*.com.cn/*", "https://*.org.uk/x", "https://*.example.com.*/x", "https://*.*.example.com/",
            "https://a.*.example.com/", "https://a*.example.com/", "https://*a.example.com/", "https://example.com/*/x",
            "https://example.com/x*", "https://example.com/**", "https://example.com/*?x", "https://example.com/*#x",
            "https://example.com:*/", "*://example.com/", "http*://example.com/*", "https://*.example.com:0/*",
            "https://u@*.example.com/*", "https://*.u@example.com/*", "https://*.EXAMPLE.com/*", "https://*.例子.cn/*",
            "https://*.127.0.0.1/*", "https://*.[::1]/*", "https://*.localhost/*", "https://*..example.com/*",
            "https://*.example.com./*", "https://example.com/a/../*", "https://example.com/%2e/*",
            "https://example.com/%5c*/*",
            "https://example.com/x://*.y", "https://example.com/://*.y/*", "javascript:*", "file:///*",
            "https://example.com/#",
            "https://example.com/#x", "example.com/*", "/x/*", "//example.com/*", "https://*.example.com\\/*",
        ])
    func refused(_ text: String) {
        #expect(CallbackURL(text) == nil)
    }
}
