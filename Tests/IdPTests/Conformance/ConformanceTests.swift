import Testing

@testable import IdP

/// The certification plans, one test a module.
///
/// The tables are in `Module.swift`; what the suite checks inside every module is in `ConformanceRun`.
@Suite struct ConformanceTests {
    @Test("Basic OP", arguments: Module.basic)
    func basic(_ module: Module) async throws {
        try await ConformanceRun.start(.query, module)
    }

    @Test("Config OP", arguments: Module.config)
    func config(_ module: Module) async throws {
        try await ConformanceRun.start(.query, module)
    }

    @Test("Form Post OP", arguments: Module.basic)
    func formPost(_ module: Module) async throws {
        try await ConformanceRun.start(.formPost, module)
    }

    @Test("RP-Initiated Logout OP", arguments: Module.rpInitiatedLogout)
    func rpInitiatedLogout(_ module: Module) async throws {
        try await ConformanceRun.start(.query, module)
    }

    @Test("Back-Channel OP", arguments: Module.backChannel)
    func backChannel(_ module: Module) async throws {
        try await ConformanceRun.start(.query, module)
    }

    @Test("the lists are as long as the suite's")
    func lengths() {
        #expect(Module.plans.map(\.modules.count) == [38, 1, 38, 11, 2])
        for (name, modules) in Module.plans {
            #expect(Set(modules.map(\.name)).count == modules.count, "\(name)")
        }
    }
}
