import HTTPTypes
import Hummingbird

/// `/wxmp-sdk.js`: the browser SDK, compiled into this program.
struct SDKRoutes: Sendable {
    func mount(on group: RouterGroup<ProviderRequestContext>) {
        for name in ["wxmp-sdk.js", "wxmp-sdk.d.ts"] {
            let bytes = Array((EmbeddedFiles.all[name] ?? "").utf8)
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
