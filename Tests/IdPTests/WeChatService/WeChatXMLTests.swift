import Foundation
import JWT
import Testing

@testable import IdP

/// The little of XML that WeChat's messages need.
@Suite("WeChat's XML and JSON") struct WeChatXMLTests {
    private func read(_ text: String) -> [String: String]? { WeChatXML.fields(Array(text.utf8)) }

    @Test(
        "what WeChat sends is read",
        arguments: [
            ("<xml><A>1</A></xml>", ["A": "1"]), ("<xml></xml>", [:]),
            ("\n<xml>\n  <A>1</A>\r\n\t<B_2><![CDATA[<b>&amp;]]></B_2>\n</xml>\n", ["A": "1", "B_2": "<b>&amp;"]),
            ("<xml><A>&lt;&gt;&amp;&quot;&apos;</A></xml>", ["A": "<>&\"'"]),
            ("<xml><A><![CDATA[]]></A><B><![CDATA[a]]]]><![CDATA[>b]]></B></xml>", ["A": "", "B": "a]]>b"]),
            ("<xml><List><item><A>1</A></item><item><A>2</A></item></List><B>3</B></xml>", ["List": "", "B": "3"]),
            ("<xml><A>你好 😀</A></xml>", ["A": "你好 😀"]), ("<xml ><A >1</A ></xml >", ["A": "1"]),
        ] as [(String, [String: String])])
    func good(text: String, fields: [String: String]) {
        #expect(read(text) == fields)
    }

    @Test(
        "everything else is no message",
        arguments: [
            "", "<", "<xml>", "<xml", "</xml>", "<xml></xml>x", "x<xml></xml>", "<xml></xmk>", "<xml>text</xml>",
            "<xml><A>1</A><A>2</A></xml>", "<xml><A>1</B></xml>", "<xml><A>1</xml>", "<xml><A/></xml>",
            "<xml><A b=\"c\">1</A></xml>", "<xml><!-- c --><A>1</A></xml>", "<xml><A><!-- c --></A></xml>",
            "<?xml version=\"1.0\"?><xml></xml>", "<xml><?php x ?></xml>", "<xml><A>&#65;</A></xml>",
            "<xml><A>&x;</A></xml>", "<xml><A>&amp</A></xml>", "<xml><A>& </A></xml>", "<xml><A><![CDATA[1</A></xml>",
            "<!DOCTYPE xml><xml></xml>",
            "<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><xml><A>&x;</A></xml>",
            "<xml><A>1\u{0}</A></xml>", "<xml><1A>1</1A></xml>", "<xml>< A>1</A></xml>",
            "<xml><\(String(repeating: "a", count: 65))>1</\(String(repeating: "a", count: 65))></xml>",
            "<xml><A>" + String(repeating: "<B>", count: 8) + String(repeating: "</B>", count: 8) + "</A></xml>",
            "<xml>" + (0..<256).map { "<A\($0)></A\($0)>" }.joined() + "</xml>",
            "<xml><A>" + String(repeating: "a", count: 64 << 10) + "</A></xml>",
        ])
    func bad(text: String) {
        #expect(read(text) == nil)
    }

    @Test("bytes that are no UTF-8 are no message")
    func notText() {
        #expect(WeChatXML.fields(Array("<xml><A>".utf8) + [0xC0, 0xAF] + Array("</A></xml>".utf8)) == nil)
        #expect(WeChatXML.fields([0xEF, 0xBB, 0xBF] + Array("<xml></xml>".utf8)) == nil)
    }

    @Test("JSON is read with the blanks of WeChat's own samples, and not when a name stands twice")
    func json() throws {
        let sample = #"{"MsgType":"event"," OpenID":" o1 ","CreateTime":1627359464,"List":[1],"N":null}"#
        let message = try #require(WeChatMessage(Array(sample.utf8)))
        #expect(message["OpenID"] == "o1" && message["CreateTime"] == "1627359464" && message["List"] == nil)
        for bad in [#"{"A":"1"," A":"2"}"#, #"{"A":"1","A":"2"}"#, "{", "[]", "{}x", "\u{FEFF}{}"] {
            #expect(WeChatMessage(Array(bad.utf8)) == nil, "\(bad)")
        }
    }

    @Test("a hundred thousand nested or unfinished pieces cost next to nothing")
    func hostile() {
        for piece in ["<a>", "<![CDATA[", "&amp;", "]]>", "<", "</", "<xml>", "&", "<!"] {
            let text = "<xml><A>" + String(repeating: piece, count: (60 << 10) / piece.utf8.count)
            let started = ContinuousClock.now
            #expect(read(text) == nil)
            #expect(ContinuousClock.now - started < .seconds(2), "\(piece)")
        }
    }

    @Test("chance crashes nothing, and what is taken reads the same again", arguments: 1...8 as ClosedRange<UInt64>)
    func fuzz(seed: UInt64) {
        let pieces = [
            "<", ">", "</", "/>", "<A>", "</A>", "<![CDATA[", "]]>", "]]", "&", "&lt;", "&#0;", "<!", "<?", "é",
            "\u{0}",
            "<xml>", "</xml>", "\u{FEFF}", " ", "\n", "\"", "=", "{", "}", ":", "1", "a",
        ]
        let samples = [
            "<xml><A>1</A><B><![CDATA[x]]></B><L><i><A>&lt;</A></i></L></xml>", #"{"A":"1","B":2,"Encrypt":"eA=="}"#,
        ]
        var chance = FuzzChance(seed: seed)
        for _ in 0..<3000 {
            let text = chance.mutated(chance.pick(samples), with: pieces)
            _ = WeChatMessage(Array(text.utf8))
            guard let fields = read(text) else { continue }
            let written = fields.sorted { $0.key < $1.key }.map {
                "<\($0.key)>\($0.value.replacing("&", with: "&amp;").replacing("<", with: "&lt;"))</\($0.key)>"
            }
            #expect(read("<xml>\(written.joined())</xml>") == fields)
        }
    }

    @Test("an EncodingAESKey is 43 letters and digits, whatever its last bits")
    func keys() {
        #expect(MessageKey(ServiceStory.aesKey) != nil)
        for bad in ["", "abc", ServiceStory.aesKey + "=", String(ServiceStory.aesKey.dropLast()) + "+"] {
            #expect(MessageKey(bad) == nil)
        }
        // E, F, G and H differ in bits that do not count.
        let keys = "EFGH".map { MessageKey(String(ServiceStory.aesKey.dropLast()) + String($0))?.bytes }
        #expect(Set(keys).count == 1)
        #expect(LenientBase64.decode("TWE=") == Array("Ma".utf8))
        #expect(LenientBase64.decode("TWF=") == Array("Ma".utf8))
        for bad in ["TWE", "T===", "TW E", "TWE=TWE=", "===="] { #expect(LenientBase64.decode(bad) == nil, "\(bad)") }
    }
}
