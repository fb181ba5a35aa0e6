import Foundation
import JWT

/// The claims that a request names one by one.
///
/// OpenID Connect Core section 5.5; they come on top of those that scopes stand for.
struct RequestedClaims: Codable, Sendable, Equatable {
    /// To be returned by userinfo.
    var userInfo: [String] = []
    /// To be put into the ID token.
    var idToken: [String] = []

    var isEmpty: Bool { userInfo.isEmpty && idToken.isEmpty }

    /// What the parameter asks for besides names.
    struct Demands: Sendable {
        /// The only subject that may be answered for.
        var subject: String?
        /// The authentication contexts of which one is essential.
        var essentialContexts: [String]?
    }

    /// Reads the parameter `claims`; nil when it is not the object that Core describes.
    static func parse(_ text: String) -> (claims: RequestedClaims, demands: Demands)? {
        guard let parsed = try? JSON.parse(Array(text.utf8)), case .object(let members) = parsed else { return nil }
        var claims = RequestedClaims()
        var demands = Demands()
        for (name, path) in [("userinfo", \RequestedClaims.userInfo), ("id_token", \RequestedClaims.idToken)] {
            guard let section = members[name] else { continue }
            guard case .object(let requests) = section else { return nil }
            for (claim, request) in requests {
                switch request {
                case .null: break
                case .object(let details):
                    if claim == "sub", let value = details["value"] {
                        guard let subject = value.stringValue, demands.subject ?? subject == subject else { return nil }
                        demands.subject = subject
                    }
                    if claim == "acr", name == "id_token", details["essential"] == .bool(true) {
                        let values = details["values"]?.arrayValue ?? details["value"].map { [$0] } ?? []
                        demands.essentialContexts = values.compactMap(\.stringValue)
                    }
                default: return nil
                }
                if UserClaims.names.contains(claim) { claims[keyPath: path].append(claim) }
            }
        }
        return (claims, demands)
    }

    /// As a grant stores it.
    var stored: String? {
        guard !isEmpty else { return nil }
        return (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }

    init(stored: String?) {
        self = stored.flatMap { try? JSONDecoder().decode(Self.self, from: Data($0.utf8)) } ?? Self()
    }

    init() {}
}
