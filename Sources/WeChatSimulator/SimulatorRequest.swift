/// One request to the simulator.
struct SimulatorRequest: Sendable {
    let method: String
    let path: String
    let query: String
    let body: [UInt8]
    private let headers: [String: String]
    private let address: String

    init(method: String, pathAndQuery: String, headers: [String: String], body: [UInt8], address: String) {
        let parts = pathAndQuery.prefix { $0 != "#" }.split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method.uppercased()
        path = String(parts[0])
        query = parts.count > 1 ? String(parts[1]) : ""
        self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        self.body = body
        self.address = address
    }

    /// The IP address that WeChat sees.
    var caller: String { header("simulator-address") ?? address }

    func header(_ name: String) -> String? { headers[name.lowercased()] }

    func cookie(_ name: String) -> String? {
        for pair in (header("cookie") ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.drop { $0 == " " } }
            if parts.count == 2, parts[0] == name { return String(parts[1]) }
        }
        return nil
    }

    /// The query, and the body when it is a form: a JSON body is not read, as WeChat does not read it.
    var parameters: FormParameters {
        let isForm = (header("content-type") ?? "").lowercased().hasPrefix("application/x-www-form-urlencoded")
        return FormParameters(query) + FormParameters(isForm ? String(decoding: body, as: UTF8.self) : "")
    }

    var prefersEnglish: Bool {
        let languages = (header("accept-language") ?? "").lowercased()
        guard let english = languages.firstRange(of: "en") else { return false }
        return languages.firstRange(of: "zh").map { english.lowerBound < $0.lowerBound } ?? true
    }
}

/// One answer of the simulator.
public struct SimulatorResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// Header fields in order; `Content-Length` and `Date` are the server's.
    public var headers: [(name: String, value: String)]
    /// The body.
    public var body: [UInt8]

    /// The first value of a header, its name in any case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// What a request leads to, apart from any socket.
public enum SimulatorAnswer: Sendable {
    /// An answer, after a time in which a client may have given up.
    case response(SimulatorResponse, after: Duration)
    /// The connection closes without an answer; whether the call took effect is said for tests only.
    case connectionReset(tookEffect: Bool)
    /// TLS fails.
    case tlsFailure
    /// The host has no address.
    case dnsFailure

    /// The answer, when there is one.
    public var response: SimulatorResponse? {
        if case .response(let response, _) = self { response } else { nil }
    }
}
