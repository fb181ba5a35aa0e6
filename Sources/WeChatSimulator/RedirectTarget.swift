/// A `redirect_uri`, taken apart as far as WeChat looks at it.
struct RedirectTarget: Sendable {
    private let address: String
    private let isHTTPS: Bool
    private let host: String
    private let hasPort: Bool
    private let path: String

    init?(_ address: String) {
        guard let separator = address.firstRange(of: "://") else { return nil }
        let scheme = address[..<separator.lowerBound]
        guard scheme == "https" || scheme == "http" else { return nil }
        let rest = address[separator.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains("\\") else { return nil }
        self.address = address
        isHTTPS = scheme == "https"
        let isIPv6 = authority.hasPrefix("[")
        let hostEnd =
            isIPv6
            ? authority.firstIndex(of: "]").map(authority.index(after:)) ?? authority.endIndex
            : authority.firstIndex(of: ":") ?? authority.endIndex
        host = String(authority[..<hostEnd])
        hasPort = hostEnd != authority.endIndex
        path = String(rest.dropFirst(authority.count).prefix { !"?#".contains($0) })
    }

    /// Whether a registered domain covers it: whole host in the same case, no port, and the path when one is registered.
    ///
    /// An IP address or `localhost` may carry a port, as for 接口测试号.
    func isCovered(by registered: String) -> Bool {
        let registeredHost = registered.prefix { $0 != "/" }
        let registeredPath = registered.dropFirst(registeredHost.count)
        guard host == registeredHost, !hasPort || Self.mayHavePort(host) else { return false }
        let base = registeredPath.hasSuffix("/") ? registeredPath.dropLast() : registeredPath
        return base.isEmpty || path == base || path.hasPrefix(base + "/")
    }

    /// The error page for this address, nil when it may be used.
    func errorPage(for app: SimulatedApp) -> Int? {
        guard app.redirectHosts.contains(where: isCovered(by:)) else { return 10003 }
        return app.forceHTTPS && !isHTTPS ? 10039 : nil
    }

    /// The callback: parameters go to the query, before a fragment.
    func callback(query: String, overHTTP: Bool = false) -> String {
        let parts = address.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        var text = String(parts[0])
        if !query.isEmpty { text += (text.contains("?") ? "&" : "?") + query }
        if parts.count > 1 { text += "#" + parts[1] }
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
        return PercentEncoding.headerSafe(
            state.replacing("\"", with: "").replacing("'", with: "").replacing(" ", with: "+").replacing(
                "#", with: "%23")
        )
    }
}
