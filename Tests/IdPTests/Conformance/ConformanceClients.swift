/// The clients that the conformance suite is given, by hand as its static registration wants it.
enum ConformanceClient: String, CaseIterable, Sendable {
    case one = "conformance-one"
    case two = "conformance-two"
    case post = "conformance-post"
    case backChannel = "conformance-backchannel"

    /// Lies at the end of the address, with a query that must be kept.
    static let backChannelLogoutURI = "https://backchannel.conformance.example/logout?by=op"

    var id: String { rawValue }
    var secret: String { "secret-of-\(rawValue)-0123456789" }
    private var origin: String { "https://\(rawValue.dropFirst("conformance-".count)).conformance.example" }
    var redirectURI: String { origin + "/cb" }
    var postLogoutRedirectURI: String { origin + "/bye" }

    /// As an operator writes it; ID tokens live shortly, so that a hint can expire while its session lives.
    private var yaml: String {
        var lines = [
            "client_id: \(id)", "client_secret: \(secret)", "connections: [mp]", "id_token_lifetime: 5m",
            "redirect_uris: [\"\(redirectURI)\"]", "post_logout_redirect_uris: [\"\(postLogoutRedirectURI)\"]",
        ]
        if self == .post { lines.append("token_endpoint_auth_method: client_secret_post") }
        if self == .backChannel { lines.append("backchannel_logout_uri: \"\(Self.backChannelLogoutURI)\"") }
        return "{" + lines.joined(separator: ", ") + "}"
    }

    /// Puts all of them into the first pool of a configuration.
    static func added(to yaml: String) -> String {
        yaml.addingApplications(allCases.map(\.yaml))
    }
}

extension String {
    /// A configuration with more applications in its first pool.
    func addingApplications(_ applications: [String]) -> String {
        guard let mark = firstRange(of: "applications:\n") else { return self }
        // The list's own indentation is that of the lines around it.
        let indentation = self[mark.upperBound...].prefix { $0 == " " }
        var result = self
        result.insert(contentsOf: applications.map { "\(indentation)- \($0)\n" }.joined(), at: mark.upperBound)
        return result
    }
}
