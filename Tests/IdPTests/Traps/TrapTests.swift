import Testing

@testable import IdP

/// The traps of WeChat, one test a row; the tables are in `Traps.swift`.
@Suite struct TrapTests {
    @Test("what users of other products complained of", arguments: Traps.complaints)
    func complaints(_ row: Requirement) async throws {
        try await row.check()
    }

    @Test("what is wrong in other products' code", arguments: Traps.defects)
    func defects(_ row: Requirement) async throws {
        try await row.check()
    }

    @Test("what only a faithful simulator can show", arguments: Traps.meaningful)
    func meaningful(_ row: Requirement) async throws {
        try await row.check()
    }

    @Test("none is left out, and each has something to check")
    func complete() {
        for (rows, numbers) in Traps.tables {
            #expect(rows.map(\.number) == numbers)
            #expect(rows.allSatisfy { $0.absent == nil })
        }
    }
}
