import Testing

@testable import IdP

/// Text from strangers on our pages: escaped by bytes, as browsers read bytes.
@Suite struct HTMLEscapingTests {
    private static let marks: [(String, String)] = [
        ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;"), ("&", "&amp;"),
    ]
    /// What joins the character before it into one grapheme, so that escaping by characters overlooks it.
    private static let joiners = [
        "\u{301}", "\u{200D}", "\u{FE0F}", "\u{20E3}", "\u{338}", "\u{E0100}", "\u{1F3FB}", "\u{903}", "\u{E0020}",
    ]

    @Test("no mark passes, whatever is joined to it", arguments: joiners + ["", "x", "\u{0}", "\r\n"])
    func joined(_ joiner: String) {
        for (mark, escaped) in Self.marks {
            let text = HTMLBytesContentType().escapeText("a\(mark)\(joiner)b")
            #expect(Array(text.utf8) == Array("a\(escaped)\(joiner)b".utf8))
            let before = HTMLBytesContentType().escapeText("\(joiner)\(mark)")
            #expect(Array(before.utf8) == Array("\(joiner)\(escaped)".utf8))
        }
    }

    @Test(
        "everything else stays as it is, byte for byte",
        arguments: [
            "", "微信用户", "👩‍👩‍👧‍👦🏳️‍🌈", "e\u{301}", "\u{e9}", "a b\tc", "＜script＞", "“quoted”", "\u{202E}abc", "{{heading}}",
            "%3Cb%3E",
        ])
    func unchanged(_ text: String) {
        #expect(Array(HTMLBytesContentType().escapeText(text).utf8) == Array(text.utf8))
    }

    @Test("what is escaped already is escaped again, so that it reads as it was written")
    func twice() {
        #expect(HTMLBytesContentType().escapeText("&lt;") == "&amp;lt;")
        #expect(HTMLBytesContentType().escapeText("<&\"'>") == "&lt;&amp;&quot;&#39;&gt;")
    }
}
