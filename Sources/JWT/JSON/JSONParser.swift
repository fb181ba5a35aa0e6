/// Reads JSON by the letter of RFC 8259, with the limits of ``JSON/parse(_:maximumDepth:)``.
struct JSONParser {
    /// Longer literals are an attack, not a number.
    private static let maximumNumberLength = 128
    /// Keeps the recursion far from the end of the smallest thread stack in use.
    private static let depthLimit = 128
    /// From this many members on, names are compared through a set.
    private static let linearSearchLimit = 16

    private let bytes: [UInt8]
    private let maximumDepth: Int
    private var index = 0
    private var depth = 0

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = min(maximumDepth, Self.depthLimit)
    }

    mutating func parse() throws(JWTError) -> JSON {
        skipWhitespace()
        let value = try parseValue()
        skipWhitespace()
        guard index == bytes.count else { throw .trailingBytes }
        return value
    }

    private mutating func parseValue() throws(JWTError) -> JSON {
        guard index < bytes.count else { throw malformed() }
        switch bytes[index] {
        case UInt8(ascii: "{"): return .object(try parseObject())
        case UInt8(ascii: "["): return .array(try parseArray())
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t"): return try parse("true", as: .bool(true))
        case UInt8(ascii: "f"): return try parse("false", as: .bool(false))
        case UInt8(ascii: "n"): return try parse("null", as: .null)
        default: throw malformed()
        }
    }

    private mutating func parse(_ word: StaticString, as value: JSON) throws(JWTError) -> JSON {
        for character in word.description.utf8 {
            guard index < bytes.count, bytes[index] == character else { throw malformed() }
            index += 1
        }
        return value
    }

    private mutating func parseObject() throws(JWTError) -> JSONObject {
        try enter()
        var members: [(key: String, value: JSON)] = []
        var names: Set<[UInt8]> = []
        if skip(UInt8(ascii: "}")) {
            depth -= 1
            return JSONObject(distinct: members)
        }
        repeat {
            skipWhitespace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw malformed() }
            let name = try parseString()
            guard isNew(name, among: members, &names) else { throw .duplicateMember }
            guard skip(UInt8(ascii: ":")) else { throw malformed() }
            skipWhitespace()
            members.append((name, try parseValue()))
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "}")) else { throw malformed() }
        depth -= 1
        return JSONObject(distinct: members)
    }

    /// Few names are compared one by one; many go to a set, or an object of thousands would cost their square.
    private func isNew(
        _ name: String,
        among members: [(key: String, value: JSON)],
        _ names: inout Set<[UInt8]>
    ) -> Bool {
        guard members.count >= Self.linearSearchLimit else {
            return !members.contains { $0.key.isIdentical(to: name) }
        }
        if names.isEmpty { names = Set(members.map { Array($0.key.utf8) }) }
        return names.insert(Array(name.utf8)).inserted
    }

    private mutating func parseArray() throws(JWTError) -> [JSON] {
        try enter()
        var elements: [JSON] = []
        if skip(UInt8(ascii: "]")) {
            depth -= 1
            return elements
        }
        repeat {
            skipWhitespace()
            elements.append(try parseValue())
        } while skip(UInt8(ascii: ","))
        guard skip(UInt8(ascii: "]")) else { throw malformed() }
        depth -= 1
        return elements
    }

    private mutating func parseString() throws(JWTError) -> String {
        index += 1
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                let text = String(validating: bytes[start..<index], as: UTF8.self)
                index += 1
                guard let text else { throw .invalidUTF8 }
                return text
            case UInt8(ascii: "\\"):
                return try parseEscapedString(from: start)
            case 0..<0x20:
                throw malformed()
            default:
                index += 1
            }
        }
        throw malformed()
    }

    /// Goes on at the first backslash of a string that began at `start`.
    private mutating func parseEscapedString(from start: Int) throws(JWTError) -> String {
        var unescaped = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                guard let text = String(validating: unescaped, as: UTF8.self) else { throw .invalidUTF8 }
                return text
            case UInt8(ascii: "\\"):
                index += 1
                unescaped.append(
                    contentsOf: Unicode.UTF8.encode(try parseEscape()) ?? Unicode.UTF8.encodedReplacementCharacter)
            case 0..<0x20:
                throw malformed()
            default:
                unescaped.append(byte)
                index += 1
            }
        }
        throw malformed()
    }

    private mutating func parseEscape() throws(JWTError) -> Unicode.Scalar {
        guard index < bytes.count else { throw malformed() }
        let character = bytes[index]
        index += 1
        switch character {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(character)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default:
            index -= 1
            throw malformed()
        }
        let unit = try parseHexadecimal()
        // A scalar can be made of every unit that is not half of a surrogate pair.
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(unit), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        else { throw .loneSurrogate }
        index += 2
        let second = try parseHexadecimal()
        guard UTF16.isTrailSurrogate(second) else { throw .loneSurrogate }
        return UTF16.decode(UTF16.EncodedScalar([unit, second]))
    }

    private mutating func parseHexadecimal() throws(JWTError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard index < bytes.count else { throw malformed() }
            let digit: UInt8
            switch bytes[index] {
            case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case let byte where byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"):
                digit = byte - UInt8(ascii: "a") + 10
            case let byte where byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "F"):
                digit = byte - UInt8(ascii: "A") + 10
            default: throw malformed()
            }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }

    private mutating func parseNumber() throws(JWTError) -> JSON {
        let start = index
        let negative = bytes[index] == UInt8(ascii: "-")
        if negative { index += 1 }
        if index < bytes.count, bytes[index] == UInt8(ascii: "0") {
            index += 1
        } else {
            try skipDigits()
        }
        var integral = true
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            integral = false
            index += 1
            try skipDigits()
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            integral = false
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                index += 1
            }
            try skipDigits()
        }
        guard index - start <= Self.maximumNumberLength else { throw .numberOutOfRange }
        let literal = String(decoding: bytes[start..<index], as: UTF8.self)
        if integral {
            guard let value = Int64(literal) else { throw .numberOutOfRange }
            return .integer(value)
        }
        guard let value = Double(literal), value.isFinite else { throw .numberOutOfRange }
        return .number(value)
    }

    private mutating func skipDigits() throws(JWTError) {
        let start = index
        while index < bytes.count, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") { index += 1 }
        guard index > start else { throw malformed() }
    }

    private mutating func enter() throws(JWTError) {
        depth += 1
        guard depth <= maximumDepth else { throw .tooDeep }
        index += 1
    }

    private mutating func skip(_ character: UInt8) -> Bool {
        skipWhitespace()
        guard index < bytes.count, bytes[index] == character else { return false }
        index += 1
        return true
    }

    private mutating func skipWhitespace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    private func malformed() -> JWTError {
        .invalidJSON(offset: index)
    }
}
