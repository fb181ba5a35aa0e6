import Testing

@testable import WeChat

@Suite("Answers")
struct AnswerReadingTests {
    @Test(
        "that cannot be read say why",
        arguments: [
            ("", 200, UnreadableAnswer.emptyBody), (" \r\n", 200, .emptyBody), ("\u{FEFF}", 200, .emptyBody),
            ("<!doctype html><p>", 200, .notJSON), ("\"text\"", 200, .notJSON), ("[]", 200, .notJSON),
            ("{}", 200, .missingField("access_token")), ("{\"access_token\":\"86_", 200, .truncated),
            ("{\"access_token\":", 200, .truncated), ("{", 200, .truncated), ("{\"a\":tru", 200, .truncated),
            ("{\"a\":1}x", 200, .notJSON), ("{\"a\":nope}", 200, .notJSON), ("{a:1}", 200, .notJSON),
            ("{\"a\":1,}", 200, .notJSON), ("{\"a\":\"\\u12", 200, .truncated), ("{\"a\":\"\\uzzzz\"}", 200, .notJSON),
            (#"{"a":1,"a":1}"#, 200, .notJSON), (#"{"b":{"a":1,"\u0061":2}}"#, 200, .notJSON),
            ("{\"a\":01}", 200, .notJSON), ("{\"a\":+1}", 200, .notJSON), ("{\"a\":1.}", 200, .notJSON),
            ("{\"a\":.5}", 200, .notJSON), ("{\"a\":-}", 200, .notJSON), ("{\"a\":1e}", 200, .notJSON),
            ("{\"a\":1.2.3}", 200, .notJSON), ("{\"a\":1e999}", 200, .notJSON), ("{\"a\":-01}", 200, .notJSON),
            ("{\"a\":1\u{0}}", 200, .notJSON), ("{\u{B}\"a\":1}", 200, .notJSON), ("\u{0}{}", 200, .notJSON),
            ("{\"a\":1.", 200, .truncated), ("{\"a\":-", 200, .truncated), ("{\"a\":1e+", 200, .truncated),
            (#"{"errcode":"UPSTREAM"}"#, 502, .httpStatus(502)), ("<html>", 502, .httpStatus(502)),
            ("", 404, .httpStatus(404)), (Sample.token, 302, .httpStatus(302)),
            (#"{"access_token":1}"#, 200, .missingField("access_token")),
            (#"{"access_token":"a","expires_in":-5}"#, 200, .invalidField("expires_in")),
            (#"{"access_token":"a","expires_in":1e300}"#, 200, .missingField("expires_in")),
            (#"{"access_token":"a","expires_in":1,"refresh_token":"r"}"#, 200, .missingField("openid")),
            (#"{"access_token":"a","expires_in":1,"refresh_token":"r","openid":"o p"}"#, 200, .invalidField("openid")),
        ] as [(String, Int, UnreadableAnswer)]
    )
    func unreadable(body: String, status: Int, reason: UnreadableAnswer) async {
        await #expect(throws: WeChatError.unreadable(reason)) {
            try await ScriptedTransport(.body(body, status: status)).client().exchangeCode(Sample.code)
        }
    }

    @Test(
        "with an error number that cannot be read are no success",
        arguments: ["\"x\"", "\"\"", "1e300", "40029.5", "{}", "[0]", "true", "false"]
    )
    func unreadableNumber(number: String) async {
        let body = #"{"errcode":\#(number),"# + Sample.token.dropFirst()
        await #expect(throws: WeChatError.unreadable(.invalidField("errcode"))) {
            try await ScriptedTransport(.body(body)).client().exchangeCode(Sample.code)
        }
    }

    @Test("without an error number are no error", arguments: ["", #""errcode":null,"#, #""errcode":"0","#])
    func noNumber(field: String) async throws {
        let body = "{" + field + Sample.token.dropFirst()
        let answer = try await ScriptedTransport(.body(body)).client().exchangeCode(Sample.code)
        #expect(answer.openID == Sample.openID)
    }

    @Test("take every number that JSON has", arguments: ["0", "-0", "12", "-1.5", "0.5e3", "1E+2", "10e-1"])
    func numbers(text: String) throws {
        let expected = try #require(Double(text))
        #expect(try LenientJSON.parse(Array(" [\t\(text)\r\n] ".utf8)) == .array([.number(expected)]))
    }

    @Test("in which a name broke out of its quotes are not read")
    func brokenOut() async {
        let name = #"x","unionid":"oVICTIM0000000000000000000"#
        let body = Sample.profile(#""nickname":"\#(name)","unionid":"oUNIa0000000000000000000000u""#)
        await #expect(throws: WeChatError.unreadable(.notJSON)) {
            try await ScriptedTransport(.body(body)).client().userInfo(Sample.accessToken, openID: Sample.openID)
        }
    }

    @Test("nested too deep are not read")
    func tooDeep() async {
        let body = "{\"a\":" + String(repeating: "[", count: 10_000)
        await #expect(throws: WeChatError.unreadable(.notJSON)) {
            try await ScriptedTransport(.body(body)).client().exchangeCode(Sample.code)
        }
    }

    @Test("are errors by errcode, whatever status and form", arguments: ["40029", "\"40029\"", "40029.0"])
    func errorForms(number: String) async {
        for status in [200, 400] {
            await #expect {
                let body = #"{"errcode":\#(number),"errmsg":"invalid code"}"#
                _ = try await ScriptedTransport(.body(body, status: status)).client().exchangeCode(Sample.code)
            } throws: { ($0 as? WeChatError)?.distinction == .invalidCode }
        }
    }

    @Test("with the word errcode inside a name are no errors")
    func wordInsideName() async throws {
        let name = #"\",\"errcode\":40029,\"x\":\""#
        let transport = ScriptedTransport(.body(Sample.profile(#""nickname":"\#(name)","errcode":0"#)))
        let profile = try await transport.client().userInfo(Sample.accessToken, openID: Sample.openID)
        #expect(profile.nickname == #"","errcode":40029,"x":""#)
    }

    @Test(
        "keep their texts, control characters left out",
        arguments: [
            (Array("小明🐧".utf8), "小明🐧"), (Array(#"\u5c0f\u660e\ud83d\udc27"#.utf8), "小明🐧"),
            (Array("a\u{07}b\u{14}c\nd\u{7F}e\u{0}f".utf8), "abcdef"),
            (Array(#"a\u0000b\nc\u001fd\u007fe"#.utf8), "abcde"),
            ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xF0, 0x9F, 0x90], "\u{FFFD}"), (Array(#"\ud83d"#.utf8), "\u{FFFD}"),
            (Array(#"\ud83d\u0041"#.utf8), "\u{FFFD}A"), (Array(#"\udc27"#.utf8), "\u{FFFD}"),
            (Array(#"\/\\\""#.utf8), #"/\""#), (Array(#"\q\'"#.utf8), "q'"), (Array("<b>&'".utf8), "<b>&'"),
        ] as [([UInt8], String)]
    )
    func keepTexts(raw: [UInt8], expected: String) async throws {
        let body = Array(Sample.profile(#""nickname":""#).utf8.dropLast()) + raw + Array("\"}".utf8)
        let transport = ScriptedTransport(.bytes(body))
        let profile = try await transport.client().userInfo(Sample.accessToken, openID: Sample.openID)
        #expect(profile.nickname.unicodeScalars.elementsEqual(expected.unicodeScalars))
    }
}
