import HTTPTypes
import Hummingbird

/// Names and attributes of our cookies.
///
/// All are HttpOnly, `Path=/`, without a domain, `SameSite=Lax` (Strict would not survive the return from WeChat). Under
/// https they are `Secure` and carry `__Host-`, so that no other host of the domain can set them.
struct CookieJar: Sendable {
    let isSecure: Bool

    enum Purpose: String {
        /// Keeps a browser signed in.
        case session = "wxidp-session"
        /// Binds a pending sign-in to the browser that began it.
        case binding = "wxidp-signin"
        /// Proves that a browser is the one that shows a QR code; not in the picture.
        case scan = "wxidp-scan"
    }

    func name(_ purpose: Purpose, _ pool: PoolID) -> String {
        "\(isSecure ? "__Host-" : "")\(purpose.rawValue)-\(pool)"
    }

    /// The value a browser sent, when it has the shape of one of ours.
    func value(_ purpose: Purpose, _ pool: PoolID, in request: Request) -> String? {
        let prefix = name(purpose, pool) + "="
        let cookies = request.headers[values: .cookie].flatMap { $0.split(separator: ";") }
        let value = cookies.lazy.map { $0.drop { $0 == " " } }.first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count)
        guard let value, value.utf8.count == 43,
            value.utf8.allSatisfy({ $0.isAlphanumeric || $0 == 0x2D || $0 == 0x5F })
        else { return nil }
        return String(value)
    }

    func header(_ purpose: Purpose, _ pool: PoolID, value: String, lifetime: Duration) -> String {
        let secure = isSecure ? "; Secure" : ""
        return
            "\(name(purpose, pool))=\(value); Path=/; Max-Age=\(Int(lifetime.inSeconds)); HttpOnly\(secure); SameSite=Lax"
    }
}
