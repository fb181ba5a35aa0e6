import Foundation

/// The parameters of a query or form, in their order, decoded.
struct FormParameters: Sendable {
    private(set) var pairs: [(name: String, value: String)]

    init(_ text: String) {
        pairs = text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decode(parts[0]), parts.count > 1 ? Self.decode(parts[1]) : "")
        }
    }

    /// The members of a JSON object, all as texts; nil when it is none.
    init?(json: [UInt8]) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] else { return nil }
        pairs = object.map { name, value in
            switch value {
            case let text as String: (name, text)
            case let flag as Bool: (name, flag ? "true" : "false")
            default: (name, "\(value)")
            }
        }
    }

    /// The first value of a name; nil when absent or empty, which WeChat treats alike.
    subscript(_ name: String) -> String? {
        let value = pairs.first { $0.name == name }?.value
        return value?.isEmpty == true ? nil : value
    }

    var names: [String] { pairs.map(\.name) }

    static func + (left: FormParameters, right: FormParameters) -> FormParameters {
        var sum = left
        sum.pairs += right.pairs
        return sum
    }

    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            // `UInt8(_:radix:)` alone would take a sign for a digit.
            if byte == UInt8(ascii: "%"), rest.count >= 2, rest.prefix(2).allSatisfy(isHexDigit),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }
}
