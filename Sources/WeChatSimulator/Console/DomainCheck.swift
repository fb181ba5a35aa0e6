/// The fetch of a `MP_verify_….txt` that WeChat's console makes when a domain is saved.
public struct DomainCheck: Sendable, Hashable, Codable {
    /// How one scheme answered.
    public struct Finding: Sendable, Hashable, Codable {
        /// The address that was fetched.
        public var url: String
        /// Whether the answer was right to the byte.
        public var isRight: Bool
        /// What was wrong, in words.
        public var reason: String?
    }

    /// Whether both schemes answered right.
    public var isRight: Bool
    /// http first, then https.
    public var findings: [Finding]
}

extension Simulator {
    /// Fetches the proof of a domain over http and https: no redirect followed, one second, exact bytes.
    ///
    /// - Parameters:
    ///   - domain: `host` or `host/path`, as in the console.
    ///   - file: The file's name.
    ///   - content: What it must hold.
    ///   - httpPort: Another port than 80, for tests.
    ///   - httpsPort: Another port than 443, for tests.
    public func verifyDomain(
        _ domain: String, file: String, content: String, httpPort: Int = 80, httpsPort: Int = 443
    ) async -> DomainCheck {
        let host = domain.prefix { $0 != "/" }
        let path = domain.dropFirst(host.count).split(separator: "/").joined(separator: "/")
        let place = (path.isEmpty ? "" : "/" + path) + "/" + file
        var findings: [DomainCheck.Finding] = []
        for (scheme, port, usual) in [("http", httpPort, 80), ("https", httpsPort, 443)] {
            let url = "\(scheme)://\(host)\(port == usual ? "" : ":\(port)")\(place)"
            let reason = await fault(ofProof: url, content: Array(content.utf8))
            findings.append(DomainCheck.Finding(url: url, isRight: reason == nil, reason: reason))
        }
        let isRight = findings.allSatisfy(\.isRight)
        record(RecordedCall(endpoint: .domainCheck, appID: nil, code: nil, outcome: isRight ? "ok" : "failed"))
        return DomainCheck(isRight: isRight, findings: findings)
    }

    private func fault(ofProof url: String, content: [UInt8]) async -> String? {
        let request = SimulatorOutboundRequest(method: "GET", url: url, body: [], timeout: .seconds(1))
        let response: SimulatorOutboundResponse
        do throws(SimulatorOutboundError) {
            guard let sender else { throw .noNetwork }
            response = try await sender(request)
        } catch {
            switch error {
            case .timedOut: return "no answer within one second"
            case .connection: return "no connection"
            case .tls: return "TLS failed: is the certificate trusted and for this host?"
            case .tooLong: return "the answer is far too long"
            case .noNetwork: return "this simulator was started without a way out"
            }
        }
        if (300..<400).contains(response.status) {
            return "redirects to \(response.location ?? "nowhere"): WeChat does not follow"
        }
        guard response.status == 200 else { return "HTTP \(response.status)" }
        return Self.difference(response.body, content)
    }

    private static func difference(_ body: [UInt8], _ content: [UInt8]) -> String? {
        if body == content { return nil }
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { return "begins with a byte order mark" }
        if body.starts(with: content), body.dropFirst(content.count).allSatisfy({ $0 == 10 || $0 == 13 }) {
            return "ends in a line break"
        }
        let text = String(decoding: body.prefix(512), as: UTF8.self).lowercased()
        if text.contains("<html") || text.contains("<!doctype") { return "is a page of HTML" }
        return "has other content"
    }
}
