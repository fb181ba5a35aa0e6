import HTTPTypes
import Hummingbird

/// `/wxmp-sdk.js`: the browser SDK, compiled into this program.
struct SDKRoutes: Sendable {
    private let files: [(name: String, bytes: [UInt8])]

    init() throws {
        files = try ["wxmp-sdk.js", "wxmp-sdk.d.ts"].map { ($0, Array(try EmbeddedFiles.text($0).utf8)) }
    }

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        for (name, bytes) in files {
            let type = name.hasSuffix(".js") ? "text/javascript; charset=utf-8" : "text/plain; charset=utf-8"
            group.getAndHead(RouterPath(name)) { _, _ in
                var response = Response.bytes(bytes, contentType: type, cacheControl: "public, max-age=300")
                // Any site may load it, also as a module or with subresource integrity; it holds nothing private.
                response.headers[.accessControlAllowOrigin] = "*"
                return response
            }
        }
    }
}

extension EmbeddedFiles {
    /// A file of `Public/` was renamed without the code that serves it.
    struct Missing: Error, CustomStringConvertible {
        var name: String
        var description: String { "Public/\(name) was not compiled in" }
    }

    /// The text of a file of `Public/`.
    static func text(_ name: String) throws -> String {
        guard let text = all[name] else { throw Missing(name: name) }
        return text
    }
}
