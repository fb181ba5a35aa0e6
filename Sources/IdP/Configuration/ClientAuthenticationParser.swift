import JWT
import Yams

/// Reads how an application authenticates: `token_endpoint_auth_method`, `client_secret`, `jwks`, `jwks_uri`.
extension PoolParser {
    func authentication(_ members: [String: ConfigurationNode]) -> Application.Authentication {
        let method = members["token_endpoint_auth_method"]
        let name = method?.text()
        if name == "private_key_jwt" {
            members["client_secret"]?.problem(
                "a client that signs has no secret", remedy: "remove client_secret, or choose another method")
            return clientKeys(members, method: method).map { .privateKeyJWT($0) } ?? .none
        }
        // A secret that is named but can't be read has its own problem; it must not turn the client public as well.
        guard let secretNode = members["client_secret"] else {
            if let name, name != "none" {
                method?.refuse("needs a client_secret", remedy: "add client_secret: ${NAME}, or write none")
            }
            return .none
        }
        let secret = Secret(secretNode.text() ?? "")
        switch name {
        case nil, "client_secret_basic":
            return .clientSecretBasic(secret)
        case "client_secret_post":
            return .clientSecretPost(secret)
        case "none":
            secretNode.problem("a public client has no secret", remedy: "remove client_secret or the method `none`")
            return .none
        default:
            method?.refuse(
                "is not supported", remedy: "write client_secret_basic, client_secret_post, private_key_jwt or none")
            return .none
        }
    }

    private func clientKeys(
        _ members: [String: ConfigurationNode], method: ConfigurationNode?
    ) -> Application.ClientKeys? {
        switch (members["jwks"], members["jwks_uri"]) {
        case (let node?, nil):
            do {
                return .fixed(try JWKSet(parsing: node.json.encoded()))
            } catch {
                return refuse(
                    node, "is not a set of public keys (\(error))", "paste the client's JWK set: {keys: [...]}")
            }
        case (nil, let node?):
            return httpAddress(node).map { .address($0) }
        case (nil, nil):
            method?.refuse("needs the client's public keys", remedy: "add jwks or jwks_uri")
            return nil
        case (let node?, .some):
            node.problem("jwks and jwks_uri exclude each other", remedy: "keep one of them")
            return nil
        }
    }
}

extension ConfigurationNode {
    /// The same value as JSON; every scalar is a text, as in all members of a JWK that matter here.
    fileprivate var json: JSON { Self.json(node) }

    private static func json(_ node: Node) -> JSON {
        switch node {
        case .mapping(let mapping):
            var object = JSONObject()
            for (key, value) in mapping { object[key.string ?? ""] = json(value) }
            return .object(object)
        case .sequence(let sequence): return .array(sequence.map(json))
        case .scalar(let scalar): return .string(scalar.string)
        case .alias: return .null
        }
    }
}
