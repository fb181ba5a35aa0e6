import Testing

@testable import IdP

/// What may be published at the root of our host.
@Suite struct ProofFileNameTests {
    @Test(
        "no other file can be put there",
        arguments: [
            "", ".txt", "a", "a.html", "a.txt.html", "a.TXT", "a.txt ", " a.txt", "../a.txt", "a/b.txt", "a\\b.txt",
            ".a.txt",
            "a.b.txt", "a%2fb.txt", "a b.txt", "a\u{0}.txt", "ä.txt", "ａ.txt", "robots.txt", "Robots.TXT", "ROBOTS.txt",
            "security.txt", "ads.txt", "app-ads.txt", "humans.txt", "llms.txt", "wxmp-sdk.js", "a.txt/", "a.txt?x",
            "a\n.txt",
            String(repeating: "a", count: 65) + ".txt", "e\u{301}.txt", "a.txt\u{301}",
        ])
    func fileName(_ text: String) {
        #expect(!DomainProof.isFileName(text))
    }

    @Test(
        "WeChat's own names are taken",
        arguments: [
            "MP_verify_abcdefgh12345678.txt", "a.txt", "WW_verify_0-_Z.txt", "robots1.txt",
            String(repeating: "a", count: 64) + ".txt",
        ])
    func goodName(_ text: String) {
        #expect(DomainProof.isFileName(text))
    }

    @Test(
        "no page and no script can be its content",
        arguments: [
            "", " ", "a b", "<b>", "a\n", "\u{FEFF}a", "a\u{0}", "{}", "a.b", "ä", "ａ", "google-site-verification: x",
            String(repeating: "a", count: 129), "a\u{301}",
        ])
    func content(_ text: String) {
        #expect(!DomainProof.isContent(text))
    }

    @Test(
        "WeChat's own content is taken",
        arguments: ["abcdefgh12345678", "a", "A-_9", String(repeating: "a", count: 128)])
    func goodContent(_ text: String) {
        #expect(DomainProof.isContent(text))
    }
}
