import Testing

@testable import IdP

/// What other identity providers got wrong, one test each; the tables are in `Requirement.swift`.
@Suite struct RequirementTests {
    @Test("redirect addresses", arguments: Requirement.redirects)
    func redirects(_ requirement: Requirement) async throws {
        try await requirement.check()
    }

    @Test("codes, PKCE, refresh tokens and clients", arguments: Requirement.grants)
    func grants(_ requirement: Requirement) async throws {
        try await requirement.check()
    }

    @Test("accounts, linking and the sign-in", arguments: Requirement.signIn)
    func signIn(_ requirement: Requirement) async throws {
        try await requirement.check()
    }

    @Test("tokens, parsers and robustness", arguments: Requirement.parsers)
    func parsers(_ requirement: Requirement) async throws {
        try await requirement.check()
    }

    @Test("none about WeChat is left out, and each has something to check")
    func completeWeChat() {
        let all =
            WeChatSignInRequirements.all + WeChatServiceRequirements.all + MiniProgramRequirements.all
            + IdentityRequirements.all
        #expect(Set(all.map(\.number)) == Set((1...13).map { "B6-\($0)" }))
        #expect(all.allSatisfy { $0.absent == nil })
    }

    @Test("none is left out")
    func complete() {
        for (section, requirements, count) in Requirement.sections {
            #expect(requirements.map(\.number) == (1...count).map { "\(section)-\($0)" })
        }
    }
}
