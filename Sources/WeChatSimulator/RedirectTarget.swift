/// A `redirect_uri`, taken apart as far as WeChat looks at it.
struct RedirectTarget: Sendable {
    private let address: String
    private let isHTTPS: Bool
    private let host: String
    private let hasPort: Bool
    private let path: String

    /// Reads it scalar by scalar: a `/` with an accent behind it is still the `/` that a browser sees.
    init?(_ address: String) {
        let scalars = address.unicodeScalars
        guard let separator = scalars.firstRange(of: "://".unicodeScalars) else { return nil }
        let scheme = String(scalars[..<separator.lowerBound])
        guard scheme == "https" || scheme == "http" else { return nil }
        let rest = scalars[separator.upperBound...]
        let authority = rest.prefix { !"/?#".unicodeScalars.contains($0) }
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains("\\") else { return nil }
        self.address = address
        isHTTPS = scheme == "https"
        let hostEnd =
            authority.first == "["
            ? authority.firstIndex(of: "]").map(authority.index(after:)) ?? authority.endIndex
            : authority.firstIndex(of: ":") ?? authority.endIndex
        host = String(authority[..<hostEnd])
        hasPort = hostEnd != authority.endIndex
        path = String(rest[authority.endIndex...].prefix { !"?#".unicodeScalars.contains($0) })
    }

    /// Whether a registered domain covers it: whole host in the same case, no port, and the path when one is registered.
    ///
    /// An IP address or `localhost` may carry a port, as for 接口测试号.
    func isCovered(by registered: String) -> Bool {
        let registeredHost = registered.prefix { $0 != "/" }
        let registeredPath = registered.dropFirst(registeredHost.count)
        guard host.utf8.elementsEqual(registeredHost.utf8), !hasPort || Self.mayHavePort(host) else { return false }
        let base = registeredPath.hasSuffix("/") ? registeredPath.dropLast() : registeredPath
        return base.isEmpty || path.utf8.elementsEqual(base.utf8) || path.utf8.starts(with: (base + "/").utf8)
    }

    /// The error page for this address, nil when it may be used.
    func errorPage(for app: SimulatedApp) -> Int? {
        guard app.redirectHosts.contains(where: isCovered(by:)) else { return 10003 }
        return app.forceHTTPS && !isHTTPS ? 10039 : nil
    }

    /// The callback: parameters go to the query, before a fragment.
    func callback(query: String, overHTTP: Bool = false) -> String {
        let scalars = address.unicodeScalars
        let beforeFragment = scalars.prefix { $0 != "#" }
        var text = String(beforeFragment)
        if !query.isEmpty { text += (beforeFragment.contains("?") ? "&" : "?") + query }
        text += String(scalars[beforeFragment.endIndex...])
        if overHTTP, isHTTPS { text = "http" + text.dropFirst("https".count) }
        return PercentEncoding.headerSafe(text)
    }

    private static func mayHavePort(_ host: String) -> Bool {
        host == "localhost" || host.hasPrefix("[")
            || host.split(separator: ".").count == 4
                && host.allSatisfy { $0 == "." || ("0"..."9").contains($0) }
    }
}

/// What WeChat does to `state`: it puts the decoded value back without encoding it.
enum StateMangling {
    static func isSafe(_ state: String) -> Bool {
        state.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
    }

    /// The value as it stands in the callback: quotes dropped, spaces as `+`, `&` and `=` bare.
    static func mangled(_ state: String) -> String {
        guard !isSafe(state) else { return state }
        var text = String.UnicodeScalarView()
        for scalar in state.unicodeScalars {
            switch scalar {
            case "\"", "'": break
            case " ": text.append("+")
            case "#": text.append(contentsOf: "%23".unicodeScalars)
            default: text.append(scalar)
            }
        }
        return PercentEncoding.headerSafe(String(text))
    }
}
