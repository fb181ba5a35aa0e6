import Foundation

/// The switches of a behaviour as a form, and a sent form as a change.
enum SwitchForm {
    /// The fields of a behaviour as JSON text; absent ones are nil.
    static func texts(_ behaviour: Behaviour) -> [String: String] {
        guard let data = try? JSONEncoder().encode(behaviour),
            let fields = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { return [:] }
        return fields.mapValues { value in
            if let text = value as? String { return text }
            let data = try? JSONSerialization.data(
                withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
            return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }

    /// The fields that a form changed, as JSON that ``Behaviour/apply(json:)`` takes.
    static func patch(_ parameters: FormParameters, from behaviour: Behaviour) -> [UInt8] {
        let current = texts(behaviour)
        let names = Set(SwitchLabels.groups.flatMap(\.names))
        let members = parameters.pairs.filter { names.contains($0.name) && $0.value != current[$0.name] ?? "" }
            .map { "\"\($0.name)\":\(json($0.name, $0.value))" }
        return Array("{\(members.joined(separator: ","))}".utf8)
    }

    /// Texts are quoted, everything else is JSON as it was typed.
    private static func json(_ name: String, _ value: String) -> String {
        let isText = SwitchLabels.choices[name] != nil || name == "refusalReason" || name == "defaultUser"
        guard isText else { return value.isEmpty ? "null" : value }
        guard name != "defaultUser" || !value.isEmpty else { return "null" }
        let data = try? JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}
