import Foundation
import JWT

/// WeChat's formulas for messages (消息加解密).
enum MessageFormat {
    /// Lower-case hexadecimal SHA-1 of the sorted parts, one after the other.
    static func signature(_ parts: String...) -> String {
        let sorted = parts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return Hexadecimal.text(SHA1.hash(Array(sorted.joined().utf8)))
    }

    /// The base64 of: 16 random bytes, length, message, AppID, filled to 32 bytes; AES-256-CBC, the IV is the key's half.
    ///
    /// - Returns: nil unless the key is the base64 of 32 bytes without its `=`.
    static func encrypt(_ message: [UInt8], appID: String, encodingAESKey: String, random: [UInt8]) -> String? {
        guard let key = Data(base64Encoded: encodingAESKey + "="), key.count == 32 else { return nil }
        let length = withUnsafeBytes(of: UInt32(message.count).bigEndian) { Array($0) }
        var plaintext = random + length + message + Array(appID.utf8)
        let fill = 32 - plaintext.count % 32
        plaintext += [UInt8](repeating: UInt8(fill), count: fill)
        return AESCBC.encrypt(plaintext, key: Array(key), iv: Array(key.prefix(16)), padding: .none)
            .map { Data($0).base64EncodedString() }
    }
}

/// The fields of one message, in order, to be written as XML or JSON.
struct MessageFields: Sendable {
    private enum Value: Sendable {
        case text(String)
        case number(Int)
    }

    private var fields: [(name: String, value: Value)] = []

    mutating func add(_ name: String, _ text: String?) {
        if let text { fields.append((name, .text(text))) }
    }

    mutating func add(_ name: String, _ number: Int) { fields.append((name, .number(number))) }

    /// The whole document; a `]]>` of a text is cut in two, as there is no other way to write it.
    func xml(doctype: String = "") -> String {
        let lines = fields.map { name, value in
            switch value {
            case .text(let text):
                "<\(name)><![CDATA[\(text.replacing("]]>", with: "]]]]><![CDATA[>"))]]></\(name)>"
            case .number(let number): "<\(name)>\(number)</\(name)>"
            }
        }
        return doctype + "<xml>" + lines.joined(separator: "\n") + "</xml>"
    }

    var json: String {
        var json = WireJSON(escapesSlashes: false)
        for (name, value) in fields {
            switch value {
            case .text(let text): json.add(name, text)
            case .number(let number): json.add(name, number)
            }
        }
        return String(decoding: json.finished, as: UTF8.self)
    }

    mutating func append(_ others: MessageFields) { fields += others.fields }
}
