import Foundation
import JWT

/// Walks one whole sign-in over HTTP, as a visitor and as a back end that trusts nothing but discovery.
struct DemoCheck: Sendable {
    /// The step that failed, and why.
    struct Failure: Error, CustomStringConvertible {
        var step: String
        var reason: String

        var description: String { "\(step): \(reason)" }
    }

    let setup: DemoSetup

    /// Prints each step with its result.
    ///
    /// - Returns: true when every step went as it must.
    func run() async throws -> Bool {
        let visitor = DemoVisitor()
        do {
            try await walk(visitor)
            await visitor.close()
            print("\nEvery step went as it must.")
            return true
        } catch let failure as Failure {
            await visitor.close()
            print("  FAILED  \(failure)")
            return false
        } catch {
            await visitor.close()
            print("  FAILED  \(error)")
            return false
        }
    }

    private func walk(_ visitor: DemoVisitor) async throws {
        let metadata = try await discovery(visitor)
        let keys = try await keySet(visitor, metadata)
        try await sdk(visitor)
        let proof = ProofKey()
        let state = Base64URL.encode(SecureRandom.bytes(16))
        let nonce = Base64URL.encode(SecureRandom.bytes(16))
        let redirectURI = setup.site + "/auth/callback"
        let start =
            try member("authorization_endpoint", metadata)
            + "?response_type=code&scope=openid%20profile%20offline_access"
            + "&client_id=\(setup.clientID)&redirect_uri=\(DemoVisitor.encoded(redirectURI))"
            + "&state=\(state)&nonce=\(nonce)&code_challenge=\(proof.challenge)&code_challenge_method=S256"
        let back = try await signIn(visitor, from: start)
        let code = try returned(back, redirectURI: redirectURI, state: state, issuer: setup.issuer)
        let tokens = try await redeem(visitor, metadata, code: code, redirectURI: redirectURI, verifier: proof.verifier)
        let idToken = try member("id_token", tokens)
        let claims = try verify(idToken, keys: keys, nonce: nonce)
        try await userInfo(
            visitor, metadata, accessToken: try member("access_token", tokens), subject: claims.subject ?? "")
        try await businessSite(visitor, idToken: idToken)
        try await refresh(visitor, metadata, token: try member("refresh_token", tokens))
        try await social(visitor, keys: keys)
        try await refusals(visitor, metadata, idToken: idToken, code: code, redirectURI: redirectURI, keys: keys)
    }

    // MARK: Steps

    private func discovery(_ visitor: DemoVisitor) async throws -> JSON {
        let address = setup.issuer + "/.well-known/openid-configuration"
        let metadata = try json(try await visitor.get(address), "discovery")
        try require(try member("issuer", metadata) == setup.issuer, "discovery", "issuer differs")
        report("discovery", "issuer \(setup.issuer)")
        return metadata
    }

    private func keySet(_ visitor: DemoVisitor, _ metadata: JSON) async throws -> JWKSet {
        let answer = try await visitor.get(try member("jwks_uri", metadata))
        let keys = try JWKSet(parsing: Array(answer.body.utf8))
        try require(!keys.keys.isEmpty, "key set", "it is empty")
        report("key set", "\(keys.keys.count) key, kid \(keys.keys.first.map { "\($0.kid)" } ?? "")")
        return keys
    }

    private func sdk(_ visitor: DemoVisitor) async throws {
        let page = try await visitor.get(setup.site + "/")
        try require(page.body.contains("/wxmp-sdk.js"), "sample site", "the page does not load the SDK")
        let script = try await visitor.get(setup.provider + "/wxmp-sdk.js")
        try require(script.status == 200 && script.body.contains("AuthingWxmp"), "SDK", "status \(script.status)")
        report("sample site and SDK", "\(script.body.utf8.count) bytes of script")
    }

    /// Follows redirects, presses our page's one button and allows at the simulator, until the sample site is reached.
    private func signIn(_ visitor: DemoVisitor, from start: String) async throws -> String {
        var address = start
        for _ in 0..<20 {
            let answer = try await visitor.get(address)
            guard let next = try await follow(answer, at: address, visitor) else {
                throw Failure(
                    step: "sign-in", reason: "status \(answer.status) at \(Self.path(address)), and nothing to press")
            }
            address = next
            if address.hasPrefix(setup.site) { return address }
        }
        throw Failure(step: "sign-in", reason: "too many steps")
    }

    private func follow(_ answer: DemoVisitor.Answer, at address: String, _ visitor: DemoVisitor) async throws
        -> String?
    {
        if let location = answer.location {
            report(Self.step(at: address), "\(answer.status) -> \(Self.path(absolute(location, address)))")
            return absolute(location, address)
        }
        if let form = DemoPage.form(in: answer.body) {
            report("WeChat asks for consent", "the person allows")
            let decided = try await visitor.post(absolute(form.action, address), form: form.allow)
            return decided.location.map { absolute($0, address) }
        }
        if let link = DemoPage.mainLink(in: answer.body) {
            report("our page", "the person presses \(link.label)")
            return absolute(link.href, address)
        }
        return nil
    }

    private func returned(_ address: String, redirectURI: String, state: String, issuer: String) throws -> String {
        try require(address.hasPrefix(redirectURI + "?"), "return", "to another address")
        let values = DemoPage.values(of: address)
        try require(values["state"] == state, "return", "state differs")
        try require(values["iss"] == issuer, "return", "iss differs")
        guard let code = values["code"] else { throw Failure(step: "return", reason: "no code") }
        report("back at the sample site", "code, our state, iss")
        return code
    }

