import Testing

@testable import IdP

@Suite("A browser in words")
struct BrowserDescriptionTests {
    @Test(
        "tells browser, system and phone",
        arguments: [
            (Browser.desktop, .chrome, .windows, false),
            (Browser.safari, .safari, .iPhone, true),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.0 Safari/605.1.15", .safari, .macOS, false),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", .edge, .windows, false),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", .firefox, .linux, false),
            ("Mozilla/5.0 (Linux; Android 14; Pixel) Chrome/142.0 Mobile Safari/537.36", .chrome, .android, true),
            ("Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/142.0 Safari/537.36", .chrome, .android, false),
            ("Mozilla/5.0 (iPad; CPU OS 16_0) Version/16.0 Mobile/15E148 Safari/604.1", .safari, .iPad, false),
            ("Mozilla/5.0 (iPhone) CriOS/142.0 Mobile/15E148 Safari/604.1", .chrome, .iPhone, true),
            (
                "Mozilla/5.0 (Linux; Android 14) SamsungBrowser/23.0 Chrome/115 Mobile Safari/537.36", .samsung,
                .android, true
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/109 Safari/537.36 QQBrowser/13.0", .qq, .windows, false),
            ("Mozilla/5.0 (Windows NT 10.0) wxwork/4.1.39 (MicroMessenger/6.2) WindowsWechat", .weCom, .windows, false),
            ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/142.0 Safari/537.36 OPR/100", .opera, .chromeOS, false),
            ("curl/8.5.0", .other, .other, false),
            ("", .other, .other, false),
            ("<b>Firefox/1</b> on my Windows", .firefox, .windows, false),
        ] as [(String, BrowserDescription.Name, BrowserDescription.System, Bool)])
    func tells(
        userAgent: String, name: BrowserDescription.Name, system: BrowserDescription.System, isPhone: Bool
    ) {
        let browser = BrowserDescription(userAgent: userAgent)
        #expect(browser.name == name && browser.system == system && browser.isPhone == isPhone)
    }

    @Test("has a name in both languages, whatever it is")
    func names() {
        for language in [Language.chinese, .english] {
            #expect(BrowserDescription.Name.allCases.allSatisfy { !language.name(of: $0).isEmpty })
            #expect(BrowserDescription.System.allCases.allSatisfy { !language.name(of: $0).isEmpty })
        }
    }

    @Test("a header of a megabyte costs no more than its beginning")
    func long() {
        let browser = BrowserDescription(userAgent: String(repeating: "x", count: 1 << 20) + "Firefox/1")
        #expect(browser.name == .other)
    }
}
