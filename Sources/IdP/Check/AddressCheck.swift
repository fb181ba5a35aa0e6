import JWT

/// Whether WeChat takes `public_url`, and whether this provider answers there.
struct AddressCheck: Sendable {
    let configuration: Configuration
    let http: any PublicHTTP

    /// What the address itself says; nothing is sent.
    func spelling() -> [CheckFinding] {
        let url = configuration.publicURL
        let subject = "public_url \(url.origin)"
        func finding(_ level: CheckFinding.Level, _ message: String, _ remedy: String? = nil) -> CheckFinding {
            CheckFinding(.publicURL, level, subject, message, remedy: remedy)
        }
        if url.isLoopback { return [finding(.skipped, "loopback, for development: WeChat can't send anybody there")] }
        var findings: [CheckFinding] = []
        if url.isAddress {
            findings.append(
                finding(.failed, "an address, and 网页授权域名 takes names only", "get a domain with an ICP filing (ICP备案)"))
        }
        if url.effectivePort != url.scheme.defaultPort {
            findings.append(
                finding(
                    .failed, "a port: WeChat looks at 80 and 443 only, and 网页授权域名 takes none",
                    "let a proxy listen on 443 and write public_url without the port"))
        }
        if url.scheme == .http {
            findings.append(finding(.failed, "not https: anybody between can take the sign-in", "set up a certificate"))
        }
        let host = configuration.publicURL.host
        guard findings.isEmpty else { return findings }
        return [
            finding(
                .ok,
                "enter \(host) (no scheme, no port) in 公众号 设置与开发 > 公众号设置 > 功能设置 > 网页授权域名, and for websites in 开放平台 管理中心 > 网站应用 > 授权回调域"
            )
        ]
    }

    /// The discovery document of every pool, fetched at the public address, must name the issuer.
    func discovery(_ pool: Pool) async -> CheckFinding {
        let url = configuration.publicURL
        let issuer = url.origin + pool.pathPrefix + "/oidc"
        let address = issuer + "/.well-known/openid-configuration"
        func finding(_ level: CheckFinding.Level, _ message: String, _ remedy: String? = nil) -> CheckFinding {
            CheckFinding(.discovery, level, "\(pool.id) \(address)", message, remedy: remedy)
        }
        switch await http.get(address) {
        case .failure(let reason):
            let level: CheckFinding.Level = url.isLoopback ? .skipped : .failed
            return finding(
                level, reason.rawValue,
                reason == .tls
                    ? "give the server the full chain and renew the certificate"
                    : "start the provider, and see that name server, firewall and proxy lead here")
        case .success(let answer):
            if (300..<400).contains(answer.status) {
                return finding(
                    .failed, "redirected to \(Self.printable(answer.location))",
                    "write public_url as people reach it, and let the proxy pass on instead of redirecting")
            }
            guard answer.status == 200, let found = try? JSON.parse(answer.body)["issuer"]?.stringValue else {
                return finding(
                    .failed, "HTTP \(answer.status), and no discovery document",
                    "let the proxy pass every path to \(configuration.listen.host):\(configuration.listen.port)")
            }
            guard found == issuer else {
                return finding(
                    .failed, "the document names the issuer \(Self.printable(found))",
                    "another provider answers here, or public_url is not what it is reached by")
            }
            return finding(.ok, "answers, and names its issuer")
        }
    }

    /// Text from outside, for one line of a terminal.
    static func printable(_ text: String?) -> String {
        let text = String((text ?? "-").unicodeScalars.filter { (0x20...0x7E).contains($0.value) }.map(Character.init))
        return String(text.prefix(200))
    }
}
