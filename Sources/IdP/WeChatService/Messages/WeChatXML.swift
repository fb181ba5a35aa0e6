/// The XML that WeChat sends: one element with named texts in it.
///
/// Understands elements, texts, CDATA and the five predefined entities, and nothing else: a document type, an entity
/// declaration, a processing instruction, a comment, an attribute or a repeated name makes it no message at all. Elements
/// within those of the first level are read over.
struct WeChatXML {
    /// No message of WeChat's has more.
    static let (maximumSize, maximumDepth, maximumElements) = (64 << 10, 8, 256)

    private let bytes: [UInt8]
    private var index = 0
    private var elements = 0

    /// The texts of the first level by name; nil for anything malformed or beyond the limits.
    static func fields(_ bytes: [UInt8]) -> [String: String]? {
        guard bytes.count <= maximumSize, String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
            return nil
        }
        var parser = WeChatXML(bytes: bytes)
        return parser.document()
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func document() -> [String: String]? {
        skipSpace()
        guard let root = startTag() else { return nil }
        var fields: [String: String] = [:]
        while true {
            skipSpace()
            if skip("</") {
                guard endTag(root) else { return nil }
                skipSpace()
                return index == bytes.count ? fields : nil
            }
            guard let name = startTag(), let text = content(of: name, depth: 2),
                fields.updateValue(text, forKey: name) == nil
            else { return nil }
        }
    }

    /// Text and CDATA up to the end tag; what inner elements hold is left out.
    private mutating func content(of name: String, depth: Int) -> String? {
        guard depth <= Self.maximumDepth else { return nil }
        var text: [UInt8] = []
        while index < bytes.count {
            if skip("</") {
                return endTag(name) ? String(decoding: text, as: UTF8.self) : nil
            } else if skip("<![CDATA[") {
                guard let end = next("]]>") else { return nil }
                text += bytes[index..<end]
                index = end + 3
            } else if bytes[index] == UInt8(ascii: "<") {
                guard let inner = startTag(), content(of: inner, depth: depth + 1) != nil else { return nil }
            } else if bytes[index] == UInt8(ascii: "&") {
                guard let character = entity() else { return nil }
                text.append(character)
            } else {
                text.append(bytes[index])
                index += 1
            }
        }
        return nil
    }

    private static let entities: [(String, Character)] = [
        ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&quot;", "\""), ("&apos;", "'"),
    ]

    private mutating func entity() -> UInt8? {
        for (name, character) in Self.entities where skip(name) { return character.asciiValue }
        return nil
    }

    private mutating func startTag() -> String? {
        elements += 1
        guard elements <= Self.maximumElements, skip("<"), let name = name() else { return nil }
        skipSpace()
        return skip(">") ? name : nil
    }

    private mutating func endTag(_ expected: String) -> Bool {
        guard name() == expected else { return false }
        skipSpace()
        return skip(">")
    }

    private mutating func name() -> String? {
        let start = index
        while index < bytes.count, bytes[index].isAlphanumeric || bytes[index] == UInt8(ascii: "_") { index += 1 }
        guard (1...64).contains(index - start), !bytes[start].isDigit else { return nil }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func skip(_ mark: String) -> Bool {
        guard bytes[index...].starts(with: mark.utf8) else { return false }
        index += mark.utf8.count
        return true
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    /// Where a mark begins, from here on.
    private func next(_ mark: String) -> Int? {
        let mark = Array(mark.utf8)
        guard bytes.count - index >= mark.count else { return nil }
        return (index...(bytes.count - mark.count)).first { bytes[$0] == mark[0] && bytes[$0...].starts(with: mark) }
    }
}
