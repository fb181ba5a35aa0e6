import Testing

@testable import IdP

/// Mini programs: B6-11.
enum MiniProgramRequirements {
    static let all = [
        Requirement(
            "B6-11", "the watermark of a telephone number names our mini program and a fresh time",
            PhoneNumberTests.watermark)
    ]
}

@Suite struct MiniProgramRequirementTests {
    @Test("mini programs", arguments: MiniProgramRequirements.all)
    func miniPrograms(_ requirement: Requirement) async throws {
        try await requirement.check()
    }
}
