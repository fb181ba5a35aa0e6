/// Reading one key of a key set (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).
enum JWK {
    /// Members that only private keys have (RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037 section 2).
    private static let privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth"]

    /// The key that a JWK describes; nil for one that is to be passed over.
    static func verificationKey(_ members: JSONObject, rsa: RSAScheme) throws(JWTError) -> VerificationKey? {
        guard let type = try string("kty", of: members) else { throw .invalidJWK }
        guard type != "oct", members["k"] == nil else { throw .symmetricKeyInSet }
        guard privateMembers.allSatisfy({ members[$0] == nil }) else { throw .privateKeyInSet }
        guard try isForVerifying(members), let key = try publicKey(members, type: type, rsa: rsa) else { return nil }
        return VerificationKey(key, kid: try string("kid", of: members).map(KeyID.init(rawValue:)))
    }

    private static func publicKey(
        _ members: JSONObject,
        type: String,
        rsa: RSAScheme
    ) throws(JWTError) -> VerificationKey.PublicKey? {
        let algorithm = try string("alg", of: members)
        switch type {
        case "RSA":
            let scheme: RSAScheme
            switch algorithm {
            case nil: scheme = rsa
            case SignatureAlgorithm.rs256.rawValue: scheme = .pkcs1v15
            case SignatureAlgorithm.ps256.rawValue: scheme = .pss
            default: return nil
            }
            guard let key = try rsaKey(members) else { return nil }
            return scheme == .pss ? .ps256(key) : .rs256(key)
        case "EC":
            guard try isMeant(members, curve: "P-256", for: .es256) else { return nil }
            return .es256(try ellipticCurveKey(members))
        case "OKP":
            guard try isMeant(members, curve: "Ed25519", for: .edDSA) else { return nil }
            return .edDSA(try ed25519Key(members))
        default:
            return nil
        }
    }

    /// Whether `crv` is the curve, and `alg`, where there is one, the algorithm.
    private static func isMeant(
        _ members: JSONObject,
        curve: String,
        for algorithm: SignatureAlgorithm
    ) throws(JWTError) -> Bool {
        guard let name = try string("crv", of: members) else { throw .invalidJWK }
        guard name == curve else { return false }
        guard let given = try string("alg", of: members) else { return true }
        return given == algorithm.rawValue
    }

    private static func rsaKey(_ members: JSONObject) throws(JWTError) -> RSAPublicKey? {
        let modulus = try bytes("n", of: members)
        let exponent = try bytes("e", of: members)
        do {
            return try RSAPublicKey(modulus: modulus, exponent: exponent)
        } catch .keyTooSmall, .keyTooLarge, .invalidExponent {
            return nil
        } catch {
            throw .invalidJWK
        }
    }

    private static func ellipticCurveKey(_ members: JSONObject) throws(JWTError) -> ECPublicKey {
        let x = try bytes("x", of: members)
        let y = try bytes("y", of: members)
        do {
            return try ECPublicKey(x: x, y: y)
        } catch {
            throw .invalidJWK
        }
    }

    private static func ed25519Key(_ members: JSONObject) throws(JWTError) -> Ed25519PublicKey {
        let x = try bytes("x", of: members)
        do {
            return try Ed25519PublicKey(x)
        } catch {
            throw .invalidJWK
        }
    }

    private static func isForVerifying(_ members: JSONObject) throws(JWTError) -> Bool {
        if let use = try string("use", of: members), use != "sig" { return false }
        if let algorithm = try string("alg", of: members), SignatureAlgorithm(rawValue: algorithm) == nil {
            return false
        }
        guard let operations = members["key_ops"] else { return true }
        guard let operations = operations.arrayValue else { throw .invalidJWK }
        return operations.contains("verify")
    }

    /// The bytes of a required member.
    private static func bytes(_ name: String, of members: JSONObject) throws(JWTError) -> [UInt8] {
        guard let text = try string(name, of: members) else { throw .invalidJWK }
        do {
            return try Base64URL.decode(text)
        } catch {
            throw .invalidJWK
        }
    }

    private static func string(_ name: String, of members: JSONObject) throws(JWTError) -> String? {
        guard let value = members[name] else { return nil }
        guard let string = value.stringValue else { throw .invalidJWK }
        return string
    }
}
