import BearerAuth
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWT
import Testing

@testable import IdP

/// A back end with `BearerAuth` against the real provider.
@Suite struct BearerAuthTests {
    /// A back end's calls, carried to the provider in this process.
    private struct Wire: ProviderHTTP {
        let app: TestApp

        func get(_ address: String) async throws(BearerAuthError) -> [UInt8] {
            try await answer { try await app.send(.get, path(address)) }
        }

        func post(_ body: JSON, to address: String) async throws(BearerAuthError) -> [UInt8] {
            try await answer {
                try await app.send(
                    .post, path(address), headers: [.contentType: "application/json"], body: body.text)
            }
        }

        private func path(_ address: String) -> String { String(address.dropFirst(app.publicURL.count)) }

        private func answer(_ call: () async throws -> Answer) async throws(BearerAuthError) -> [UInt8] {
            guard let answer = try? await call(), answer.status == .ok else { throw .providerUnavailable }
            return Array(answer.text.utf8)
        }
    }

    private struct Context: BearerRequestContext, SignedRequestContext {
        var coreContext: CoreRequestContextStorage
        var bearer: BearerPrincipal?
        var signedRequest: SignedRequestPrincipal?

        init(source: ApplicationRequestContextSource) {
            coreContext = .init(source: source)
        }
    }

    private func backEnd(
        _ app: TestApp, pool: String = "", _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let (wire, clock) = (Wire(app: app), app.clock)
        let issuer = app.publicURL + pool + "/oidc"
        let uptime: @Sendable () -> Duration = { .seconds(clock.now.timeIntervalSince1970) }
        let router = Router(context: Context.self)
        let verifier = BearerTokenVerifier(
            issuer: issuer, audience: issuer, keys: KeySetCache(issuer: issuer, http: wire, uptime: uptime),
            now: { clock.now })
        router.group("bearer").add(middleware: BearerAuthMiddleware(verifier))
            .get("me") { _, context in try context.requireBearer().subject }
        let signed = SignedRequestVerifier(
            address: app.publicURL + pool + "/login/verify", http: wire, uptime: uptime)
        router.group("signed").add(middleware: SignedRequestMiddleware(signed))
            .get("me") { _, context in try context.requireSignedRequest().subject }
        try await Hummingbird.Application(router: router).test(.router) { try await body($0) }
    }

    @Test("an access token of the provider is let in, those of another pool and ID tokens are not")
    func bearer() async throws {
        try await TestApp.story { app in
            let tokens = try await app.tokens()
            let other = try await app.tokens("other-web")
            let subject = try await app.me(tokens.field("access_token")).field("sub")
            try await backEnd(app) { client in
                for (token, status) in [
                    (tokens.field("access_token"), 200), (tokens.field("id_token"), 401),
                    (other.field("access_token"), 401), (tokens.field("refresh_token"), 401),
                ] {
                    let response = try await client.execute(
                        uri: "/bearer/me", method: .get, headers: [.authorization: "Bearer \(token)"])
                    #expect(response.status.code == status)
                    if status == 200 { #expect(String(buffer: response.body) == subject) }
                }
                app.clock.advance(by: 3605)
                let late = try await client.execute(
                    uri: "/bearer/me", method: .get,
                    headers: [.authorization: "Bearer \(tokens.field("access_token"))"])
                #expect(late.status == .unauthorized)
            }
        }
    }

    @Test("a signed request is let in once, by every back end together, and not after logout")
    func signed() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            let token = try #require(HTTPField.Name("WX-LOGIN-STOKEN"))
            let sig = try #require(HTTPField.Name("WX-LOGIN-SIG"))
            let uri = "/signed/me?y=%E4%BD%A0"
            let users = try await app.database.query("SELECT id FROM users", [])
            let subject = try users.first?.text("id")
            let headers: HTTPFields = [token: login.token, sig: story.signature(uri, login.key)]
            try await backEnd(app) { client in
                let first = try await client.execute(uri: uri, method: .get, headers: headers)
                #expect(first.status == .ok && String(buffer: first.body) == subject)
                let again = try await client.execute(uri: uri, method: .get, headers: headers)
                #expect(again.status == .unauthorized)
                // Signed for one address, sent to another.
                let next: HTTPFields = [token: login.token, sig: story.signature(uri, login.key, nonce: "43")]
                let other = try await client.execute(uri: "/signed/me", method: .get, headers: next)
                #expect(other.status == .unauthorized)
            }
            // A second back end with a memory of its own: the provider remembers for all.
            try await backEnd(app) { client in
                let again = try await client.execute(uri: uri, method: .get, headers: headers)
                #expect(again.status == .unauthorized)
                let logout: HTTPFields = [
                    token: login.token, sig: story.signature("/login/logout", login.key, nonce: "50"),
                ]
                #expect(try await app.send(.post, "/login/logout", headers: logout).status == .noContent)
                let after: HTTPFields = [token: login.token, sig: story.signature(uri, login.key, nonce: "44")]
                let late = try await client.execute(uri: uri, method: .get, headers: after)
                #expect(late.status == .unauthorized)
            }
        }
    }
}
