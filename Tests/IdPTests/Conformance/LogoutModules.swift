import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Modules of RP-Initiated Logout and of Back-Channel Logout.
extension ConformanceRun {
    private static let logoutState = "bye \"<é>'&"

    /// What came of a logout request.
    private struct Outcome {
        /// Where the browser was sent, outside of us; nil when it stayed.
        var location: String?
        /// The pages that were shown.
        var pages: [String]
        /// True when one page asked for confirmation.
        var isConfirmed: Bool
    }

    func logoutDiscovery() async throws {
        _ = try path("end_session_endpoint")
    }

    func backChannelDiscovery() async throws {
        _ = try path("end_session_endpoint")
        #expect(metadata["backchannel_logout_supported"] == true)
        #expect(metadata["backchannel_logout_session_supported"] == true)
    }

    /// Signed out, back at the client with its `state`.
    func logout(state: String? = Self.logoutState) async throws {
        let signedIn = try await signIn()
        let outcome = try await endSession(signedIn, .one, ["state": state])
        let location = try #require(outcome.location, "\(outcome.pages)")
        try expectReturn(to: location, .one, state: state)
        #expect(try await !isSignedIn())
    }

    /// Whatever is wrong or missing: a page, and nobody is sent anywhere.
    func logoutStaysHere(_ change: [String: String?], isSignedOut: Bool? = nil) async throws {
        let signedIn = try await signIn()
        let outcome = try await endSession(signedIn, .one, change)
        #expect(outcome.location == nil)
        #expect(!outcome.pages.isEmpty)
        if isSignedOut == true { #expect(outcome.pages.last == PageText.signedOut.rawValue) }
        if let isSignedOut { #expect(try await isSignedIn() == !isSignedOut) }
    }

    func logoutWithModifiedHint() async throws {
        let signedIn = try await signIn()
        let parts = signedIn.tokens.idToken.split(separator: ".")
        let header = Base64URL.encode(Array(#"{"alg":"none"}"#.utf8))
        for signature in ["", String(parts[2])] {
            let outcome = try await endSession(
                signedIn, .one, ["id_token_hint": "\(header).\(parts[1]).\(signature)"], pressesOn: false)
            #expect(outcome.location == nil && !outcome.pages.isEmpty)
        }
    }

    func logoutWithForeignHint() async throws {
        let signedIn = try await signIn()
        let stranger = try SigningKey.generate(.rs256)
        let hint = try JWS.sign(JSON.object(signedIn.idToken.all).encoded(), type: .jwt, with: stranger)
        let outcome = try await endSession(signedIn, .one, ["id_token_hint": hint])
        #expect(outcome.location == nil && !outcome.pages.isEmpty)
    }

    func backChannelLogout() async throws {
        let signedIn = try await signIn(.backChannel)
        try await signIn(.one)
        let outcome = try await endSession(signedIn, .backChannel, ["state": Self.logoutState])
        try expectReturn(to: try #require(outcome.location), .backChannel, state: Self.logoutState)
        let notice = try #require(recorder.notices.first)
        #expect(recorder.notices.count == 1 && notice.address == ConformanceClient.backChannelLogoutURI)
        #expect(notice.fields.map(\.name) == ["logout_token"])
        let set = try await app.send(try path("jwks_uri"))
        let jws = try JWS.verify(
            notice.fields[0].value, with: try JWKSet(parsing: Array(set.text.utf8)), type: .logout)
        #expect(jws.header["alg"] == "RS256")
        let claims = try RegisteredClaims(parsing: jws.payload)
        let now = app.clock.now
        #expect(claims.issuer == issuer && claims.audience == [ConformanceClient.backChannel.id])
        #expect(claims.issuedAt.map { $0 <= now && $0 > now - 60 } == true)
        #expect(claims.expiresAt.map { $0 > now } == true)
        #expect(claims.jwtID?.isEmpty == false && claims["nonce"] == nil)
        #expect(claims["events"] == ["http://schemas.openid.net/event/backchannel-logout": [:]])
        #expect(claims.subject == signedIn.idToken.subject)
        #expect(claims["sid"] != nil && claims["sid"] == signedIn.idToken["sid"])
        #expect(try await !isSignedIn(.backChannel))
    }

    // MARK: -

    private func expectReturn(to location: String, _ client: ConformanceClient, state: String?) throws {
        #expect(location.prefix { $0 != "?" } == client.postLogoutRedirectURI)
        #expect(Address.parameters(location, after: "?") == (state.map { ["state": $0] } ?? [:]))
        #expect(state != nil || location == client.postLogoutRedirectURI)
    }

    /// Asks to sign out, and presses what our pages offer.
    private func endSession(
        _ signedIn: SignedIn, _ client: ConformanceClient, _ change: [String: String?], pressesOn: Bool = true
    ) async throws -> Outcome {
        var parameters: [String: String?] = [
            "id_token_hint": signedIn.tokens.idToken, "post_logout_redirect_uri": client.postLogoutRedirectURI,
            "state": Self.logoutState,
        ]
        for (name, value) in change { parameters[name] = .some(value) }
        let query = PercentEncoding.query(parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        var answer = try await browser.open(try path("end_session_endpoint") + (query.isEmpty ? "" : "?" + query))
        var outcome = Outcome(location: nil, pages: [], isConfirmed: false)
        for _ in 0..<4 {
            if let location = answer.location {
                outcome.location = location
                break
            }
            outcome.pages.append(try #require(answer.page, "\(answer.status) \(answer.text)"))
            guard pressesOn, let form = HTMLForm(answer.text) else { break }
            #expect(form.action.hasPrefix("/"), "a form of ours leads elsewhere")
            outcome.isConfirmed = true
            answer = try await browser.follow(
                try await browser.request(
                    .post, form.action, form: form.fields.merging(["decision": "allow"]) { $1 }))
        }
        return outcome
    }
}
