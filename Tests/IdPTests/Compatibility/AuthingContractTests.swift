import Testing

@testable import IdP

/// One thing that a drop-in replacement for Authing's web page authorization must do, by its number in the contract.
struct AuthingContract: Sendable, CustomTestStringConvertible {
    let number: String
    let text: String
    /// Why there is nothing to test; nil where there is.
    let absent: String?
    let check: @Sendable () async throws -> Void

    init(_ number: String, _ text: String, _ check: @escaping @Sendable () async throws -> Void) {
        (self.number, self.text, absent, self.check) = (number, text, nil, check)
    }

    init(_ number: String, _ text: String, absent: String) {
        (self.number, self.text, self.absent) = (number, text, absent)
        check = {}
    }

    var testDescription: String { "\(number) \(text)" + (absent.map { " (absent: \($0))" } ?? "") }
}

extension AuthingContract {
    /// What a drop-in replacement must accept.
    static let dropIn = [
        AuthingContract("1.7-1", "every address that a published constructor builds", AuthingDropIn.constructors),
        AuthingContract("1.7-2", "`:`, doubled slashes and unknown parameters", AuthingDropIn.addresses),
        AuthingContract("1.7-3", "code, message and data as URLSearchParams reads them", AuthingDropIn.answer),
        AuthingContract("1.7-4", "the token verifies by RS256 at both key addresses", AuthingDropIn.token),
        AuthingContract("1.7-5", "old back ends find `data` in the token", AuthingDropIn.legacyClaims),
        AuthingContract("1.7-6", "postMessage to registered origins", AuthingDropIn.popup),
        AuthingContract("1.7-7", "the proof file, and no other", AuthingDropIn.proofFile),
        AuthingContract("1.7-8", "wildcards by parsed parts, `#`, refusal before WeChat", AuthingDropIn.redirectGuard),
        AuthingContract("1.7-9", "introspection without a hint, userinfo by header and form", AuthingDropIn.endpoints),
        AuthingContract("1.7-10", "a state of our own, bound to the browser", AuthingDropIn.state),
    ]

    /// What the comparison of features says that Authing has.
    static let features = [
        AuthingContract("6-1", "web page authorization", AuthingDropIn.constructors),
        AuthingContract("6-2", "mini-program login", AuthingFeatures.miniProgram),
        AuthingContract("6-3", "builds the authorize redirect", AuthingFeatures.authorizeRedirect),
        AuthingContract("6-4", "state bound to the browser", AuthingDropIn.state),
        AuthingContract("6-5", "redirect allow list with wildcards", AuthingDropIn.redirectGuard),
        AuthingContract("6-6", "domain proof file", AuthingDropIn.proofFile),
        AuthingContract("6-7", "several applications in one pool", AuthingFeatures.severalApplications),
        AuthingContract("6-8", "a signed token", AuthingDropIn.token),
        AuthingContract("6-9", "which expires", AuthingFeatures.expiry),
        AuthingContract("6-10", "and can be revoked", AuthingFeatures.revocation),
        AuthingContract("6-11", "discovery, keys, introspection", AuthingDropIn.endpoints),
        AuthingContract("6-12", "the profile, in `data` and at userinfo", AuthingFeatures.profile),
        AuthingContract("6-13", "unionid", AuthingFeatures.unionID),
        AuthingContract("6-14", "roles, resources, actions", absent: "the permission model is not built yet"),
        AuthingContract("6-15", "an administration interface", absent: "the management API is not built yet"),
    ]
}

/// Contract tests against what Authing publishes; the checks are in `AuthingDropIn.swift` and `AuthingFeatures.swift`.
@Suite("Authing's contract")
struct AuthingContractTests {
    @Test("what a drop-in replacement must accept", arguments: AuthingContract.dropIn)
    func dropIn(_ row: AuthingContract) async throws {
        try await row.check()
    }

    @Test("what Authing has", arguments: AuthingContract.features)
    func features(_ row: AuthingContract) async throws {
        try await row.check()
    }

    @Test("no number is left out")
    func complete() {
        #expect(AuthingContract.dropIn.map(\.number) == (1...10).map { "1.7-\($0)" })
        #expect(AuthingContract.features.map(\.number) == (1...15).map { "6-\($0)" })
    }
}
