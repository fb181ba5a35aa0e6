/// One answer of WeChat's, read by its content: the header says `text/plain`, and errors come with HTTP status 200.
struct AnswerObject {
    private let fields: [String: LenientJSON]

    private init(fields: [String: LenientJSON]) {
        self.fields = fields
    }

    init(_ response: WeChatResponse) throws(UnreadableAnswer) {
        do throws(UnreadableAnswer) {
            guard case .object(let fields) = try LenientJSON.parse(response.body) else { throw .notJSON }
            self.fields = fields
        } catch {
            // A gateway's 502 page says more by its status than by not being JSON.
            throw response.status == 200 ? error : .httpStatus(response.status)
        }
    }

    /// A token: it must be there, and be just what WeChat sent, so one with control characters is refused.
    func text(_ name: String) throws(UnreadableAnswer) -> String {
        guard let text = exactText(name), !text.isEmpty else { throw .missingField(name) }
        guard !text.unicodeScalars.contains(where: Self.isControl) else { throw .invalidField(name) }
        return text
    }

    /// A text for people to read, when there is one; control characters are left out.
    func optionalText(_ name: String) -> String? {
        exactText(name).map { text in
            var readable = String.UnicodeScalarView()
            readable.append(contentsOf: text.unicodeScalars.lazy.filter { !Self.isControl($0) })
            return String(readable)
        }
    }

    private func exactText(_ name: String) -> String? {
        if case .text(let text) = fields[name] { text } else { nil }
    }

    /// Unicode's C0 block and DEL.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || scalar.value == 0x7F }

    /// A whole number, written as a number or as its text: old servers send both.
    func number(_ name: String) -> Int? {
        switch fields[name] {
        case .number(let number): Int(exactly: number)
        case .text(let text): Int(text)
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    /// `errcode`: 0 is success, nil means that there is none; one that cannot be read must not pass for success.
    func errorNumber() throws(UnreadableAnswer) -> Int? {
        switch fields["errcode"] {
        case nil, .null?: return nil
        case .bool?: throw .invalidField("errcode")
        default:
            guard let number = number("errcode") else { throw .invalidField("errcode") }
            return number
        }
    }

    func positiveNumber(_ name: String) throws(UnreadableAnswer) -> Int {
        guard let number = number(name) else { throw .missingField(name) }
        guard (1...100_000_000).contains(number) else { throw .invalidField(name) }
        return number
    }

    /// Seconds since 1970.
    func timestamp(_ name: String) throws(UnreadableAnswer) -> Int {
        guard let number = number(name) else { throw .missingField(name) }
        guard (0...253_402_300_799).contains(number) else { throw .invalidField(name) }
        return number
    }

    /// An object inside.
    func object(_ name: String) throws(UnreadableAnswer) -> AnswerObject {
        guard case .object(let fields) = fields[name] else { throw .missingField(name) }
        return AnswerObject(fields: fields)
    }

    /// The texts of a list; empty when there is none.
    func texts(_ name: String) -> [String] {
        guard case .array(let items) = fields[name] else { return [] }
        return items.compactMap { if case .text(let text) = $0 { text } else { nil } }
    }

    /// An openid or unionid: printable ASCII without spaces, 64 bytes at most.
    func identifier(_ name: String) throws(UnreadableAnswer) -> String {
        let text = try text(name)
        guard text.utf8.count <= 64, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .invalidField(name)
        }
        return text
    }

    func optionalIdentifier(_ name: String) throws(UnreadableAnswer) -> String? {
        exactText(name).map(\.isEmpty) == false ? try identifier(name) : nil
    }
}