    private func redeem(
        _ visitor: DemoVisitor, _ metadata: JSON, code: String, redirectURI: String, verifier: String
    ) async throws -> JSON {
        let answer = try await visitor.post(
            try member("token_endpoint", metadata),
            form: [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
                ("client_id", setup.clientID), ("code_verifier", verifier),
            ])
        let tokens = try json(answer, "token")
        report("token endpoint", "ID token, access token, refresh token")
        return tokens
    }

    private func verify(_ token: String, keys: JWKSet, nonce: String?) throws -> RegisteredClaims {
        let jws = try JWS.verify(token, with: keys, type: .jwt)
        let claims = try RegisteredClaims(parsing: jws.payload)
        try claims.validate(issuer: setup.issuer, audience: setup.clientID, at: Date())
        if let nonce {
            try require(claims["nonce"]?.stringValue == nonce, "ID token", "nonce differs")
        }
        report("ID token verified", "RS256, kid \(jws.kid.map { "\($0)" } ?? "-"), sub \(claims.subject ?? "-")")
        return claims
    }

    private func userInfo(_ visitor: DemoVisitor, _ metadata: JSON, accessToken: String, subject: String) async throws {
        let answer = try json(
            try await visitor.get(try member("userinfo_endpoint", metadata), bearer: accessToken), "userinfo")
        try require(try member("sub", answer) == subject, "userinfo", "sub differs")
        report("/oidc/me", "name \(answer["name"]?.stringValue ?? "-")")
    }

    private func businessSite(_ visitor: DemoVisitor, idToken: String) async throws {
        let answer = try await visitor.get(setup.site + "/api/me", bearer: idToken)
        try require(answer.status == 200, "sample back end", "status \(answer.status)")
        report("sample back end", "accepts the token, verified through JWKS")
    }

    private func refresh(_ visitor: DemoVisitor, _ metadata: JSON, token: String) async throws {
        let answer = try json(
            try await visitor.post(
                try member("token_endpoint", metadata),
                form: [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", setup.clientID)]),
            "refresh")
        try require(try member("refresh_token", answer) != token, "refresh", "the refresh token was not rotated")
        report("refresh", "new tokens, refresh token rotated")
    }

    /// The address that Authing's snippet builds; the person is known by now, so nothing is shown.
    private func social(_ visitor: DemoVisitor, keys: JWKSet) async throws {
        let address = try await signIn(visitor, from: setup.provider + "/oauth/wechatmp/url/default?state=check")
        let values = DemoPage.values(of: address)
        try require(values["code"] == "200" && values["state"] == "check", "Authing's snippet", "no success")
        let data = try JSON.parse(Array((values["data"] ?? "").utf8))
        _ = try verify(try member("token", data), keys: keys, nonce: nil)
        report("Authing's snippet", "code=200 and data in the fragment")
    }

    private func refusals(
        _ visitor: DemoVisitor, _ metadata: JSON, idToken: String, code: String, redirectURI: String, keys: JWKSet
    ) async throws {
        var parts = idToken.split(separator: ".").map(String.init)
        parts[1] = Base64URL.encode(Array(#"{"sub":"somebody else"}"#.utf8))
        let forged = parts.joined(separator: ".")
        try require((try? JWS.verify(forged, with: keys)) == nil, "forged token", "the library accepted it")
        let atSite = try await visitor.get(setup.site + "/api/me", bearer: forged)
        try require(atSite.status == 401, "forged token", "the sample back end accepted it")
        let again = try await visitor.post(
            try member("token_endpoint", metadata),
            form: [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
                ("client_id", setup.clientID),
            ])
        try require(again.status == 400 && again.body.contains("invalid_grant"), "used code", "it was accepted")
        report("refused", "a forged token, a used code")
    }

    // MARK: Helpers

    private func report(_ step: String, _ result: String) {
        print("  ok  \(step): \(result)")
    }

    private func require(_ condition: Bool, _ step: String, _ reason: String) throws {
        guard condition else { throw Failure(step: step, reason: reason) }
    }

    private func json(_ answer: DemoVisitor.Answer, _ step: String) throws -> JSON {
        try require(answer.status == 200, step, "status \(answer.status): \(answer.body.prefix(200))")
        return try JSON.parse(Array(answer.body.utf8))
    }

    private func member(_ name: String, _ object: JSON) throws -> String {
        guard let value = object[name]?.stringValue else { throw Failure(step: name, reason: "is missing") }
        return value
    }

    private func absolute(_ location: String, _ base: String) -> String {
        URL(string: location, relativeTo: URL(string: base))?.absoluteString ?? location
    }

    /// An address without its query: codes and states stay off the screen.
    private static func path(_ address: String) -> String {
        String(address.prefix { $0 != "?" && $0 != "#" })
    }

    private static func step(at address: String) -> String {
        if address.contains("/connect/oauth2/authorize") { return "simulator" }
        return address.contains("/connections/wechat/callback") ? "callback" : "provider"
    }
}

/// A PKCE pair.
///
/// RFC 7636.
private struct ProofKey {
    let verifier = Base64URL.encode(SecureRandom.bytes(32))
    var challenge: String { Base64URL.encode(SHA256.hash(Array(verifier.utf8))) }
}
