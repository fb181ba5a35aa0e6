import Foundation

/// Which business pages a connection may send a signed-in visitor back to.
///
/// The one place where a wildcard exists; everywhere else addresses are compared byte for byte. `*` stands for one
/// or more whole host labels at the left (`https://*.example.com/*` covers neither `example.com` nor another port),
/// or, at the end of the path, for everything below it.
public enum CallbackURL: Sendable, Equatable {
    /// `#`: the application's own redirect URIs decide.
    case applicationDecides
    /// One address, compared byte for byte.
    case exact(String)
    /// A pattern with at least one wildcard.
    case pattern(Pattern)

    /// A callback address with wildcards, taken apart.
    public struct Pattern: Sendable, Equatable {
        let scheme: HTTPURL.Scheme
        /// The labels to the right of `*`, or the whole host.
        let hostSuffix: String
        let anySubdomain: Bool
        let effectivePort: Int
        let pathPrefix: String
        let anyPathBelow: Bool

        init?(_ text: String) {
            let anyPathBelow = text.hasSuffix("/*")
            let star = ["https://*.", "http://*."].first { text.hasPrefix($0) }
            let anySubdomain = star != nil
            var plain = anyPathBelow ? String(text.dropLast()) : text
            if let star {
                plain = String(star.dropLast(2) + plain.dropFirst(star.count))
            }
            guard anyPathBelow || anySubdomain, !plain.contains("*"), let url = HTTPURL(plain), url.query == nil,
                url.fragment == nil, !Self.hasAmbiguousSegments(url.path)
            else { return nil }
            guard !anySubdomain || !url.isAddress && !Self.isPublicSuffix(url.host) else { return nil }
            scheme = url.scheme
            hostSuffix = url.host
            self.anySubdomain = anySubdomain
            effectivePort = url.effectivePort
            pathPrefix = url.path
            self.anyPathBelow = anyPathBelow
        }

        /// True for names under which strangers register theirs.
        ///
        /// `https://*.com/*` or `https://*.com.cn/*` would hand every visitor to any of them. These are the usual second
        /// levels of country domains, not the whole public suffix list.
        private static func isPublicSuffix(_ host: String) -> Bool {
            let labels = host.split(separator: ".")
            let secondLevels = [
                "ac", "co", "com", "edu", "gov", "idv", "ltd", "me", "mil", "ne", "net", "nom", "or", "org",
            ]
            return labels.count < 2
                || labels.count == 2 && labels[1].utf8.count == 2 && secondLevels.contains(String(labels[0]))
        }

        func coversOrigin(of url: HTTPURL) -> Bool {
            let hostMatches = anySubdomain ? url.host.hasSuffix("." + hostSuffix) : url.host == hostSuffix
            return url.scheme == scheme && hostMatches && url.effectivePort == effectivePort
        }

        func covers(_ url: HTTPURL) -> Bool {
            let pathMatches =
                anyPathBelow
                ? url.path.hasPrefix(pathPrefix) && !Self.hasAmbiguousSegments(url.path)
                : url.path == pathPrefix && url.query == nil
            return coversOrigin(of: url) && pathMatches
        }

        /// Dot segments and encoded dots, slashes or backslashes: a server may resolve them to somewhere else.
        private static func hasAmbiguousSegments(_ path: String) -> Bool {
            let lower = path.lowercased()
            return ["%2e", "%2f", "%5c", "%25", "%00"].contains { lower.contains($0) }
                || lower.split(separator: "/").contains {
                    $0 == "." || $0 == ".." || $0.hasPrefix("..;") || $0.hasPrefix(".;")
                }
        }
    }

    /// Reads `#`, an address or a pattern; nil when it is none.
    init?(_ text: String) {
        if text == "#" {
            self = .applicationDecides
        } else if text.contains("*") {
            guard let pattern = Pattern(text) else { return nil }
            self = .pattern(pattern)
        } else {
            guard let url = HTTPURL(text), url.fragment == nil else { return nil }
            self = .exact(text)
        }
    }

    /// True when a visitor may be sent to this address as far as the connection is concerned.
    func covers(_ address: String) -> Bool {
        guard let url = HTTPURL(address), url.fragment == nil else { return false }
        switch self {
        case .applicationDecides: return true
        case .exact(let only): return address == only
        case .pattern(let pattern): return pattern.covers(url)
        }
    }
}
