/// Reads from a `User-Agent` header what kind of browser asks.
///
/// A hint for choosing a page, never a security check: anyone can send any header.
public enum WeChatBrowser {
    /// Whose browser it is.
    public enum Client: Hashable, Sendable {
        /// WeChat's own browser, where web-page authorization works.
        case wechat
        /// WeCom (企业微信): looks like WeChat, but shows "请在微信客户端打开链接".
        case weCom
        /// Any other browser.
        case outside
    }

    /// What one `User-Agent` tells.
    public struct Surface: Hashable, Sendable {
        /// Whose browser it is.
        public let client: Client
        /// Whether WeChat or WeCom runs on Windows or macOS; false outside.
        public let isDesktop: Bool
        /// The mini program whose web view this is, when it is one.
        public let miniProgramAppID: AppID?

        /// Whether web-page authorization can work here.
        public var isWeChat: Bool { client == .wechat }
    }

    /// Reads the header; the order matters, as WeCom's desktop string holds WeChat's tokens too.
    public static func detect(userAgent: String) -> Surface {
        let text = userAgent.asciiLowercased
        let client: Client =
            if text.contains("wxwork/") { .weCom } else if text.contains("micromessenger/") { .wechat } else {
                .outside
            }
        guard client != .outside else { return Surface(client: .outside, isDesktop: false, miniProgramAppID: nil) }
        return Surface(
            client: client,
            isDesktop: text.contains("windowswechat") || text.contains("macwechat"),
            miniProgramAppID: client == .wechat ? miniProgram(in: text) : nil
        )
    }

    /// The first `miniprogram/wx…` with 16 hexadecimal digits.
    private static func miniProgram(in text: String) -> AppID? {
        var rest = text[...]
        while let range = rest.firstRange(of: "miniprogram/wx") {
            rest = rest[range.upperBound...]
            let digits = rest.prefix(16)
            if digits.utf8.count == 16, digits.utf8.allSatisfy(\.isLowercaseHexDigit) {
                return AppID(rawValue: "wx" + digits)
            }
        }
        return nil
    }
}

extension String {
    fileprivate var asciiLowercased: String {
        String(decoding: utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var isLowercaseHexDigit: Bool { (48...57).contains(self) || (97...102).contains(self) }
}
