import Foundation
import Testing

@testable import IdP

/// Addresses by the thousand: nothing crashes, and what is accepted means one thing only.
@Suite struct AddressFuzzTests {
    private static let pieces = [
        ":", "/", "//", "@", "\\", "?", "#", ".", "..", "*", "*.", "%", "%2e", "%2F", "%00", "[", "]", "::1", ":443",
        ":80",
        ":8080", "example.com", "evil.example", ".example.com", "a", "A", "-", "_", " ", "\t", "\r\n", "\u{0}",
        "\u{301}",
        "\u{200D}", "。", "é", "127.0.0.1", "localhost", "0x7f", "1", "https://", "http://", "javascript:", "u:p@", ";",
        "&",
        "=", "x", "\u{202E}", "１", "\u{1F600}", "/back", "/*", "://*.", "~", "!", "'", "\"", "<", "|",
    ]

    private static let seeds = [
        "https://www.example.com/auth/callback?x=1#y", "http://127.0.0.1:8080/", "https://[2001:db8::1]:8443/a/b",
        "https://a.b.example.com:443/x/y?z", "https://*.example.com/*", "com.example.app:/back", "#",
    ]

    private static func text(_ chance: inout FuzzChance) -> String {
        chance.below(4) == 0 ? chance.text(of: pieces, upTo: 8) : chance.mutated(chance.pick(seeds), with: pieces)
    }

    @Test("an accepted address is the sum of its parts, and Foundation reads the same host")
    func urls() throws {
        var chance = FuzzChance(seed: 20_260_101)
        var accepted = 0
        for _ in 0..<6000 {
            let text = Self.text(&chance)
            guard let url = HTTPURL(text) else { continue }
            accepted += 1
            #expect(url.written == text)
            #expect(!url.host.isEmpty && !url.host.contains { "@/\\?#*% ".contains($0) }, "\(text)")
            #expect(text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "\(text)")
            let other = try #require(URLComponents(string: text), "\(text)")
            #expect(other.scheme == url.scheme.rawValue, "\(text)")
            #expect(other.user == nil && other.password == nil, "\(text)")
            #expect(Self.bare(other.host ?? "") == Self.bare(url.host), "\(text)")
            #expect(other.port == url.port, "\(text)")
            // Foundation encodes brackets, which browsers and applications leave as they are.
            let path = url.path.replacing("[", with: "%5B").replacing("]", with: "%5D")
            #expect(other.percentEncodedPath == path, "\(text)")
            #expect(HTTPURL(url.origin)?.origin == url.origin, "\(text)")
        }
        #expect(accepted > 300)
    }

    private static func bare(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }

    @Test("an address that a pattern covers lies where the pattern says")
    func callbacks() throws {
        let wide = try #require(CallbackURL("https://*.example.com/*"))
        let narrow = try #require(CallbackURL("https://www.example.com/auth/*"))
        var chance = FuzzChance(seed: 20_260_102)
        var covered = 0
        for _ in 0..<6000 {
            let text = Self.text(&chance)
            if wide.covers(text) {
                covered += 1
                try Self.expectInside(text) {
                    $0.hasSuffix(".example.com") && $0.utf8.count > ".example.com".utf8.count
                }
            }
            if narrow.covers(text) {
                try Self.expectInside(text) { $0 == "www.example.com" }
                let path = URL(string: text)?.standardized.path ?? ""
                #expect(path == "/auth" || path.hasPrefix("/auth/"), "\(text)")
            }
        }
        #expect(covered > 50)
    }

    private static func expectInside(_ text: String, _ isOurs: (String) -> Bool) throws {
        let other = try #require(URLComponents(string: text), "\(text)")
        #expect(other.scheme == "https" && other.user == nil && other.fragment == nil, "\(text)")
        #expect(other.port == nil || other.port == 443, "\(text)")
        #expect(isOurs(other.host ?? ""), "\(text)")
    }

    @Test("a pattern that is accepted does not cover strangers")
    func patterns() {
        let strangers = [
            "https://evil.example/", "https://evil.example/example.com", "https://example.com.evil.example/",
            "https://evilexample.com/", "http://evil.example/", "https://1.2.3.4/", "https://com/",
        ]
        var chance = FuzzChance(seed: 20_260_103)
        var accepted = 0
        for _ in 0..<6000 {
            // Without the strangers' own names, no pattern may reach them.
            let text = chance.mutated(chance.pick(Self.seeds), with: Self.pieces).replacing(
                "evil.example", with: "x.example.com")
            guard let callback = CallbackURL(text), callback != .applicationDecides else { continue }
            accepted += 1
            for stranger in strangers where !text.contains("1.2.3.4") {
                #expect(!callback.covers(stranger), "\(text) covers \(stranger)")
            }
        }
        #expect(accepted > 200)
    }

    @Test("an address that can be registered is none that a browser executes")
    func redirects() {
        var chance = FuzzChance(seed: 20_260_104)
        for _ in 0..<6000 {
            let text = Self.text(&chance)
            guard RedirectURI.problem(with: text, kind: .native, allowsPlainHTTP: false) == nil else { continue }
            let scheme = String(text.prefix { $0 != ":" })
            #expect(scheme == "https" || scheme == "http" || scheme.contains("."), "\(text)")
            #expect(!text.contains("#") && !text.contains("*"), "\(text)")
            #expect(scheme != "http" || HTTPURL(text)?.isLoopback == true, "\(text)")
            #expect(text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "\(text)")
        }
    }

    @Test("networks and languages take any text without a crash")
    func others() {
        var chance = FuzzChance(seed: 20_260_105)
        let numbers = [
            "0", "1", "10", "127", "255", "256", ".", ":", "::", "/", "8", "32", "128", "ffff", "-1", "\u{0}", " ",
        ]
        let tags = [
            "zh", "en", "-", ",", ";", "q=", "0.5", "1e9", "nan", "inf", "*", " ", "CN", "\u{301}", "=", "\u{0}",
        ]
        for _ in 0..<4000 {
            let network = chance.text(of: numbers, upTo: 12)
            if let parsed = IPNetwork(network) {
                let address = String(network.prefix { $0 != "/" })
                #expect(parsed.contains(address), "\(network)")
            }
            _ = ListenAddress(network)
            let header = chance.text(of: tags, upTo: 12)
            let language = Language.preferred(uiLocales: chance.text(of: tags, upTo: 4), acceptLanguage: header)
            #expect([.chinese, .english].contains(language))
        }
    }
}
