/// JSON as WeChat really sends it: control characters and broken UTF-8 inside names must not fail a sign-in.
///
/// Control characters may stand in texts as they are, broken UTF-8 and lone surrogates become U+FFFD, and a backslash
/// before a character that needs none is dropped. A document is an object or a list, 16 levels deep at most, and numbers
/// are those that fit a `Double`. A name that stands twice in an object is refused: a nickname that broke out of its
/// quotes could otherwise replace the fields around it. Everything else is as RFC 8259 says.
enum LenientJSON: Equatable {
    case object([String: LenientJSON])
    case array([LenientJSON])
    case text(String)
    case number(Double)
    case bool(Bool)
    case null

    /// Reads one value; fails as empty, cut short, or not JSON.
    static func parse(_ bytes: [UInt8]) throws(UnreadableAnswer) -> LenientJSON {
        var parser = Parser(bytes: bytes)
        return try parser.document()
    }
}

private struct Parser {
    /// Deeper nesting than any answer has, shallow enough for any stack.
    private static let maximumDepth = 16

    let bytes: [UInt8]
    private var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    mutating func document() throws(UnreadableAnswer) -> LenientJSON {
        skipSpace()
        guard index < bytes.count else { throw .emptyBody }
        guard bytes[index] == UInt8(ascii: "{") || bytes[index] == UInt8(ascii: "[") else { throw .notJSON }
        let value = try value(depth: 0)
        skipSpace()
        guard index == bytes.count else { throw .notJSON }
        return value
    }

    private mutating func value(depth: Int) throws(UnreadableAnswer) -> LenientJSON {
        guard depth < Self.maximumDepth else { throw .notJSON }
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(UnreadableAnswer) -> LenientJSON {
        var fields: [String: LenientJSON] = [:]
        index += 1
        if try peek() == UInt8(ascii: "}") {
            index += 1
            return .object(fields)
        }
        while true {
            guard try peek() == UInt8(ascii: "\"") else { throw .notJSON }
            let name = try text()
            guard try peek() == UInt8(ascii: ":") else { throw .notJSON }
            index += 1
            let value = try value(depth: depth + 1)
            guard fields.updateValue(value, forKey: name) == nil else { throw .notJSON }
            if try endsList(with: UInt8(ascii: "}")) { return .object(fields) }
        }
    }

    private mutating func array(depth: Int) throws(UnreadableAnswer) -> LenientJSON {
        var items: [LenientJSON] = []
        index += 1
        if try peek() == UInt8(ascii: "]") {
            index += 1
            return .array(items)
        }
        while true {
            items.append(try value(depth: depth + 1))
            if try endsList(with: UInt8(ascii: "]")) { return .array(items) }
        }
    }

    private mutating func endsList(with end: UInt8) throws(UnreadableAnswer) -> Bool {
        let byte = try peek()
        guard byte == end || byte == UInt8(ascii: ",") else { throw .notJSON }
        index += 1
        return byte == end
    }

    private mutating func text() throws(UnreadableAnswer) -> String {
        index += 1
        var content: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): content += try escaped()
            default: content.append(byte)
            }
        }
        throw .truncated
    }

    /// The UTF-8 of an escape whose backslash is behind us.
    private mutating func escaped() throws(UnreadableAnswer) -> [UInt8] {
        guard index < bytes.count else { throw .truncated }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try escapedScalar()
        default: return [byte]
        }
    }

    private mutating func escapedScalar() throws(UnreadableAnswer) -> [UInt8] {
        let first = try fourHexDigits()
        var value = first
        if (0xD800..<0xDC00).contains(first), bytes[index...].starts(with: Array("\\u".utf8)) {
            let before = index
            index += 2
            let second = try fourHexDigits()
            if (0xDC00..<0xE000).contains(second) {
                value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
            } else {
                index = before
            }
        }
        return Array(String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
    }

    private mutating func fourHexDigits() throws(UnreadableAnswer) -> UInt32 {
        guard index + 4 <= bytes.count else { throw .truncated }
        var value: UInt32 = 0
        for byte in bytes[index..<index + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { throw .notJSON }
            value = value << 4 | UInt32(digit)
        }
        index += 4
        return value
    }

    private mutating func word(_ word: StaticString, _ value: LenientJSON) throws(UnreadableAnswer) -> LenientJSON {
        let expected = Array("\(word)".utf8)
        let found = bytes[index...].prefix(expected.count)
        guard expected.starts(with: found) else { throw .notJSON }
        guard found.count == expected.count else { throw .truncated }
        index += expected.count
        return value
    }

    private mutating func number() throws(UnreadableAnswer) -> LenientJSON {
        let digits = bytes[index...].prefix { byte in
            (48...57).contains(byte) || [43, 45, 46, 69, 101].contains(byte)
        }
        guard Self.isNumber(digits) else {
            throw !digits.isEmpty && digits.endIndex == bytes.endIndex ? .truncated : .notJSON
        }
        guard let number = Double(String(decoding: digits, as: UTF8.self)), number.isFinite else { throw .notJSON }
        index += digits.count
        return .number(number)
    }

    /// RFC 8259, section 6; `Double` alone would take `+1`, `01`, `1.` and `.5` too.
    private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        func skipDigits() -> Int {
            let digits = rest.prefix { (48...57).contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let startsWithZero = rest.first == UInt8(ascii: "0")
        let wholeDigits = skipDigits()
        guard wholeDigits == 1 || wholeDigits > 1 && !startsWithZero else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard skipDigits() > 0 else { return false }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard skipDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private mutating func peek() throws(UnreadableAnswer) -> UInt8 {
        skipSpace()
        guard index < bytes.count else { throw .truncated }
        return bytes[index]
    }
}
