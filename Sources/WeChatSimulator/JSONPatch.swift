import Foundation

/// Changes some fields of a value by a JSON object that names them.
enum JSONPatch {
    /// Why a change was not taken.
    enum Problem: Error {
        /// It is no JSON object.
        case notAnObject
        /// There is no such field.
        case unknownField(String)
        /// A value does not fit its field.
        case invalidValue
    }

    /// The fields that a JSON object names.
    static func names(in json: [UInt8]) -> Set<String> {
        Set(((try? JSONSerialization.jsonObject(with: Data(json))) as? [String: Any] ?? [:]).keys)
    }

    /// The value with the named fields changed; null takes an optional one away.
    static func apply<Value: Codable>(_ json: [UInt8], to value: Value) throws(Problem) -> Value {
        guard let patch = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] else {
            throw .notAnObject
        }
        // The encoding leaves out optional fields at nil, a mirror does not.
        let known = Set(Mirror(reflecting: value).children.compactMap(\.label))
        if let stranger = patch.keys.sorted().first(where: { !known.contains($0) }) { throw .unknownField(stranger) }
        do {
            let fields = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? [String: Any] ?? [:]
            let merged = fields.merging(patch) { $1 }
            return try JSONDecoder().decode(Value.self, from: JSONSerialization.data(withJSONObject: merged))
        } catch {
            throw .invalidValue
        }
    }
}
