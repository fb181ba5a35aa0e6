/// The file that WeChat fetches from the root of the host before it accepts the domain (网页授权域名).
///
/// Name and content have fixed alphabets, so that nobody can publish a page on the provider's origin this way.
public struct DomainProof: Sendable, Hashable {
    /// `MP_verify_….txt`.
    public let fileName: String
    /// The exact bytes of the answer.
    public let content: String

    /// Names that mean something else on every web server.
    static let reservedNames: Set<String> = [
        "robots.txt", "security.txt", "ads.txt", "app-ads.txt", "humans.txt", "llms.txt",
    ]

    /// True for `[A-Za-z0-9_-]{1,64}.txt` outside the reserved names.
    static func isFileName(_ text: String) -> Bool {
        text.hasSuffix(".txt") && isToken(text.dropLast(4), limit: 64) && !reservedNames.contains(text.lowercased())
    }

    /// True for `[A-Za-z0-9_-]{1,128}`.
    static func isContent(_ text: String) -> Bool {
        isToken(text[...], limit: 128)
    }

    private static func isToken(_ text: Substring, limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }
}
