import Foundation

/// An absolute `http` or `https` address, taken apart strictly.
///
/// Anything that browsers and servers are known to read differently is refused: user information, backslashes,
/// upper case in scheme or host, control characters, blanks, text that is not ASCII, and malformed percent-encoding.
/// RFC 3986.
public struct HTTPURL: Sendable, Hashable {
    /// The two schemes a browser is sent to.
    public enum Scheme: String, Sendable {
        /// Without TLS: loopback only, unless the operator allows it.
        case http
        /// With TLS.
        case https

        var defaultPort: Int { self == .http ? 80 : 443 }
    }

    /// The scheme.
    public let scheme: Scheme
    /// The host in lower case; an IPv6 address keeps its brackets.
    public let host: String
    /// The port if one was written.
    public let port: Int?
    /// The path as written, possibly empty.
    public let path: String
    /// What stood after `?`.
    public let query: String?
    /// What stood after `#`.
    public let fragment: String?

    /// Scheme, host and port as a browser writes them in `Origin`.
    public var origin: String {
        let suffix = port.flatMap { $0 == scheme.defaultPort ? nil : ":\($0)" } ?? ""
        return "\(scheme.rawValue)://\(host)\(suffix)"
    }

    /// The port that a connection would use.
    public var effectivePort: Int { port ?? scheme.defaultPort }

    /// True when the host is an address rather than a name.
    var isAddress: Bool { host.hasPrefix("[") || IPAddress(host) != nil }

    /// True for `127.0.0.1` and `[::1]`, which no name server can point elsewhere.
    var isLoopbackAddress: Bool { ["127.0.0.1", "[::1]"].contains(host) }

    /// True for `127.0.0.1`, `[::1]` and `localhost`, where no stranger listens.
    public var isLoopback: Bool { ["127.0.0.1", "[::1]", "localhost"].contains(host) }

    /// Parses an address; nil when it is not an absolute address of the strict form.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !Self.forbidden.contains($0) }),
            Self.hasWellFormedEscapes(text), let separator = text.range(of: "://"),
            let scheme = Scheme(rawValue: String(text[..<separator.lowerBound]))
        else { return nil }
        var rest = text[separator.upperBound...]
        if let hash = rest.firstIndex(of: "#") {
            fragment = String(rest[rest.index(after: hash)...])
            rest = rest[..<hash]
        } else {
            fragment = nil
        }
        if let mark = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        } else {
            query = nil
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let authority = Self.hostAndPort(rest[..<slash]) else { return nil }
        self.scheme = scheme
        (host, port) = authority
        path = String(rest[slash...])
    }

    /// `"`, `<`, `>`, `\`, `^`, `` ` ``, `{`, `|`, `}`: never valid in an address, and read differently by its readers.
    private static let forbidden: Set<UInt8> = [0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B, 0x7C, 0x7D]

    private static func hasWellFormedEscapes(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.indices.allSatisfy { index in
            guard bytes[index] == UInt8(ascii: "%") else { return true }
            return index + 2 < bytes.count && bytes[index + 1].isHexDigit && bytes[index + 2].isHexDigit
        }
    }

    private static func hostAndPort(_ authority: Substring) -> (String, Int?)? {
        var host = authority
        var port: Int?
        let afterBracket = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[afterBracket...].firstIndex(of: ":") {
            let digits = authority[authority.index(after: colon)...]
            guard let number = Int(digits: digits), (1...65_535).contains(number), digits.first != "0"
            else { return nil }
            port = number
            host = authority[..<colon]
        }
        guard isHost(host) else { return nil }
        return (String(host), port)
    }

    private static func isHost(_ host: Substring) -> Bool {
        if host.hasPrefix("["), host.hasSuffix("]") {
            // As RFC 5952 writes it, so that one address has one spelling.
            let inside = host.dropFirst().dropLast()
            return inside.contains(":") && IPAddress(inside)?.canonicalText == String(inside)
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        // Browsers read every host that ends in a number as IPv4, `127.1` and `2130706433` included (URL Standard).
        let isNumber = labels.last.map { $0.utf8.allSatisfy(\.isDigit) || $0.hasPrefix("0x") } ?? false
        guard !isNumber || IPAddress(host)?.canonicalText == String(host) else { return false }
        return host.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { $0.isLowerAlphanumeric || $0 == UInt8(ascii: "-") }
            }
    }
}

extension Int {
    /// A whole number written in ASCII digits alone: no sign, no blank.
    init?(digits text: some StringProtocol) {
        guard text.utf8.allSatisfy(\.isDigit) else { return nil }
        self.init(text)
    }
}

extension UInt8 {
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isLowerHexDigit: Bool { isDigit || (0x61...0x66).contains(self) }
    var isHexDigit: Bool { isLowerHexDigit || (0x41...0x46).contains(self) }
    var isLowerAlphanumeric: Bool { isDigit || (0x61...0x7A).contains(self) }
    var isAlphanumeric: Bool { isLowerAlphanumeric || (0x41...0x5A).contains(self) }
}
