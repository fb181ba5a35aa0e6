/// Whether WeChat would get the proof file (MP_verify_….txt): by http and by https, exact, quick, without a redirect.
struct DomainProofCheck: Sendable {
    /// WeChat gives up early.
    static let patience: Duration = .seconds(1)

    let configuration: Configuration
    let http: any PublicHTTP

    func findings(_ pool: Pool, _ connection: Connection) async -> [CheckFinding] {
        let url = configuration.publicURL
        guard connection.kind == .officialAccount || connection.domainProof != nil else { return [] }
        let name = connection.name(in: pool)
        guard let proof = connection.domainProof else {
            return [
                CheckFinding(
                    .domainProof, .warning, name, "no txt_filename: WeChat's console takes the host only with its file",
                    remedy:
                        "设置与开发 > 公众号设置 > 功能设置 > 网页授权域名 shows the file; copy its name and content into txt_filename, txt_content"
                )
            ]
        }
        guard !url.isLoopback else {
            return [CheckFinding(.domainProof, .skipped, name, "loopback: WeChat can't fetch \(proof.fileName)")]
        }
        var findings: [CheckFinding] = []
        for scheme in [HTTPURL.Scheme.http, .https] {
            findings.append(await finding("\(scheme.rawValue)://\(url.host)/\(proof.fileName)", proof, name))
        }
        return findings
    }

    private func finding(_ address: String, _ proof: DomainProof, _ name: String) async -> CheckFinding {
        func finding(_ level: CheckFinding.Level, _ message: String, _ remedy: String? = nil) -> CheckFinding {
            CheckFinding(.domainProof, level, name, "\(address): \(message)", remedy: remedy)
        }
        switch await http.get(address) {
        case .failure(let reason):
            return finding(.failed, reason.rawValue, "let port 80 and port 443 of the host lead to this provider")
        case .success(let answer):
            if (300..<400).contains(answer.status) {
                return finding(
                    .failed, "redirected; WeChat's check has failed for others so",
                    "let the proxy pass this path on before it redirects to https")
            }
            guard answer.status == 200 else {
                return finding(.failed, "HTTP \(answer.status)", "let the proxy pass this path to the provider")
            }
            guard answer.body == Array(proof.content.utf8) else {
                return finding(
                    .failed,
                    "other bytes than txt_content (\(answer.body.count) instead of \(proof.content.utf8.count))",
                    "another program answers here, or adds a line or a byte order mark")
            }
            guard answer.duration <= Self.patience else {
                return finding(.warning, "right, but slow", "WeChat waits for about one second")
            }
            return finding(.ok, "the exact bytes")
        }
    }
}

extension Connection {
    /// Pool, identifier and AppID, for a finding.
    func name(in pool: Pool) -> String { "\(pool.id)/\(id) (\(appID))" }
}
