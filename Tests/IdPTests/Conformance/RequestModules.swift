import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Modules about the authorization request and the person's session.
extension ConformanceRun {
    func promptLogin() async throws {
        let first = try await signIn()
        app.clock.advance(by: 2)
        let second = try await signIn(.one, ["prompt": "login"])
        #expect(second.answer.pages > 0)
        #expect(second.authTime > first.authTime && first.authTime > 0)
        #expect(second.idToken.subject == first.idToken.subject)
    }

    func promptNoneNotLoggedIn() async throws {
        let answer = try await authorize(.one, ["prompt": "none"])
        #expect(answer.error == "login_required" && answer.pages == 0)
        #expect(browser.wechatVisits.isEmpty)
    }

    func promptNoneLoggedIn() async throws {
        let first = try await signIn()
        app.clock.advance(by: 2)
        let second = try await signIn(.one, ["prompt": "none"])
        #expect(second.answer.pages == 0)
        #expect(second.idToken.subject == first.idToken.subject)
        #expect(second.authTime == first.authTime && first.authTime > 0)
    }

    func maxAge1() async throws {
        let first = try await signIn()
        app.clock.advance(by: 2)
        let second = try await signIn(.one, ["max_age": "1"])
        #expect(second.answer.pages > 0)
        #expect(second.authTime > first.authTime)
        #expect(second.authTime >= Int64(app.clock.now.timeIntervalSince1970) - 1)
    }

    func maxAge10000() async throws {
        let first = try await signIn()
        app.clock.advance(by: 2)
        let second = try await signIn(.one, ["max_age": "10000"])
        #expect(second.answer.pages == 0)
        #expect(second.authTime == first.authTime && first.authTime > 0)
        #expect(second.idToken.subject == first.idToken.subject)
    }

    func idTokenHint() async throws {
        let first = try await signIn()
        for seconds in [2.0, 301] {
            app.clock.advance(by: seconds)
            let second = try await signIn(.one, ["prompt": "none", "id_token_hint": first.tokens.idToken])
            #expect(second.answer.pages == 0)
            #expect(second.idToken.subject == first.idToken.subject)
        }
        // The hint had expired the second time.
        #expect(first.idToken.expiresAt.map { $0 < app.clock.now } == true)
    }

    /// A page, and nobody is sent anywhere.
    func registeredRedirectURI() async throws {
        let page = try await browser.open(
            try request(.one, ["redirect_uri": ConformanceClient.one.redirectURI + "/unregistered"]))
        #expect(page.status == .badRequest && page.location == nil)
        #expect(page.page == PageText.redirectNotAllowed.rawValue && HTMLForm(page.text) == nil)
    }

    func postRequest() async throws {
        let form = Dictionary(
            uniqueKeysWithValues: parameters(.one).compactMap { name, value in value.map { (name, $0) } })
        // It comes from the client's own page, and so without our cookies.
        let first = try await browser.request(
            .post, try path("authorization_endpoint"), form: form, sendsCookies: false)
        let answer = try await finish(try await browser.follow(first), .one)
        let tokens = try await redeem(answer)
        _ = try await idToken(tokens.idToken, for: .one, nonce: Self.nonce, accessToken: tokens.accessToken)
    }

    /// A parameter that is not supported is refused, never passed over.
    func rejects(_ parameter: String, as code: String) async throws {
        #expect(metadata["\(parameter)_parameter_supported"] == false)
        let value =
            parameter == "request"
            ? try unsignedObject(["state": "inside"]) : "https://one.conformance.example/request.jwt"
        let answer = try await authorize(.one, [parameter: value])
        #expect(answer.error == code && answer.pages == 0)
    }

    func requestObjectWithRedirectURI() async throws {
        #expect(metadata["request_parameter_supported"] == false)
        let object = try unsignedObject(["redirect_uri": .string(ConformanceClient.one.redirectURI)])
        let elsewhere = ConformanceClient.one.redirectURI + "/outside"
        let page = try await browser.open(try request(.one, ["request": object, "redirect_uri": elsewhere]))
        #expect(page.status == .badRequest && page.location == nil && HTMLForm(page.text) == nil)
    }

    private func unsignedObject(_ claims: JSONObject) throws -> String {
        var claims = claims
        for (name, value) in parameters(.one) { claims[name] = claims[name] ?? value.map { .string($0) } }
        let header: JSONObject = ["alg": "none"]
        return [header, claims].map { Base64URL.encode(JSON.object($0).encoded()) }.joined(separator: ".") + "."
    }
}
