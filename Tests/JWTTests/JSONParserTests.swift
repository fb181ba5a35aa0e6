import JWT
import Testing

struct JSONParserTests {
    @Test(arguments: [
        "", " ", "{", "[", "\"", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "[1,]", "[,1]", "[1 2]",
        "{\"a\":1 \"b\":2}",
        "tru", "nul", "True", "NaN", "Infinity", "-", "+1", ".5", "1.", "1.e1", "1e", "1e+", "--1", "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12G4\"", "\"a\nb\"", "\"\u{1}\"", "'a'", "\u{FEFF}1", "/**/1", "\"\\", "\"\\u", "[1}", "{\"a\":1]",
    ])
    func refusesBadGrammar(text: String) {
        switch refusal({ () throws(JWTError) in _ = try JSON.parse(text.utf8) }) {
        case .invalidJSON: break
        case let other: Issue.record("\(text): \(other.map(\.description) ?? "taken")")
        }
    }

    @Test
    func tellsWhereGrammarBreaks() {
        #expect(throws: JWTError.invalidJSON(offset: 6)) { try JSON.parse("[true x]".utf8) }
    }

    @Test(arguments: ["1 2", "{}{}", "null,", "01", "-01", "1a", "[] ]", "\"a\"\""])
    func refusesTrailingBytes(text: String) {
        #expect(throws: JWTError.trailingBytes) { try JSON.parse(text.utf8) }
    }

    /// Lone continuation, overlong form, surrogate, beyond U+10FFFF, cut sequence.
    @Test(
        arguments: [[0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE5, 0xBE], [0xFF]]
            as [[UInt8]])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        #expect(throws: JWTError.invalidUTF8) { try JSON.parse([0x22] + bytes + [0x22]) }
        #expect(throws: JWTError.invalidUTF8) { try JSON.parse(Array("\"\\n".utf8) + bytes + [0x22]) }
        #expect(throws: JWTError.invalidUTF8) { try JSON.parse(Array("{\"".utf8) + bytes + Array("\":1}".utf8)) }
    }

    @Test(arguments: [
        #""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\ud800""#, #""\udc00\ud800""#,
    ])
    func refusesHalfSurrogatePairs(text: String) {
        #expect(throws: JWTError.loneSurrogate) { try JSON.parse(text.utf8) }
    }

    @Test(arguments: [#"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#, #"[{"x":{"":1,"":2}}]"#])
    func refusesDuplicateMembers(text: String) {
        #expect(throws: JWTError.duplicateMember) { try JSON.parse(text.utf8) }
    }

    @Test
    func refusesDuplicatesAmongManyMembers() throws {
        let names = (0..<1000).map { "\"m\($0)\":0" }
        #expect(try JSON.parse("{\(names.joined(separator: ","))}".utf8).objectValue?.count == 1000)
        for duplicate in [0, 15, 16, 17, 999] {
            let text = "{\(names.joined(separator: ",")),\"m\(duplicate)\":0}"
            #expect(throws: JWTError.duplicateMember) { try JSON.parse(text.utf8) }
        }
    }

    /// Canonically equivalent, and different names all the same (RFC 8259 section 8.3).
    @Test
    func comparesNamesByCodePoints() throws {
        let object = try JSON.parse(#"{"K":1,"\u212A":2,"é":3,"e\u0301":4}"#.utf8)
        #expect(object.objectValue?.count == 4)
        #expect(object["K"] == 1)
        #expect(object["\u{212A}"] == 2)
        #expect(JSON.string("K") != JSON.string("\u{212A}"))
    }

    @Test
    func refusesDeepNesting() throws {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(throws: Never.self) { try JSON.parse(nested(32).utf8) }
        #expect(throws: JWTError.tooDeep) { try JSON.parse(nested(33).utf8) }
        #expect(throws: JWTError.tooDeep) { try JSON.parse("{\"a\":{}}".utf8, maximumDepth: 1) }
        #expect(throws: JWTError.tooDeep) { try JSON.parse("[]".utf8, maximumDepth: 0) }
        #expect(throws: JWTError.tooDeep) {
            try JSON.parse(String(repeating: "[", count: 100_000).utf8, maximumDepth: .max)
        }
    }

    @Test
    func depthCountsNestingOnly() throws {
        let siblings = "[" + Array(repeating: "[{}]", count: 50).joined(separator: ",") + "]"
        #expect(throws: Never.self) { try JSON.parse(siblings.utf8, maximumDepth: 3) }
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "1e309", "-1e999999999",
        String(repeating: "1", count: 129), "0." + String(repeating: "1", count: 127),
    ])
    func refusesHugeNumbers(text: String) {
        #expect(throws: JWTError.numberOutOfRange) { try JSON.parse(text.utf8) }
    }

    @Test
    func values() throws {
        let text =
            #" { "a" : [ 1 , -2.5e1 , true , false , null , "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00微" ] "#
            + #", "b" : { } , "c" : [ ] } "#
        let expected: JSON = [
            "a": [1, -25.0, true, false, nil, "\"\\/\u{8}\u{C}\n\r\té😀微"], "b": [:], "c": [],
        ]
        #expect(try JSON.parse(text.utf8) == expected)
    }

    @Test(arguments: [
        ("0", JSON.integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("1.0", .number(1)), ("1E2", .number(100)), ("0e-1", .number(0)),
        ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
    ])
    func numbers(text: String, value: JSON) throws {
        #expect(try JSON.parse(text.utf8) == value)
    }
}
