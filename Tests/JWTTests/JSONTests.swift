import Foundation
import JWT
import Testing

struct JSONTests {
    @Test
    func escapesWhatMustBeEscaped() throws {
        let controls = String(String.UnicodeScalarView((0..<0x20).compactMap(UnicodeScalar.init)))
        let text = JSON.string(controls + "\"\\/\u{7F}\u{2028}微😀").text
        #expect(text.utf8.allSatisfy { $0 >= 0x20 })
        #expect(text.hasPrefix(#""\u0000\u0001"#))
        #expect(text.hasSuffix("\\\"\\\\/\u{7F}\u{2028}微😀\""))
        #expect(try JSON.parse(text.utf8) == .string(controls + "\"\\/\u{7F}\u{2028}微😀"))
        let foundation = try JSONSerialization.jsonObject(with: Data("[\(text)]".utf8)) as? [String]
        #expect(foundation?.first == controls + "\"\\/\u{7F}\u{2028}微😀")
    }

    @Test
    func namesAreEscapedToo() {
        #expect(JSON.object(["a\"b": 1]).text == #"{"a\"b":1}"#)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func numbersBeyondJSONBecomeNull(value: Double) {
        #expect(JSON.number(value).text == "null")
    }

    @Test(arguments: [1.5, -0.001, 1e-7, 1e21, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude, 0.1, 100])
    func numbersComeBack(value: Double) throws {
        #expect(try JSON.parse(JSON.number(value).encoded()) == .number(value))
    }

    @Test
    func membersKeepTheirOrder() throws {
        let text = #"{"z":1,"a":[true,false,null],"m":{"k":"v"}}"#
        #expect(try JSON.parse(text.utf8).text == text)
    }

    @Test
    func accessorsAnswerForTheirOwnKindOnly() {
        #expect(JSON.string("1").integerValue == nil)
        #expect(JSON.integer(1).stringValue == nil)
        #expect(JSON.number(1).integerValue == nil)
        #expect(JSON.integer(1).boolValue == nil)
        #expect(JSON.array([])["a"] == nil)
        #expect(JSON.object([:]).arrayValue == nil)
        #expect(JSON.bool(true).objectValue == nil)
        #expect(!JSON.bool(false).isNull)
        #expect(JSON.null.isNull)
        #expect(JSON.integer(3).numberValue == 3)
    }

    @Test
    func objectMembersAreSetReplacedAndRemoved() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = .null
        object["b"] = nil
        object["missing"] = nil
        #expect(object.keys == ["a", "c"])
        #expect(object["a"] == 3)
        #expect(object["c"]?.isNull == true)
        #expect(object.count == 2)
    }

    @Test
    func ofEqualNamesTheLastValueStays() {
        #expect(JSONObject([("a", 1), ("b", 2), ("a", 3)]) == ["b": 2, "a": 3])
        #expect((["a": 1] as JSONObject) != ["a": 1, "b": 2])
        #expect((["a": 1, "b": 2] as JSONObject) != ["a": 1, "c": 2])
    }
}
