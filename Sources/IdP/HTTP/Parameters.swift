/// The parameters of a query or of a form body, decoded strictly.
///
/// A parameter without a value counts as absent, and a repeated one is refused when it is read (RFC 6749 section 3.1).
struct Parameters: Sendable {
    enum Failure: Error, Equatable {
        /// Broken percent-encoding, text that is not UTF-8, or U+0000.
        case malformed
        /// The parameter stands more than once.
        case repeated(String)
        /// More than ``limit`` parameters.
        case tooMany
    }

    static let limit = 128
    private var values: [String: [String]] = [:]

    /// Decodes `application/x-www-form-urlencoded`.
    init(parsing text: some StringProtocol) throws(Failure) {
        let pairs = text.utf8.split(separator: UInt8(ascii: "&"))
        guard pairs.count <= Self.limit else { throw .tooMany }
        for pair in pairs {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decoded(parts[0])
            let value = parts.count == 2 ? try Self.decoded(parts[1]) : ""
            guard !value.isEmpty else { continue }
            values[name, default: []].append(value)
        }
    }

    /// The value of a parameter, or nil.
    ///
    /// - Throws: `Failure.repeated` when it stands more than once.
    subscript(name: String) -> String? {
        get throws(Failure) {
            guard let all = values[name] else { return nil }
            guard all.count == 1 else { throw .repeated(name) }
            return all[0]
        }
    }

    /// All of them by name.
    ///
    /// - Throws: `Failure.repeated` when one stands more than once.
    func unique() throws(Failure) -> [String: String] {
        var result: [String: String] = [:]
        for name in values.keys { result[name] = try self[name] }
        return result
    }

    /// Every value of a parameter that may be repeated.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    private static func decoded(_ bytes: some Collection<UInt8>) throws(Failure) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"):
                result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next()?.hexValue, let low = iterator.next()?.hexValue else {
                    throw .malformed
                }
                result.append(high << 4 | low)
            default:
                result.append(byte)
            }
        }
        guard !result.contains(0), let text = String(validating: result, as: UTF8.self) else { throw .malformed }
        return text
    }
}

extension UInt8 {
    var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }
}

/// Percent-encoding for addresses that the provider builds.
enum PercentEncoding {
    /// Encodes everything but letters, digits and `-_.~`, so that a value survives every decoder, `+` included.
    static func encode(_ text: String) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            if byte.isAlphanumeric || "-_.~".utf8.contains(byte) {
                result.append(byte)
            } else {
                result.append(UInt8(ascii: "%"))
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `name=value&…` of the pairs that have a value.
    static func query(_ pairs: [(String, String?)]) -> String {
        pairs.compactMap { name, value in value.map { "\(name)=\(encode($0))" } }.joined(separator: "&")
    }
}
