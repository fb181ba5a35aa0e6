import Foundation
import Yams

/// Gathers problems, so that one start names all of them rather than the first.
final class ConfigurationProblems {
    private var found: [ConfigurationError.Problem] = []
    let file: String
    let environment: [String: String]

    init(file: String, environment: [String: String]) {
        self.file = file
        self.environment = environment
    }

    /// In the order of the file; those of the environment last.
    var list: [ConfigurationError.Problem] {
        found.enumerated()
            .sorted { ($0.element.line ?? .max, $0.offset) < ($1.element.line ?? .max, $1.offset) }
            .map(\.element)
    }

    func add(line: Int?, key: String, _ message: String, remedy: String) {
        found.append(
            .init(source: line == nil ? "environment" : file, line: line, key: key, message: message, remedy: remedy))
    }
}

/// A place in the configuration file: a YAML node, its path for error texts, and where problems go.
///
/// Every accessor notes a problem and answers nil (or an empty list) when the value is not what it must be.
struct ConfigurationNode {
    let node: Node
    let path: String
    let problems: ConfigurationProblems
    /// Set for values that came from `WXIDP_…` variables and so have no line.
    var isFromEnvironment = false

    var line: Int? { isFromEnvironment ? nil : node.mark?.line ?? 1 }

    /// The value for error texts, as the file has it: `${NAME}` is not replaced and a password not shown.
    private var quoted: String {
        let raw = node.scalar?.string ?? ""
        return raw.contains("@") || raw.utf8.count > 200 ? "the value" : "`\(raw)`"
    }

    func problem(_ message: String, remedy: String) {
        problems.add(line: line, key: path.isEmpty ? "(top)" : path, message, remedy: remedy)
    }

    /// Notes what is wrong with the value, in a sentence that begins with it.
    func refuse(_ predicate: String, remedy: String) {
        problem("\(quoted) \(predicate)", remedy: remedy)
    }

    /// The members of a mapping by key; any key that is not in `allowed` is a problem.
    func members(allowed: Set<String>) -> [String: ConfigurationNode] {
        guard let mapping = node.mapping else {
            problem("must be a list of `key: value` lines", remedy: "see the example in the documentation")
            return [:]
        }
        var members: [String: ConfigurationNode] = [:]
        for (keyNode, value) in mapping {
            let key = keyNode.string ?? ""
            let member = ConfigurationNode(node: value, path: path.isEmpty ? key : "\(path).\(key)", problems: problems)
            guard allowed.contains(key) else {
                let line = keyNode.mark?.line ?? 1
                problems.add(
                    line: line, key: member.path, "unknown key", remedy: Self.suggestion(for: key, among: allowed))
                continue
            }
            members[key] = member
        }
        return members
    }

    /// The elements of a sequence.
    func elements() -> [ConfigurationNode] {
        guard let sequence = node.sequence else {
            problem("must be a list", remedy: "write each element on a line that starts with `- `, or `[]` for none")
            return []
        }
        return sequence.enumerated().map { index, element in
            ConfigurationNode(node: element, path: "\(path)[\(index)]", problems: problems)
        }
    }

    /// A non-empty text, with every `${NAME}` replaced from the environment.
    func text() -> String? {
        // `key:`, `~` and `null` are YAML's ways to say nothing; as a text they would be a guessable secret.
        guard node.tag != Tag(.null), let raw = node.scalar?.string, !raw.isEmpty else {
            problem("must be a text that is not empty", remedy: "write a value or remove the line")
            return nil
        }
        return expanded(raw)
    }

    /// A member's text without judging it; somebody else reads it properly.
    func glance(_ key: String) -> String? {
        let unheard = ConfigurationProblems(file: problems.file, environment: problems.environment)
        return node[key].flatMap { ConfigurationNode(node: $0, path: key, problems: unheard).text() }
    }

    func boolean() -> Bool? {
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        default:
            problem("must be true or false", remedy: "write `true` or `false`")
            return nil
        }
    }

    /// A time span: a whole number with `s`, `m`, `h` or `d`, or bare seconds; zero only where it means something.
    func duration(allowsZero: Bool = false) -> Duration? {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let text = node.scalar?.string ?? ""
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? text[...] : text.dropLast()
        guard let count = Int(digits: digits), (allowsZero ? 0...1_000_000 : 1...1_000_000).contains(count) else {
            problem(
                "must be a time span\(allowsZero ? "" : " that is longer than zero")",
                remedy: "write a whole number with its unit: 10s, 5m, 24h or 30d")
            return nil
        }
        return .seconds(count * (unit ?? 1))
    }

    func texts() -> [String] {
        elements().compactMap { $0.text() }
    }

    /// A text out of a fixed set.
    func choice<Value: RawRepresentable & CaseIterable>(_ type: Value.Type) -> Value? where Value.RawValue == String {
        guard let text = text() else { return nil }
        guard let value = Value(rawValue: text) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            refuse("is not known here", remedy: "write one of: \(known)")
            return nil
        }
        return value
    }

    private func expanded(_ raw: String) -> String? {
        var result = ""
        var rest = raw[...]
        while let start = rest.range(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                problem("`${` stands without `}`", remedy: "write ${NAME}")
                return nil
            }
            let name = String(rest[start.upperBound..<end])
            guard let value = problems.environment[name], !value.isEmpty else {
                problem("the environment variable \(name) is not set", remedy: "export \(name)=… before the start")
                return nil
            }
            result += rest[..<start.lowerBound] + value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func suggestion(for key: String, among allowed: Set<String>) -> String {
        let near = allowed.min { distance(key, $0) < distance(key, $1) }
        if let near, distance(key, near) <= 2 {
            return "did you mean `\(near)`?"
        }
        return "known keys here: \(allowed.sorted().joined(separator: ", "))"
    }

    /// Levenshtein's distance; keys are short.
    private static func distance(_ a: String, _ b: String) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let cost = x == y ? previous : Swift.min(previous, row[j], row[j + 1]) + 1
                previous = row[j + 1]
                row[j + 1] = cost
            }
        }
        return row[b.count]
    }
}
