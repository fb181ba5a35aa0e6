/// Writes the few flat objects that WeChat's calls want.
enum JSONText {
    enum Value {
        case text(String)
        case bool(Bool)
    }

    static func object(_ members: [(name: String, value: Value)]) -> String {
        let texts = members.map { name, value in
            switch value {
            case .text(let text): quoted(name) + ":" + quoted(text)
            case .bool(let bool): quoted(name) + ":" + (bool ? "true" : "false")
            }
        }
        return "{" + texts.joined(separator: ",") + "}"
    }

    /// RFC 8259 section 7.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
