import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The site's own pages, scripts and styles, compiled into the program.
struct SiteFiles {
    /// Text that takes the place of `{{name}}` in pages.
    let values: [String: String]
    private let contentSecurityPolicy: String

    /// Pages of this site may load one script from elsewhere, the SDK, and talk to one host, the provider's.
    init(issuer: String, values: [String: String]) {
        self.values = values
        let provider = URLComponents(string: issuer).map { parts in
            "\(parts.scheme ?? "https")://\(parts.host ?? "")\(parts.port.map { ":\($0)" } ?? "")"
        }
        contentSecurityPolicy = [
            "default-src 'none'",
            "script-src 'self' \(provider ?? "")",
            "connect-src 'self' \(provider ?? "")",
            "style-src 'self'",
            "img-src 'self' https: http: data:",  // avatars are WeChat's
            "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
    }

    /// The answer that carries one file; 404 for a name that is not there.
    func response(_ name: String) -> Response {
        guard let text = EmbeddedFiles.all[name] else { return Response(status: .notFound) }
        let isPage = name.hasSuffix(".html")
        var headers: HTTPFields = [.xContentTypeOptions: "nosniff", .cacheControl: "no-cache"]
        headers[.contentType] = Self.contentType(name)
        if isPage {
            headers[.contentSecurityPolicy] = contentSecurityPolicy
        }
        let body = isPage ? fill(text) : text
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    private func fill(_ page: String) -> String {
        values.reduce(page) { text, value in
            text.replacingOccurrences(of: "{{\(value.key)}}", with: Self.escape(value.value))
        }
    }

    private static func escape(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }

    private static func contentType(_ name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        default: "text/javascript; charset=utf-8"
        }
    }
}
