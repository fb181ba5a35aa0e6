import JWT

/// Makes tokens that ``JWS/sign(_:type:with:)`` never would, rightly signed all the same.
enum Forgery {
    static func token(header: String, payload: String = "{}", key: RSAPrivateKey) throws -> String {
        try token(header: header, payload: payload) { try key.sign($0) }
    }

    /// Whatever `sign` makes of the header and the payload becomes the signature.
    static func token(header: String, payload: String = "{}", sign: ([UInt8]) throws -> [UInt8]) rethrows -> String {
        let input = Base64URL.encode(header.utf8) + "." + Base64URL.encode(payload.utf8)
        return try input + "." + Base64URL.encode(sign(Array(input.utf8)))
    }
}

/// What a call threw, or nil when it did not.
func refusal(_ call: () throws(JWTError) -> Void) -> JWTError? {
    do {
        try call()
        return nil
    } catch {
        return error
    }
}
