import Foundation
import JWT
import WeChat

/// A signature that lets one page use WeChat's JS-SDK.
///
/// JS-SDK说明文档, appendix 1.
struct JSSDKSignature: Sendable, Equatable {
    /// Forty lower-case hexadecimal digits.
    let signature: String
    let nonce: String
    /// Unix seconds.
    let timestamp: Int64

    /// Signs the address of a page exactly as the page sees it, up to but without `#`.
    init(page: String, ticket: JSAPITicket, nonce: String, timestamp: Int64) {
        let text = "jsapi_ticket=\(ticket.exposeSecret())&noncestr=\(nonce)&timestamp=\(timestamp)&url=\(page)"
        signature = SHA1.hash(Array(text.utf8)).hex
        self.nonce = nonce
        self.timestamp = timestamp
    }
}

/// The address of a page that asks for a signature: its raw text, of which only the origin is understood.
///
/// Browsers leave `{`, `|` and other characters in a query that ``HTTPURL`` refuses, and WeChat signs what the browser has.
struct SignedPage: Sendable {
    /// More than any page of ours needs; WeChat names no limit.
    static let limit = 2048

    /// The address without its fragment, byte for byte.
    let text: String
    /// Where it is.
    let origin: HTTPURL

    /// Takes an absolute address of at most ``limit`` bytes without blanks and control characters; nil for any other.
    ///
    /// An address that holds `&timestamp=` and `&url=` behind it is refused too: what is signed would be the signature of
    /// another page as well, with the beginning of this one for its nonce.
    init?(_ address: String) {
        let text = String(address.prefix { $0 != "#" })
        guard text.utf8.count <= Self.limit, text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }),
            let separator = text.firstRange(of: "://")
        else { return nil }
        if let time = text.firstRange(of: "&timestamp="), text[time.upperBound...].contains("&url=") { return nil }
        let authority = text[separator.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard let origin = HTTPURL(text[..<separator.lowerBound] + "://" + authority + "/"), origin.query == nil else {
            return nil
        }
        self.text = text
        self.origin = origin
    }
}

extension Pool {
    /// The official account whose JS-SDK a page means: by name, or by Authing's name for all of them, which the browser
    /// SDK sends in place of one; then the application's own, or the pool's first.
    func officialAccount(named segment: String, of application: Application?) -> Connection? {
        if let connection = connection(named: segment) {
            return connection.kind == .officialAccount ? connection : nil
        }
        guard (segment.removingPercentEncoding ?? segment) == "wechat:webpage-authorization" else { return nil }
        return application.map { officialAccount(of: $0) } ?? connections.first { $0.kind == .officialAccount }
    }

    /// Whether pages there may use a connection's JS-SDK: where sign-ins through the connection return to.
    func offersJSSDK(of connection: Connection, to page: HTTPURL) -> Bool {
        connection.callbackURL.coversOrigin(of: page)
            || applications(using: connection).contains { $0.origins.contains(page.origin) }
    }
}

extension CallbackURL {
    /// True for a page on a host that visitors may be sent to, whatever its path; `#` names no host.
    func coversOrigin(of page: HTTPURL) -> Bool {
        switch self {
        case .applicationDecides: false
        case .exact(let only): HTTPURL(only)?.origin == page.origin
        case .pattern(let pattern): pattern.coversOrigin(of: page)
        }
    }
}
